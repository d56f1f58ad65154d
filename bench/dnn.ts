/**
 * `npx tsx bench/dnn.ts`: what an epoch costs beside Keras. With CLV_PYTHON set to a Python that has Keras and TensorFlow, an epoch on
 * 100,000 rows × 20 columns through 128-64-32-16 units (batch normalisation, ReLU, dropout 0.1; squared error, Adam) is timed
 * there as well, in turns. tfjs-node is timed where it is installed.
 */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { openBackend } from '../src/dnn/backend.js';
import { trainNetwork } from '../src/dnn/train-network.js';
import type { BackendName } from '../src/dnn/training-options.js';
import { randomStream } from '../src/kernels/random.js';

const PEER = fileURLToPath(new URL('dnn_peer.py', import.meta.url));
const PYTHON = process.env.CLV_PYTHON;
/** As it is before our own back end sets TensorFlow up: Keras runs with its defaults. */
const ENVIRONMENT = { ...process.env };
const ROWS = 100_000;
const COLUMNS = 20;
const EPOCHS = 4;
const ROUNDS = 3;

const stream = randomStream(1);
const columns = Object.fromEntries(
  Array.from({ length: COLUMNS }, (_, c) => [`x${c}`, Float64Array.from({ length: ROWS }, () => stream.uniform())]),
);
const target = columns.x0!.map((x, i) => x + columns.x1![i]! * stream.uniform());

/** Seconds of each epoch but the first, which warms up. */
async function ours(backend: BackendName, batchSize: number): Promise<number[]> {
  const seconds: number[] = [];
  let last = performance.now();
  await trainNetwork(
    { columns, target },
    {
      loss: 'mse',
      hiddenUnits: [128, 64, 32, 16],
      batchNorm: true,
      order: 'norm_first',
      dropout: 0.1,
      optimizer: 'Adam',
      learningRate: 0.001,
      learningDecayRate: 1,
      decays: 0,
      batchSize,
      epochs: EPOCHS,
      patience: EPOCHS,
      l1: 0,
      l2: 0,
      members: 1,
      validationShare: 0.001,
      startAtOffset: false,
      seed: 1,
    },
    {
      backend,
      onEpoch: () => {
        seconds.push((performance.now() - last) / 1000);
        last = performance.now();
        return true;
      },
    },
  );
  return seconds.slice(1);
}

function keras(batchSize: number): number[] {
  const out = execFileSync(PYTHON!, [PEER, `${ROWS}`, `${COLUMNS}`, `${batchSize}`, `${EPOCHS - 1}`], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    env: ENVIRONMENT,
  });
  const { seconds_per_epoch: seconds, versions } = JSON.parse(out.trim().split('\n').at(-1)!);
  peer = Object.entries(versions)
    .map(([name, version]) => `${name} ${version}`)
    .join(', ');
  return seconds;
}

let peer = '';
const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1]!;

const backends: BackendName[] = ['wasm'];
if (
  await openBackend('tfjs-node').then(
    () => true,
    () => false,
  )
)
  backends.push('tfjs-node');
console.log(`| batch | who | seconds an epoch | beside Keras |\n|---|---|---|---|`);
for (const batchSize of [256, 1024]) {
  const times = new Map<string, number[]>();
  for (let round = 0; round < ROUNDS; round++) {
    const add = (who: string, seconds: readonly number[]) => times.set(who, [...(times.get(who) ?? []), ...seconds]);
    if (PYTHON) add('Keras', keras(batchSize));
    for (const backend of backends) add(`clv on ${backend}`, await ours(backend, batchSize));
  }
  for (const [who, seconds] of times) {
    const range = `${median(seconds).toFixed(2)} (${Math.min(...seconds).toFixed(2)}–${Math.max(...seconds).toFixed(2)})`;
    const beside = who === 'Keras' || !PYTHON ? '' : `${(median(seconds) / median(times.get('Keras')!)).toFixed(2)} ×`;
    console.log(`| ${batchSize} | ${who} | ${range} | ${beside} |`);
  }
}
if (PYTHON) console.log(`\nPeer: ${peer}`);
