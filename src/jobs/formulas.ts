/**
 * Columns that users make of others by formulas, such as `net = 0.8 * expected_value`.
 *
 * A formula is read by mathjs and then walked: only numbers, names of columns, operators, conditions and the functions
 * listed here may be in it. Whatever else mathjs understands (assignments, objects, indices, text, functions that read or
 * define others) is refused before anything is evaluated.
 */
import type { EvalFunction, MathNode } from 'mathjs';
import { ClvError } from '../errors.js';
import { nearest } from '../nearest.js';

/** A column of numbers with its name. */
export type NamedColumn = readonly [string, ArrayLike<number>];

/** Functions, and how many arguments they take. */
const FUNCTIONS: Readonly<Record<string, readonly [least: number, most: number]>> = {
  abs: [1, 1],
  ceil: [1, 1],
  exp: [1, 1],
  floor: [1, 1],
  log: [1, 2],
  log10: [1, 1],
  log2: [1, 1],
  max: [1, Number.POSITIVE_INFINITY],
  min: [1, Number.POSITIVE_INFINITY],
  pow: [2, 2],
  round: [1, 2],
  sign: [1, 1],
  sqrt: [1, 1],
};
const OPERATORS = '+ - * / ^ % == != < > <= >= and or not'.split(' ');
const NODES = ['ConstantNode', 'SymbolNode', 'OperatorNode', 'ParenthesisNode', 'FunctionNode', 'ConditionalNode'];
const LONGEST = 1000;

/** `name = expression`; neither `==` nor `<=` ends the name. */
const SHAPE = /^\s*([a-z][a-z0-9_]*)\s*=(?!=)(.+)$/s;

/** What `node` of mathjs may hold, by the kind of node. */
interface AnyNode extends MathNode {
  readonly name?: string;
  readonly op?: string;
  readonly value?: unknown;
  readonly fn?: { readonly name?: string; readonly type: string };
  readonly args?: readonly MathNode[];
}

/**
 * The columns that formulas make; a formula may use those before it.
 *
 * @param formulas each `name = expression`
 * @param customerId for the message where a formula gives no number
 * @param taken further names that no formula may have: what is written beside
 * @throws ClvError bad_formula
 *
 * @example
 * await formulaColumns(['net = 0.8 * expected_value - 5 * expected_purchases'], columns, customerId);
 */
export async function formulaColumns(
  formulas: readonly string[],
  columns: readonly NamedColumn[],
  customerId: readonly string[],
  taken: readonly string[] = [],
): Promise<NamedColumn[]> {
  if (formulas.length === 0) return [];
  const known = new Map(columns);
  const made: NamedColumn[] = [];
  for (const formula of formulas) {
    const { name, tree } = await read(formula);
    if (known.has(name) || name === 'customer_id' || taken.includes(name))
      throw badFormula(formula, 'a column has this name already', name, 'another name');
    const used = columnsIn(tree, formula, [...known.keys()]);
    const values = evaluated(tree, used, known, customerId, formula);
    known.set(name, values);
    made.push([name, values]);
  }
  return made;
}

/** Those formulas whose columns are there, the names of formulas before them included. */
export async function applicable(formulas: readonly string[], names: readonly string[]): Promise<string[]> {
  const known = new Set(names);
  const found: string[] = [];
  for (const formula of formulas) {
    const { name, tree } = await read(formula);
    if (!namesIn(tree).every((column) => known.has(column))) continue;
    known.add(name);
    found.push(formula);
  }
  return found;
}

/**
 * Checks what can be checked before there are columns.
 *
 * @throws ClvError bad_formula
 */
export async function checkFormulas(formulas: readonly string[]): Promise<void> {
  for (const formula of formulas) await read(formula);
}

/** @throws ClvError bad_formula */
async function read(formula: string): Promise<{ name: string; tree: MathNode }> {
  const [, name, expression] = SHAPE.exec(formula) ?? [];
  if (name === undefined || expression === undefined || formula.length > LONGEST || Object.hasOwn(FUNCTIONS, name)) {
    const expected = 'name = expression, the name in small letters, digits and _, no name of a function';
    throw badFormula(formula, 'this is not a formula', undefined, expected);
  }
  const { parse } = await import('mathjs/number'); // plain numbers only; loads where there are formulas
  try {
    const tree = parse(expression);
    checkNodes(tree, formula);
    return { name, tree };
  } catch (cause) {
    if (cause instanceof ClvError) throw cause;
    throw badFormula(formula, 'this formula cannot be read', String((cause as Error).message), undefined, cause);
  }
}

/** Refuses anything but numbers, names, and the operators and functions above. */
function checkNodes(tree: MathNode, formula: string): void {
  const refuse = (found: string, expected: string) => {
    throw badFormula(formula, 'a formula cannot contain this', found, expected);
  };
  tree.traverse((node: MathNode) => {
    const { type, op, value, fn, args = [] } = node as AnyNode;
    if (!NODES.includes(type)) refuse(node.toString(), 'numbers, columns, operators, conditions and functions');
    if (type === 'ConstantNode' && typeof value !== 'number') refuse(node.toString(), 'numbers');
    if (type === 'OperatorNode' && !OPERATORS.includes(op!)) refuse(op!, OPERATORS.join(' '));
    if (type !== 'FunctionNode') return;
    if (fn?.type !== 'SymbolNode' || !Object.hasOwn(FUNCTIONS, fn.name!)) {
      refuse(node.toString(), Object.keys(FUNCTIONS).join(', '));
    }
    const [least, most] = FUNCTIONS[fn!.name!]!;
    if (args.length < least || args.length > most) {
      const many = most === least ? `${least}` : most < 3 ? `${least} or ${most}` : `${least} or more`;
      refuse(node.toString(), `${fn!.name} of ${many}`);
    }
  });
}

/** The columns that a formula reads, all of which have to be there. */
function columnsIn(tree: MathNode, formula: string, names: readonly string[]): string[] {
  const used = namesIn(tree);
  const absent = used.find((name) => !names.includes(name));
  if (absent === undefined) return used;
  const expected = `a column: ${names.join(', ')}`;
  throw badFormula(formula, 'there is no such column', absent, expected, undefined, nearest(absent, names));
}

/** Every name in a formula but those of functions. */
function namesIn(tree: MathNode): string[] {
  const names = new Set<string>();
  tree.traverse((node: MathNode, path: string) => {
    const { type, name } = node as AnyNode;
    if (type === 'SymbolNode' && path !== 'fn') names.add(name!);
  });
  return [...names];
}

function evaluated(
  tree: MathNode,
  used: readonly string[],
  known: ReadonlyMap<string, ArrayLike<number>>,
  customerId: readonly string[],
  formula: string,
): Float64Array {
  const code = tree.compile();
  const scope = new Map<string, number>();
  return Float64Array.from(customerId, (id, i) => {
    for (const name of used) scope.set(name, known.get(name)![i]!);
    const value = evaluate(code, scope, formula);
    const number = typeof value === 'boolean' ? Number(value) : value;
    if (typeof number === 'number' && Number.isFinite(number)) return number;
    const given = used.map((name) => `${name} ${known.get(name)![i]}`).join(', ');
    throw badFormula(
      formula,
      `this gives no number for customer ${id}`,
      `${String(value)} (${given})`,
      'a finite number',
      undefined,
      'b > 0 ? a / b : 0',
    );
  });
}

/** @throws ClvError bad_formula where mathjs does, as for round(x, 400) */
function evaluate(code: EvalFunction, scope: Map<string, number>, formula: string): unknown {
  try {
    return code.evaluate(scope);
  } catch (cause) {
    throw badFormula(formula, 'this formula cannot be evaluated', String((cause as Error).message), undefined, cause);
  }
}

const badFormula = (
  formula: string,
  problem: string,
  found: string | undefined,
  expected?: string,
  cause?: unknown,
  hint?: string,
) =>
  new ClvError('bad_formula', `formula ${JSON.stringify(formula.slice(0, 60))}: ${problem}`, {
    found,
    expected,
    cause,
    hint,
  });
