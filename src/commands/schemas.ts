/**
 * What `--json` prints, as JSON Schema: one schema a command. `clv schema COMMAND` prints it, and the package holds them as
 * `clv/schemas/COMMAND.json`. Keys may be added in a minor version; none changes its meaning or goes without a major one.
 */
import Type, { type TProperties, type TSchema } from 'typebox';
import { ClvError } from '../errors.js';
import { nearest } from '../nearest.js';

const text = Type.String();
const number = Type.Number();
const whole = Type.Integer();
const day = Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$', description: 'YYYY-MM-DD' });
const orNull = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);
const object = (properties: TProperties, description?: string) =>
  Type.Object(properties, { additionalProperties: false, ...(description && { description }) });
const optional = Type.Optional;
const list = (items: TSchema) => Type.Array(items);
const byName = (values: TSchema) => Type.Record(Type.String(), values);

const findings = list(object({ code: text, message: text }));
const counts = list(object({ reason: text, meaning: text, rows: whole, value: number }));
const span = object({ threshold_date: day, predict_end: day });

const metrics = object(
  {
    total_actual: number,
    total_predicted: number,
    bias: orNull(number),
    mae: number,
    rmse: number,
    mdae: number,
    spearman: orNull(number),
    gini: orNull(number),
  },
  'over customers; bias is (predicted − actual) ÷ actual of the totals',
);
const evaluation = { purchases: metrics, value: metrics };
const check = orNull(object({ ...evaluation, benchmarks: byName(object(evaluation)) }));

const data = object(
  {
    file: text,
    layout: text,
    columns: byName(text),
    date_format: text,
    rows: whole,
    dropped: counts,
    notes: counts,
    normalised_ids: whole,
    encoding: text,
    first_day: day,
    last_day: day,
    transactions: whole,
    value: number,
    customers: whole,
    later_customers: whole,
    threshold_date: day,
    predict_end: orNull(day),
    time_unit: text,
    horizon: number,
    discount_rate: number,
    margin: number,
  },
  'what was read and how it was split; horizon in time_unit, value in the currency of the log',
);

const fit = object({
  model: text,
  requested: text,
  parameters: byName(
    object({ estimate: number, standard_error: orNull(number), interval: orNull(Type.Tuple([number, number])) }),
  ),
  log_likelihood: number,
  customers: number,
  distinct_customers: whole,
  time_unit: text,
  converged: Type.Boolean(),
  convergence: object({
    converged: Type.Boolean(),
    stopped: text,
    iterations: whole,
    evaluations: whole,
    starts: whole,
    gradient_norm: number,
    hessian_condition: orNull(number),
  }),
  findings,
});

const network = object({
  loss: text,
  backend: text,
  tfjs: text,
  inputs: whole,
  validation_loss: number,
  members: list(
    object({
      history: list(object({ epoch: whole, loss: number, validation_loss: number, validation_rmse: number })),
      best_epoch: whole,
      best_loss: number,
      stopped: text,
    }),
  ),
  importance: list(object({ column: text, worse: number })),
  effects: list(object({ column: text, at: list(Type.Union([number, text])), mean: list(number) })),
});

const training = object({
  job: orNull(text),
  model: text,
  data,
  fit,
  spend: fit,
  networks: optional(
    object({
      model: text,
      split: text,
      preset: orNull(text),
      windows: list(span),
      training_rows: whole,
      purchases: optional(network),
      value: network,
    }),
  ),
  findings,
  metrics: check,
  timings_ms: object({ read: number, fit: number, predict: number, total: number }),
});

const saved = object({ job: text, model: text, data, findings, metrics: check, output: orNull(text) });

const difference = object({ difference: number, low: number, high: number });
const againstBest = object({ mae: difference, rmse: difference });
const comparison = object({
  data: text,
  origins: list(object({ threshold_date: day, predict_end: day, customers: whole })),
  time_unit: text,
  metric: text,
  level: number,
  models: list(
    object({
      model: text,
      title: text,
      kind: Type.Enum(['statistics', 'network', 'benchmark']),
      metrics: object(evaluation),
      against_best: object({ purchases: againstBest, value: againstBest }),
      origins: list(
        object({
          threshold_date: day,
          metrics: object(evaluation),
          fit: optional(object({ model: text, log_likelihood: number, aic: number, bic: number })),
          findings,
          seconds: number,
        }),
      ),
    }),
  ),
  best: object({ purchases: text, value: text }),
  findings,
  failed: list(object({ model: text, reason: text })),
});

const cell = Type.Union([number, text]);
const explanation = object({
  customer_id: text,
  threshold_date: day,
  time_unit: text,
  horizon: number,
  clv: number,
  terms: object({
    frequency: number,
    recency: number,
    age: number,
    p_alive: number,
    purchases_if_alive: number,
    expected_purchases: number,
    expected_purchases_new: number,
    purchase_rate: orNull(number),
    expected_spend: number,
    monetary: number,
    margin: number,
    discount: number,
    clv: number,
  }),
  sentences: list(text),
  network: optional(
    object({
      model: text,
      expected_value: number,
      reasons: list(object({ column: text, value: cell, typical: cell, difference: number })),
    }),
  ),
});

const trial = object({
  number: whole,
  seed: whole,
  parameters: byName(cell),
  state: Type.Enum(['done', 'stopped', 'failed']),
  value: orNull(number),
  rungs: list(Type.Tuple([number, number])),
  started: text,
  finished: text,
  message: optional(text),
});
const tuning = object({
  tuning: object({
    space: byName(Type.Object({})),
    goal: text,
    best: trial,
    trials: list(trial),
    importance: optional(byName(number)),
  }),
  job: training,
});

const column = { name: text, unit: text, type: text, meaning: text };
const featureList = object({ features: list(object({ ...column, needs: list(text) })) });
const features = object({
  schema: whole,
  made_by: object({ clv: text, engine: text, engine_version: text }),
  output: object({ file: text, format: text, rows: whole, escaped_formulas: whole }),
  source: object({ input: text, files: list(Type.Object({ file: text })) }),
  log: object({
    layout: text,
    columns: byName(text),
    date_format: text,
    encoding: text,
    rows: whole,
    dropped: counts,
    notes: counts,
    remarks: list(text),
    normalised_ids: whole,
    customers: whole,
    transactions: whole,
    value: number,
    first_day: day,
    last_day: day,
  }),
  cleaning: byName(text),
  preset: orNull(text),
  windows: list(object({ threshold_date: day, predict_end: orNull(day) })),
  left_out: list(Type.Unknown()),
  split: Type.Unknown(),
  cohort: Type.Unknown(),
  outliers: Type.Unknown(),
  notes: list(text),
  columns: list(object(column)),
});

const finding = object({
  code: text,
  title: text,
  severity: Type.Enum(['problem', 'attention', 'note', 'fine']),
  rows: orNull(whole),
  customers: orNull(whole),
  value: orNull(number),
  share: orNull(number),
  examples: list(object({ file: optional(text), row: orNull(whole), cells: byName(cell) })),
  meaning: text,
  evidence: orNull(text),
  breaks: orNull(text),
  advice: orNull(text),
});
const doctor = object({
  file: text,
  rows: whole,
  customers: whole,
  transactions: whole,
  value: number,
  gross: number,
  first_day: day,
  last_day: day,
  examined_from: day,
  examined_to: day,
  horizon: number,
  touched: object({ rows: whole, value: number, share: number }),
  checks: list(finding),
  skipped: list(object({ code: text, title: text, reason: text })),
});

/** By command, as typed. */
export const SCHEMAS: Readonly<Record<string, TSchema>> = {
  train: training,
  demo: training,
  predict: saved,
  evaluate: saved,
  compare: comparison,
  explain: explanation,
  tune: tuning,
  features,
  'features --list': featureList,
  doctor,
  init: object({ file: text, config: Type.Object({}) }),
  simulate: object({ output: text, rows: whole, customers: whole, first_day: day, last_day: day }),
  report: object({ job: text, written: list(text) }),
  'data list': object({ datasets: list(Type.Object({ name: text, rows: whole, path: orNull(text) })) }),
  'data get': object({ name: text, path: text }),
};

/** `features --list` is `features-list` in a file's name. */
export const schemaFile = (command: string): string => `${command.replaceAll(' --', '-').replaceAll(' ', '-')}.json`;

/**
 * The schema of what a command prints.
 *
 * @throws ClvError bad_option
 */
export function schemaOf(command: string): object {
  const schema = SCHEMAS[command];
  if (schema) {
    return {
      $schema: 'http://json-schema.org/draft-07/schema#',
      title: `clv ${command} --json`,
      ...(schema as object),
    };
  }
  throw new ClvError('bad_option', 'there is no schema of this command', {
    found: command,
    expected: Object.keys(SCHEMAS).join(', '),
    hint: nearest(command, Object.keys(SCHEMAS)),
  });
}
