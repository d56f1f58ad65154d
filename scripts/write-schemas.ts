/** Writes the JSON Schemas of what commands print into dist/schemas. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { SCHEMAS, schemaFile, schemaOf } from '../src/commands/schemas.js';

mkdirSync('dist/schemas', { recursive: true });
for (const command of Object.keys(SCHEMAS)) {
  writeFileSync(`dist/schemas/${schemaFile(command)}`, `${JSON.stringify(schemaOf(command), null, 2)}\n`);
}
