/** Progress on stderr: a bar on a terminal, a line a step otherwise, nothing with --quiet. */
import type { OnProgress } from '../progress.js';
import { paceText } from './pace.js';

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
      format: '{bar} {percentage}% {step}{pace}',
      stream: process.stderr,
      clearOnComplete: true,
      hideCursor: true,
      barsize: 24,
    },
    cliProgress.Presets.shades_classic,
  );
  let started = false;
  let last = 0;
  let begun = 0;
  return {
    show: (step, done = 0, of) => {
      if (!started) single.start(1, 0, { step, pace: '' });
      started = true;
      if (done === 0 || done < last) begun = performance.now(); // another piece of work
      last = done;
      const pace = paceText((performance.now() - begun) / 1000, done, of);
      single.update(done, { step, pace: pace && ` (${pace})` });
    },
    end: () => {
      if (started) single.stop();
    },
  };
}
