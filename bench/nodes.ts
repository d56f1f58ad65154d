/**
 * What a node of the Pareto/NBD quadrature costs: nanoseconds by customer and node of one likelihood, all that a
 * customer needs included, in plain TypeScript, in WebAssembly SIMD, and the nodes alone in C (node_loop.c) where there
 * is a compiler.
 */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { logOddsLeft, type ParetoNbdParams, plainSums } from '../src/btyd/pareto-likelihood.js';
import { type Customers, customers, mergeIdentical } from '../src/customers.js';
import { DeathTimes } from '../src/kernels/death-times.js';
import { simdSums } from '../src/wasm/pareto-nbd.js';
import { type Sample, STORY } from './samples.js';
import { threeDigits, timeCalls } from './timing.js';

const C_SOURCE = fileURLToPath(new URL('node_loop.c', import.meta.url));

/** A Markdown table. */
export async function nodeTable(sample: Sample, folder: string): Promise<string> {
  const distinct = mergeIdentical(customers(sample.columns), ['frequency', 'recency', 'age']).customers;
  const nodes = countNodes(STORY, distinct);
  const row = async (work: string, call: () => unknown) => {
    const { median } = await timeCalls(call, 15);
    return `| ${work} | ${threeDigits(median)} | ${threeDigits((1e6 * median) / nodes)} |`;
  };
  return [
    `${distinct.n.toLocaleString('en')} distinct customers, ${nodes.toLocaleString('en')} nodes.`,
    '',
    '| one likelihood of Pareto/NBD | ms | ns by customer and node |',
    '| --- | --- | --- |',
    await row('plain TypeScript, value', () => plainSums(STORY, distinct, false)),
    await row('plain TypeScript, value, gradient and Hessian', () => plainSums(STORY, distinct, true)),
    await row('WebAssembly SIMD, value', () => simdSums(STORY, distinct, false)),
    await row('WebAssembly SIMD, value, gradient and Hessian', () => simdSums(STORY, distinct, true)),
    ...loopsInC(folder).map(([work, each]) => `| ${work} | | ${threeDigits(each)} |`),
  ].join('\n');
}

function countNodes(params: ParetoNbdParams, { n, frequency, recency, age }: Customers): number {
  const left = new DeathTimes();
  let total = 0;
  for (let i = 0; i < n; i++) {
    logOddsLeft(params, frequency[i]!, recency[i]!, age[i]!, left);
    total += left.count;
  }
  return total;
}

function loopsInC(folder: string): Array<[work: string, nanoseconds: number]> {
  const program = join(folder, 'node_loop');
  return Object.entries({
    'C, nodes alone, this processor': ['-march=native', '-mprefer-vector-width=512'],
    'C, nodes alone, two lanes without FMA (as WebAssembly)': ['-msse4.2'],
  }).flatMap(([work, flags]): Array<[string, number]> => {
    try {
      execFileSync('cc', ['-O3', '-fno-math-errno', '-fno-trapping-math', ...flags, C_SOURCE, '-o', program], {
        stdio: 'ignore',
      });
      return [[work, (JSON.parse(execFileSync(program, { encoding: 'utf8' })) as { nanoseconds: number }).nanoseconds]];
    } catch {
      return []; // no compiler, or not this kind of processor
    }
  });
}
