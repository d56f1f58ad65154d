/** Progress on stderr: a bar on a terminal, a line a step otherwise, nothing with --quiet. */
import type { OnProgress } from '../progress.js';

export interface Progress {
  readonly show: OnProgress;
  /** Clears the bar. */
  readonly end: () => void;
}

export async function openProgress(quiet: boolean): Promise<Progress> {
  if (quiet) return { show: () => {}, end: () => {} };
  return process.stderr.isTTY ? bar() : lines();
}

function lines(): Progress {
  let last: string | undefined;
  return {
    show: (step) => {
      if (step !== last) process.stderr.write(`${step}\n`);
      last = step;
    },
    end: () => {},
  };
}

async function bar(): Promise<Progress> {
  const { default: cliProgress } = await import('cli-progress');
  const single = new cliProgress.SingleBar(
    {
      format: '{bar} {percentage}% {step}',
      stream: process.stderr,
      clearOnComplete: true,
      hideCursor: true,
      barsize: 24,
    },
    cliProgress.Presets.shades_classic,
  );
  let started = false;
  return {
    show: (step, done = 0) => {
      if (!started) single.start(1, 0, { step });
      started = true;
      single.update(done, { step });
    },
    end: () => {
      if (started) single.stop();
    },
  };
}
