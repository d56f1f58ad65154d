/**
 * Puts platform packages back into package-lock.json.
 *
 * npm leaves an optional package out of the lock file where the registry at hand does not serve it, and `npm ci` then
 * refuses the file everywhere. Their names and versions are known from who wants them, so they can be entered: on other
 * platforms npm passes over them, on their own it finds them by name and version.
 */
import { readFileSync, writeFileSync } from 'node:fs';

const OPERATING_SYSTEMS = [
  'aix',
  'android',
  'darwin',
  'freebsd',
  'linux',
  'netbsd',
  'openbsd',
  'sunos',
  'win32',
  'wasi',
];
const PROCESSORS = ['arm64', 'arm', 'ia32', 'loong64', 'mips64el', 'ppc64', 'riscv64', 's390x', 'x64', 'wasm32'];

const lock = JSON.parse(readFileSync('package-lock.json', 'utf8'));
const added = [];
for (const [place, wanting] of Object.entries(lock.packages)) {
  for (const [name, range] of Object.entries(wanting.optionalDependencies ?? {})) {
    if (lock.packages[`${place}/node_modules/${name}`] || lock.packages[`node_modules/${name}`]) continue;
    const version = /^\d+\.\d+\.\d+[\w.-]*$/.exec(range.replace(/^[~^]/, ''))?.[0];
    if (version === undefined) throw new Error(`${name} ${range}: no version to enter`);
    const os =
      OPERATING_SYSTEMS.find((system) => name.includes(system)) ?? (name === 'fsevents' ? 'darwin' : undefined);
    const cpu = PROCESSORS.find((processor) => name.split(/[-/]/).includes(processor));
    const libc = name.includes('musl') ? 'musl' : os === 'linux' ? 'glibc' : undefined;
    lock.packages[`node_modules/${name}`] = {
      version,
      ...(cpu && { cpu: [cpu] }),
      ...(wanting.dev && { dev: true }),
      ...(libc && { libc: [libc] }),
      optional: true,
      ...(os && { os: [os] }),
    };
    added.push(`${name}@${version}`);
  }
}
lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync('package-lock.json', `${JSON.stringify(lock, null, 2)}\n`);
process.stdout.write(`${added.length} platform packages entered\n${added.map((name) => `  ${name}\n`).join('')}`);
