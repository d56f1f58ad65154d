import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Tests of the programs and of the README run what users run: dist/, built anew where a source is younger. */
export default function setup(): void {
  const newest = Math.max(...['src', 'datasets'].map(newestIn), statSync('tsup.config.ts').mtimeMs);
  const built = 'dist/index.d.cts'; // written last
  if (existsSync(built) && existsSync('dist/cli.js') && statSync(built).mtimeMs > newest) return;
  execFileSync('npm', ['run', 'build', '--silent'], { stdio: ['ignore', 'ignore', 'inherit'] });
}

function newestIn(folder: string): number {
  return Math.max(
    ...readdirSync(folder, { withFileTypes: true, recursive: true })
      .filter((entry) => entry.isFile())
      .map((entry) => statSync(join(entry.parentPath, entry.name)).mtimeMs),
  );
}
