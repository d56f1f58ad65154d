import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applicable, checkFormulas, formulaColumns } from '../../src/jobs/formulas.js';

const columns = [
  ['expected_value', Float64Array.of(10, 20)],
  ['expected_purchases', Float64Array.of(0, 4)],
] as const;
const made = async (...formulas: string[]) => {
  const found = await formulaColumns(formulas, columns, ['ann', 'bob']);
  return Object.fromEntries(found.map(([name, values]) => [name, [...(values as Float64Array)]]));
};

describe('formulas', () => {
  it('make columns of columns', async () => {
    expect(await made('net = 0.8 * expected_value - 5 * expected_purchases')).toEqual({ net: [8, -4] });
    expect(await made('each = expected_purchases > 0 ? expected_value / expected_purchases : 0')).toEqual({
      each: [0, 5],
    });
    expect(
      await made('most = max(expected_value, 15) ^ 2', 'good = most > 300 and not (expected_purchases < 1)'),
    ).toEqual({
      most: [225, 400],
      good: [0, 1],
    });
  });

  it('agree with JavaScript on what both understand', async () => {
    const term = fc.constantFrom('a', 'b', '2', '0.5', '(a + 1)', '-b');
    const expression = fc
      .array(fc.tuple(fc.constantFrom('+', '-', '*'), term), { minLength: 1, maxLength: 6 })
      .chain((rest) => term.map((first) => first + rest.map(([op, t]) => ` ${op} ${t}`).join('')));
    await fc.assert(
      fc.asyncProperty(
        expression,
        fc.integer({ min: -9, max: 9 }),
        fc.integer({ min: -9, max: 9 }),
        async (text, a, b) => {
          const [[, values]] = (await formulaColumns(
            [`c = ${text}`],
            [
              ['a', [a]],
              ['b', [b]],
            ],
            ['one'],
          )) as [[string, Float64Array]];
          expect(values[0]).toBeCloseTo(new Function('a', 'b', `return ${text.replaceAll('--', '- -')}`)(a, b), 9);
        },
      ),
      { numRuns: 100 },
    );
  });

  // Ways out that are known of expression languages: each has to fail before anything is evaluated.
  it.each([
    'w = expected_value.constructor',
    'w = expected_value["constructor"]',
    'w = cbrt.constructor("return process")()',
    'w = "".constructor',
    'w = [1].map(f(x) = x)',
    'w = {a: 1}.a',
    'w = (f(x) = x)(2)',
    'w = (w = 2)',
    'w = 1; 2',
    'w = import("fs")',
    'w = import({pi: 3}, {override: true})',
    'w = createUnit("foo")',
    'w = evaluate("1")',
    'w = parse("1")',
    'w = compile("1")',
    'w = simplify("1")',
    'w = derivative("x", "x")',
    'w = chain(3)',
    'w = typed({})',
    'w = config({})',
    'w = map([1], abs)',
    'w = abs(abs)',
    'w = (max)(1)',
    'w = max',
    'w = 1:3',
    'w = 3 cm',
    'w = true',
    'w = null',
    'w = undefined',
    'w = "text"',
    'w = expected_value!',
    "w = expected_value'",
    'w = random()',
    'w = print("x", {})',
    'w = help(abs)',
    'w = reviver()',
  ])('refuse %s', async (formula) => {
    await expect(made(formula)).rejects.toMatchObject({ code: 'bad_formula' });
  });

  it.each([
    'w = __proto__',
    'w = toString',
    'w = constructor',
    'w = process',
    'w = globalThis',
    'w = i',
    'w = pi',
    'w = e',
  ])('know no name but those of columns: %s', async (formula) => {
    await expect(made(formula)).rejects.toMatchObject({
      code: 'bad_formula',
      problem: expect.stringContaining('column'),
    });
  });

  it('say what is wrong, with the nearest column and the customer', async () => {
    await expect(made('w = expected_valu')).rejects.toMatchObject({ details: { hint: 'expected_value' } });
    await expect(made('w = expected_value / expected_purchases')).rejects.toMatchObject({
      problem: expect.stringContaining('customer ann'),
      details: { found: 'Infinity (expected_value 10, expected_purchases 0)' },
    });
    for (const name of [
      'expected_value = 1',
      'abs = 1',
      '= 1',
      'w == 1',
      'w',
      'W = 1',
      'w = ',
      `w = ${'1 + '.repeat(400)}1`,
    ]) {
      await expect(made(name), name).rejects.toMatchObject({ code: 'bad_formula' });
    }
  });

  it.each([
    'w = max()',
    'w = abs()',
    'w = abs(1, 2)',
    'w = pow(2)',
    'w = round(1, 2, 3)',
    'w = round(expected_value, 400)',
  ])('take as many arguments, and such, as their functions do: %s', async (formula) => {
    await expect(made(formula)).rejects.toMatchObject({ code: 'bad_formula' });
  });

  it('never take the name of what is written already', async () => {
    await expect(made('customer_id = expected_value')).rejects.toMatchObject({ code: 'bad_formula' });
    const beside = formulaColumns(['error = expected_value'], columns, ['ann', 'bob'], ['error']);
    await expect(beside).rejects.toMatchObject({ code: 'bad_formula' });
  });

  it('are told from those whose columns are not there', async () => {
    const formulas = ['a = expected_value', 'b = clv_low', 'c = a + 1', 'd = b + 1'];
    expect(await applicable(formulas, ['expected_value'])).toEqual(['a = expected_value', 'c = a + 1']);
  });

  it('are checked before any work, as far as they can be', async () => {
    await checkFormulas(['w = nobody_knows + 1']);
    await expect(checkFormulas(['w = import("x")'])).rejects.toMatchObject({ code: 'bad_formula' });
  });
});
