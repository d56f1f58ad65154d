/** Numbers inside sentences. */
const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 3 });

export const count = (value: number): string => whole.format(value);
/** Three digits that matter, all of the whole part. */
export const amount = (value: number): string => (Math.abs(value) >= 1000 ? whole.format(value) : short.format(value));
export const percent = (share: number): string => {
  const size = Math.abs(share);
  if (size > 0 && size < 0.001) return 'less than 0.1 %';
  return `${(share * 100).toFixed(size < 0.1 ? 1 : 0)} %`;
};
export const probability = (p: number): string => (p < 0.001 ? 'p < 0.001' : `p = ${p.toFixed(3)}`);
export const plural = (value: number, one: string, many = `${one}s`): string =>
  `${count(value)} ${value === 1 ? one : many}`;
