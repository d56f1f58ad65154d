/** How sure the model is who is still there. */
import { type Chart, HEIGHT, PALETTE, type Row, WIDTH } from './chart.js';

const BINS = 20;

/** Customers by P(alive); undefined where all are certainly alive. */
export function aliveChart(pAlive: Float64Array): Chart | undefined {
  if (pAlive.every((chance) => chance > 1 - 1e-9)) return undefined;
  const counts = new Float64Array(BINS);
  for (const chance of pAlive) counts[Math.min(BINS - 1, Math.floor(chance * BINS))]!++;
  const rows = Array.from(counts, (customers, k): Row => ({ start: k / BINS, end: (k + 1) / BINS, customers }));
  const likely = pAlive.reduce((sum, chance) => sum + (chance >= 0.5 ? 1 : 0), 0);
  return {
    name: 'alive',
    title: 'Customers by P(alive)',
    answers: 'How many customers are probably still there, probably gone, or in between.',
    description: `${likely} of ${pAlive.length} customers are more likely alive than not.`,
    columns: [
      { field: 'start', title: 'P(alive), at least', format: '.0%' },
      { field: 'end', title: 'To', format: '.0%' },
      { field: 'customers', title: 'Customers', format: ',d' },
    ],
    rows,
    spec: {
      width: WIDTH,
      height: HEIGHT,
      layer: [
        {
          mark: { type: 'bar', color: PALETTE.blue, tooltip: true },
          encoding: {
            x: {
              field: 'start',
              bin: 'binned',
              type: 'quantitative',
              title: 'P(alive)',
              scale: { domain: [0, 1] },
              axis: { format: '.0%' },
            },
            x2: { field: 'end' },
            y: { field: 'customers', type: 'quantitative', title: 'Customers', axis: { format: '~s' } },
          },
        },
      ],
    },
  };
}
