/**
 * A service that says what a customer is worth: Fastify, and the probability models of a finished job.
 *
 *   npx clv train --data orders.csv --threshold_date 2011-12-09
 *   npx tsx examples/service/server.ts jobs/clv_paretonbd_model_…
 *   curl localhost:3000/worth -H 'content-type: application/json' -d '{"purchases":[{"at":0,"value":40},{"at":21,"value":25}],"age":90}'
 */
import { pathToFileURL } from 'node:url';
import {
  afterPurchase,
  afterWaiting,
  ClvError,
  type CustomerState,
  FIRST_PURCHASE,
  loadJob,
  type SavedModels,
  scorer,
} from 'clv';
import Fastify, { type FastifyInstance } from 'fastify';

/** A customer's history: days since the first purchase, and what each was worth. */
interface History {
  readonly purchases: ReadonlyArray<{ readonly at: number; readonly value: number }>;
  /** Days from the first purchase to now. */
  readonly age: number;
}

const history = {
  type: 'object',
  required: ['purchases', 'age'],
  additionalProperties: false,
  properties: {
    age: { type: 'number', minimum: 0 },
    purchases: {
      type: 'array',
      minItems: 1,
      maxItems: 10_000,
      items: {
        type: 'object',
        required: ['at', 'value'],
        properties: { at: { type: 'number', minimum: 0 }, value: { type: 'number', minimum: 0 } },
      },
    },
  },
};

export function service(models: SavedModels, { horizon = 365, discountRate = 0.1 } = {}): FastifyInstance {
  const score = scorer(models, { horizon, discountRate });
  const app = Fastify();

  app.post<{ Body: History }>('/worth', { schema: { body: history } }, async ({ body: { purchases, age } }) => {
    const [, ...repeats] = purchases; // the first only says when it began
    const known = repeats.reduce<CustomerState>((state, purchase) => afterPurchase(state, purchase), FIRST_PURCHASE);
    return score(afterWaiting(known, age));
  });
  app.get('/model', async () => ({ model: models.model, parameters: models.purchases.parameters }));

  app.setErrorHandler((error, _request, reply) => {
    if (!(error instanceof ClvError)) return reply.send(error);
    const { code, problem, details } = error;
    return reply.status(400).send({ code, problem, expected: details.expected });
  });
  return app;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const app = service(await loadJob(process.argv[2] ?? 'job'));
  console.log(`listening on ${await app.listen({ port: Number(process.env.PORT ?? 3000) })}`);
}
