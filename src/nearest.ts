import { distance } from 'fastest-levenshtein';

/** The candidate closest to `word`, for "did you mean"; undefined where nothing is close. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  const wanted = simplified(word);
  let best: string | undefined;
  let bestDistance = Math.max(2, wanted.length / 3) + 1e-9;
  for (const candidate of candidates) {
    const other = simplified(candidate);
    // a beginning counts for the whole, nearly: `custoner` means `customer_id`
    const d = Math.min(distance(wanted, other), distance(wanted, other.slice(0, wanted.length)) + 0.5);
    if (d < bestDistance) [best, bestDistance] = [candidate, d];
  }
  return best;
}

/** `Customer ID`, `customer_id` and `customerId` are one name. */
export function simplified(name: string): string {
  return name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');
}
