export { CHECKS, type DoctorOptions, doctor } from './doctor.js';
export type { Check, DoctorReport, ExampleRow, Finding, Found, Need, Severity, Untold } from './finding.js';
