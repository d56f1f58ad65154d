import { spawn } from 'node:child_process';

export interface Run {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** No download from a test: every request fails at once. */
const OFFLINE = '--import=data:text/javascript,globalThis.fetch=()=>Promise.reject(new TypeError("offline"))';

/** Runs a built program to its end, as a shell without a terminal would. */
export function run(
  program: 'cli' | 'mltrain',
  args: readonly string[],
  options: { cwd?: string; root?: string; env?: NodeJS.ProcessEnv; offline?: boolean } = {},
): Promise<Run> {
  return new Promise((resolve, reject) => {
    const child = spawn(
      process.execPath,
      [...(options.offline ? [OFFLINE] : []), `${options.root ?? process.cwd()}/dist/${program}.js`, ...args],
      {
        cwd: options.cwd,
        env: { ...process.env, NODE_OPTIONS: '', ...options.env },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (piece: string) => {
      stdout += piece;
    });
    child.stderr.setEncoding('utf8').on('data', (piece: string) => {
      stderr += piece;
    });
    child.on('error', reject).on('close', (code) => resolve({ code, stdout, stderr }));
  });
}
