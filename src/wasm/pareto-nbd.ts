/**
 * The Pareto/NBD likelihood of many customers in WebAssembly SIMD, compiled from assembly/pareto-nbd.ts.
 *
 * Where it cannot run (no WebAssembly, no SIMD, a page whose policy forbids it) and where it promises nothing (numbers
 * beyond all use), both functions return undefined, and btyd/pareto-likelihood.ts does the work in plain TypeScript.
 */
import type { Customers } from '../customers.js';
import { RULE, SHORT_RULES } from '../kernels/death-times.js';
import { instantiate } from './instance.js';
import { WASM } from './pareto-nbd.generated.js';

interface Params {
  readonly r: number;
  readonly alpha: number;
  readonly s: number;
  readonly beta: number;
}

type InputColumn = 'frequency' | 'recency' | 'age' | 'weight';

interface Constant {
  readonly value: number;
}

/** What assembly/pareto-nbd.ts exports; constants are addresses, but for CAPACITY. */
interface Exports extends Readonly<Record<InputColumn | 'CAPACITY' | 'odds' | 'sums', Constant>> {
  readonly rule8: Constant;
  readonly rule12: Constant;
  readonly rule24: Constant;
  readonly memory: { readonly buffer: ArrayBuffer };
  evaluate(n: number, r: number, alpha: number, s: number, beta: number, derivatives: boolean): number;
}

/** Fewer customers than this go the plain way: it is done before WebAssembly has started. */
const FEW = 64;
/** So do parameters outside of these limits: the plain way says what has become infinite. */
const SMALLEST = 1e-30;
const LARGEST = 1e15;
/** Log-likelihood, gradient and upper half of the Hessian. */
const SUMS = 15;
const INPUT_COLUMNS: readonly InputColumn[] = ['frequency', 'recency', 'age', 'weight'];

class Kernel {
  private readonly capacity: number;
  private readonly columns: readonly Float64Array[];
  private readonly odds: Float64Array;
  private readonly sums: Float64Array;

  constructor(private readonly exports: Exports) {
    const view = ({ value: address }: Constant, length: number) =>
      new Float64Array(exports.memory.buffer, address, length);
    this.capacity = exports.CAPACITY.value;
    this.columns = INPUT_COLUMNS.map((name) => view(exports[name], this.capacity));
    this.odds = view(exports.odds, this.capacity);
    this.sums = view(exports.sums, SUMS);
    for (const { nodes, weights } of [...SHORT_RULES, RULE]) {
      const rule = view(exports[`rule${nodes.length as 8 | 12 | 24}`], 2 * nodes.length);
      rule.set(nodes);
      rule.set(weights, nodes.length);
    }
  }

  sumsOf(params: Params, customers: Customers, derivatives: boolean): Float64Array | undefined {
    const total = new Float64Array(SUMS);
    const promised = this.run(params, customers, derivatives, () => {
      for (let k = 0; k < SUMS; k++) total[k]! += this.sums[k]!;
    });
    return promised ? total : undefined;
  }

  oddsOf(params: Params, customers: Customers): Float64Array | undefined {
    const out = new Float64Array(customers.n);
    const promised = this.run(params, customers, false, (from, to) => {
      out.set(this.odds.subarray(0, to - from), from);
    });
    return promised ? out : undefined;
  }

  /** Calls `collect` after each stretch of customers; false as soon as nothing is promised. */
  private run(
    { r, alpha, s, beta }: Params,
    customers: Customers,
    derivatives: boolean,
    collect: (from: number, to: number) => void,
  ): boolean {
    for (let from = 0; from < customers.n; from += this.capacity) {
      const to = Math.min(customers.n, from + this.capacity);
      INPUT_COLUMNS.forEach((name, i) => {
        this.columns[i]!.set(customers[name].subarray(from, to));
      });
      if (!this.exports.evaluate(to - from, r, alpha, s, beta, derivatives)) return false;
      collect(from, to);
    }
    return true;
  }
}

/** null: not to be had; undefined: not tried yet. */
let kernel: Kernel | null | undefined;

function start(): Kernel | null {
  const exports = instantiate<Exports>(WASM);
  return exports === undefined ? null : new Kernel(exports);
}

function kernelFor({ r, alpha, s, beta }: Params, customers: Customers): Kernel | null {
  if (customers.n < FEW) return null;
  if (!(Math.min(r, alpha, s, beta) >= SMALLEST && Math.max(r, alpha, s, beta) <= LARGEST)) return null;
  if (kernel === undefined) kernel = start();
  return kernel;
}

/** `plainSums` of btyd/pareto-likelihood.ts. */
export function simdSums(params: Params, customers: Customers, derivatives: boolean): Float64Array | undefined {
  return kernelFor(params, customers)?.sumsOf(params, customers, derivatives);
}

/** `plainLogOdds` of btyd/pareto-likelihood.ts. */
export function simdLogOdds(params: Params, customers: Customers): Float64Array | undefined {
  return kernelFor(params, customers)?.oddsOf(params, customers);
}
