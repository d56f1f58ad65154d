/** The few statistics that the doctor needs, on series of days and weeks: short arrays, whatever the size of the log. */
import { betaCdf } from '../../kernels/incomplete-beta.js';

export const sum = (values: Iterable<number>): number => {
  let total = 0;
  for (const value of values) total += value;
  return total;
};

export const mean = (values: readonly number[]): number => sum(values) / values.length;

/** The middle value, the mean of the middle two; NaN of nothing. */
export function median(values: Iterable<number>): number {
  const sorted = Float64Array.from(values).sort();
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

/** P(F > f) of an F distribution. */
export function fTail(f: number, between: number, within: number): number {
  return betaCdf(within / 2, between / 2, within / (within + between * f));
}

export interface Line {
  readonly slope: number;
  readonly standardError: number;
  readonly mean: number;
}

/** Least squares of y on x; the standard error takes residuals as independent and of one variance. */
export function fitLine(x: readonly number[], y: readonly number[]): Line {
  const [mx, my] = [mean(x), mean(y)];
  const sxx = sum(x.map((value) => (value - mx) ** 2));
  const slope = sum(x.map((value, i) => (value - mx) * (y[i]! - my))) / sxx;
  const rss = sum(y.map((value, i) => (value - my - slope * (x[i]! - mx)) ** 2));
  return { slope, standardError: Math.sqrt(rss / (x.length - 2) / sxx), mean: my };
}

export interface GroupEffect {
  /** F of the groups, given a straight trend. */
  readonly f: number;
  readonly freedom: readonly [number, number];
  readonly p: number;
  /** Share of the variance around the trend that the groups explain: partial η². */
  readonly explained: number;
  /** Each group's level at the same point of the trend, as a multiple of the mean. NaN: the group is empty. */
  readonly level: readonly number[];
}

/**
 * Do groups (months) differ in level, beyond a straight trend? Analysis of covariance: y = trend + level of its group, each
 * observation with its weight (inverse variance, up to a factor).
 *
 * By Frisch–Waugh the trend within groups is the slope of what is left of both after taking out group means. Residuals are
 * taken for independent: where neighbouring weeks resemble each other, p is too small, so look at `level` first.
 */
export function groupEffect(
  y: readonly number[],
  time: readonly number[],
  group: readonly number[],
  weight: readonly number[],
): GroupEffect {
  const groups = Math.max(...group) + 1;
  const weighted = (values: readonly number[], own: readonly number[]) =>
    sum(own.map((i) => weight[i]! * values[i]!)) / sum(own.map((i) => weight[i]!));
  const square = (values: readonly number[]) => sum(values.map((value, i) => weight[i]! * value * value));
  /** What is left of y after a slope on time, both already centred. */
  const residual = (centred: readonly number[], times: readonly number[]) => {
    const stt = square(times);
    const slope = stt > 0 ? sum(times.map((t, i) => weight[i]! * t * centred[i]!)) / stt : 0;
    return { slope, squares: square(centred.map((value, i) => value - slope * times[i]!)) };
  };
  const all = [...y.keys()];
  const members = Array.from({ length: groups }, (_, g) => all.filter((i) => group[i] === g));
  const [yMean, timeMean] = [weighted(y, all), weighted(time, all)];
  const [yMeans, timeMeans] = [members.map((own) => weighted(y, own)), members.map((own) => weighted(time, own))];

  const trendOnly = residual(
    y.map((value) => value - yMean),
    time.map((t) => t - timeMean),
  );
  const withGroups = residual(
    y.map((value, i) => value - yMeans[group[i]!]!),
    time.map((t, i) => t - timeMeans[group[i]!]!),
  );
  const between = members.filter((own) => own.length > 0).length - 1;
  const within = y.length - between - 2;
  const f = (trendOnly.squares - withGroups.squares) / between / (withGroups.squares / within);
  return {
    f,
    freedom: [between, within],
    p: fTail(f, between, within),
    explained: (trendOnly.squares - withGroups.squares) / trendOnly.squares,
    level: yMeans.map((level, g) => (level - withGroups.slope * (timeMeans[g]! - timeMean)) / yMean),
  };
}
