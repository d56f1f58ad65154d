import { spawnSync } from 'node:child_process';
import { Bench } from 'tinybench';

/** Repeated measurements of one thing, in milliseconds: the median, and the middle half as its spread. */
export interface Timing {
  readonly low: number;
  readonly median: number;
  readonly high: number;
  readonly runs: number;
}

export function timing(milliseconds: readonly number[]): Timing {
  const sorted = [...milliseconds].sort((a, b) => a - b);
  return {
    low: quantile(sorted, 0.25),
    median: quantile(sorted, 0.5),
    high: quantile(sorted, 0.75),
    runs: sorted.length,
  };
}

function quantile(sorted: readonly number[], p: number): number {
  const place = p * (sorted.length - 1);
  const below = Math.floor(place);
  return sorted[below]! + (place - below) * (sorted[Math.ceil(place)]! - sorted[below]!);
}

/** Times a function in this process, warmed up first. Runs at least `iterations` times and half a second. */
export async function timeCalls(call: () => unknown, iterations: number): Promise<Timing> {
  const bench = new Bench({
    time: 500,
    iterations,
    warmupTime: 250,
    warmupIterations: 2,
    retainSamples: true,
    throws: true,
  });
  bench.add('call', () => {
    call();
  });
  const [task] = await bench.run();
  if (task?.result.state !== 'completed') throw new Error('the timing did not complete');
  return timing(task.result.latency.samples ?? []);
}

export type Command = readonly [program: string, ...args: string[]];

export interface TimedProcess {
  readonly timing: Timing;
  /** What the last run printed. */
  readonly stdout: string;
}

/**
 * Times whole processes, from start to exit. The commands take turns, so that a busy moment of the machine meets all of
 * them; the first round warms the disk cache and is not counted.
 */
export function timeProcesses(commands: readonly Command[], rounds: number): TimedProcess[] {
  const milliseconds = commands.map((): number[] => []);
  const printed = commands.map(() => '');
  for (let round = 0; round <= rounds; round++) {
    for (const [i, [program, ...args]] of commands.entries()) {
      const started = performance.now();
      const ended = spawnSync(program, args, { encoding: 'utf8', maxBuffer: 2 ** 28 });
      if (round > 0) milliseconds[i]!.push(performance.now() - started);
      if (ended.status !== 0) throw new Error(`${program} ${args.join(' ')} failed:\n${ended.stderr ?? ended.error}`);
      printed[i] = ended.stdout;
    }
  }
  return commands.map((_, i) => ({ timing: timing(milliseconds[i]!), stdout: printed[i]! }));
}

/** `25.9 ms (25.1–26.4)`. */
export function timeText({ low, median, high }: Timing): string {
  const [unit, scale] = median >= 1000 ? ['s', 1000] : ['ms', 1];
  const [a, b, c] = [median, low, high].map((value) => threeDigits(value / scale));
  return `${a} ${unit} (${b}–${c})`;
}

/** Ratio of the medians; its spread is what the middle halves allow: `8.4× (7.9–9.0)`. */
export function ratioText(peer: Timing, ours: Timing): string {
  const [a, b, c] = [peer.median / ours.median, peer.low / ours.high, peer.high / ours.low].map(threeDigits);
  return `${a}× (${b}–${c})`;
}

export function threeDigits(value: number): string {
  if (value >= 100) return value.toFixed(0);
  return value.toFixed(value >= 10 ? 1 : 2);
}
