/**
 * What users have after `npm install clv`, tried as they would: every entry point as an ES module, in CommonJS and in
 * TypeScript, and a session with the programs. No warning may appear on the way.
 *
 *   node scripts/package-matrix.mjs clv-0.1.0.tgz 20 22 24    installs the tarball under each Node (from the registry)
 *   node scripts/package-matrix.mjs --installed FOLDER        tries what is installed in FOLDER, under this Node
 *
 * FOLDER/node_modules holds clv, what it depends on, and typescript. Run twice in a matrix: without and with the clients
 * of s3:// and gs://. tfjs-node is not tried, for its install downloads TensorFlow from elsewhere.
 */
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';

const STORAGE_CLIENTS = ['@aws-sdk/client-s3', '@google-cloud/storage'];

/** What the two modules below do with the entry points: a network trains in worker threads, errors are of one class. */
const USES = `
  let thrown;
  try { rfm({ customer: ['ann'], date: ['31/12/2024'], value: [1] }); } catch (error) { thrown = error; }
  assert.ok(thrown instanceof ClvError && thrown instanceof ClvErrorOfBtyd, 'one ClvError for all entry points');
  assert.equal(schema.title, 'clv train --json');

  const log = await readTransactions('orders.csv');
  assert.ok(FEATURES.length > 50 && 'tweedie' in LOSSES);
  const { predictions, purchases, table } = await train(log, {
    modelType: 'hybrid_model', network: { members: 1, epochs: 2 }, backend: 'wasm',
  });
  await log.close();
  assert.equal(purchases.model, paretoNbd.name);
  assert.ok(predictions.clv.length === 300 && predictions.clv.every((worth) => worth >= 0));
  assert.match(await chartSvg(aliveHeatmap(purchases, table.customers)), /^<svg/);`;

const FILES = {
  'module.mjs': `
    import assert from 'node:assert/strict';
    import { readFileSync } from 'node:fs';
    import { ClvError, readTransactions, train } from 'clv';
    import { ClvError as ClvErrorOfBtyd, paretoNbd } from 'clv/btyd';
    import { aliveHeatmap, chartSvg } from 'clv/charts';
    import { LOSSES } from 'clv/dnn';
    import { FEATURES } from 'clv/features';
    import { rfm } from 'clv/rfm';
    const schema = JSON.parse(readFileSync(new URL(import.meta.resolve('clv/schemas/train.json')), 'utf8'));
    ${USES}`,
  'commonjs.cjs': `
    const assert = require('node:assert/strict');
    const { ClvError, readTransactions, train } = require('clv');
    const { ClvError: ClvErrorOfBtyd, paretoNbd } = require('clv/btyd');
    const { aliveHeatmap, chartSvg } = require('clv/charts');
    const { LOSSES } = require('clv/dnn');
    const { FEATURES } = require('clv/features');
    const { rfm } = require('clv/rfm');
    const schema = require('clv/schemas/train.json');
    (async () => { ${USES} })();`,
};

/** One source for every kind of TypeScript consumer: types must be there, and not be `any`. */
const TYPED = `
  import { type Training, train } from 'clv';
  import { fit, paretoNbd } from 'clv/btyd';
  import { type Chart, segmentChart } from 'clv/charts';
  import { trainNetwork } from 'clv/dnn';
  import { FEATURES } from 'clv/features';
  import { rfm } from 'clv/rfm';
  export const table = rfm({ customer: ['ann'], date: ['2024-01-05'], value: [12] }, { thresholdDate: '2024-06-30' });
  export const r: number = fit(paretoNbd, table.customers).parameters.r;
  export const worth = (training: Training): Float64Array => training.predictions.clv;
  export const title = ({ title }: Chart): string => title;
  export const used = [FEATURES, segmentChart, train, trainNetwork];
  // @ts-expect-error customers are columns
  fit(paretoNbd, 'orders.csv');`;

const COMPILERS = {
  nodenext: { module: 'nodenext', files: { 'typed.mts': TYPED, 'typed.cts': TYPED } },
  bundler: { module: 'preserve', files: { 'typed.ts': TYPED } },
};

/** Tries what is installed in the folder; prints a line for each thing tried. @returns whether all went well */
function tried(folder, node = process.execPath) {
  const work = join(folder, 'tried');
  rmSync(work, { recursive: true, force: true });
  mkdirSync(work);
  const program = (name) => join(folder, 'node_modules/clv/dist', `${name}.js`);
  let well = true;

  /** Runs a program of this Node; `expected` must be in what it prints. */
  const step = (name, args, { expected = '', status = 0, warnings = /warning|deprecat/i, env = {} } = {}) => {
    const start = performance.now();
    const run = spawnSync(node, args, {
      cwd: work,
      encoding: 'utf8',
      env: { ...process.env, NODE_OPTIONS: '', ...env },
    });
    const seconds = ((performance.now() - start) / 1000).toFixed(2);
    const ok = run.status === status && `${run.stdout}${run.stderr}`.includes(expected) && !warnings.test(run.stderr);
    well &&= ok;
    console.log(`${ok ? 'ok    ' : 'FAILED'} ${seconds.padStart(6)} s  ${name}`);
    if (ok) return;
    console.log(`exit ${run.status}, expected ${status} and "${expected}"`);
    console.log(run.stdout, run.stderr, run.error ?? '');
  };
  const clv = (line, options) => step(`clv ${line}`, [program('cli'), ...line.split(' ')], options);

  clv('--help', { expected: 'simulate' });
  clv('simulate --customers 300 --output orders.csv', { expected: 'of 300 customers' });
  clv('train --data orders.csv --model_type paretonbd_model --threshold_date 2025-02-28', { expected: 'Pareto/NBD' });
  clv('predict --horizon 90', { expected: '300 rows' });
  clv('explain C001', { expected: 'purchase' });
  clv('report --png charts', { expected: 'segments.png' });
  clv(
    'train --data orders.csv --model_type hybrid_model --threshold_date 2025-02-28 --members 2 --num_epochs 3 --backend wasm',
    { expected: 'the weights of its networks' },
  );
  clv('predict --horizon 90', { expected: '300 rows' });
  mkdirSync(join(work, 'bucket/data'), { recursive: true });
  writeFileSync(join(work, 'bucket/data/orders.csv'), readFileSync(join(work, 'orders.csv')));
  const local = 'local bucket --threshold_date 2025-02-28 --predict_end 2025-06-23';
  step(`mltrain ${local}`, [program('mltrain'), ...local.split(' ')], { expected: 'RMSE' });

  // An address where nobody answers; without its client, one is told what to install.
  const nowhere = 'http://127.0.0.1:9';
  const keys = { AWS_ACCESS_KEY_ID: 'none', AWS_SECRET_ACCESS_KEY: 'none', AWS_REGION: 'us-east-1' };
  for (const [scheme, client] of [
    ['s3', STORAGE_CLIENTS[0]],
    ['gs', STORAGE_CLIENTS[1]],
  ]) {
    const present = existsSync(join(folder, 'node_modules', client));
    clv(`train --data ${scheme}://clv-bucket/orders.csv`, {
      status: 1,
      expected: present ? 'does not answer' : `npm install ${client}`,
      warnings: /deprecat/i, // the AWS client says when it will leave Node 20
      env: { ...keys, AWS_ENDPOINT_URL: nowhere, STORAGE_EMULATOR_HOST: nowhere },
    });
  }

  for (const [name, text] of Object.entries(FILES)) {
    writeFileSync(join(work, name), text);
    step(name, [name]);
  }
  for (const [moduleResolution, { module, files }] of Object.entries(COMPILERS)) {
    const project = join(work, moduleResolution);
    mkdirSync(project);
    for (const [name, text] of Object.entries(files)) writeFileSync(join(project, name), text);
    const options = { module, moduleResolution, target: 'es2022', lib: ['es2022'], types: [], strict: true };
    const compilerOptions = { ...options, exactOptionalPropertyTypes: true, skipLibCheck: false, noEmit: true };
    writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: Object.keys(files) }));
    step(`tsc, moduleResolution ${moduleResolution}`, [join(folder, 'node_modules/typescript/bin/tsc'), '-p', project]);
  }
  return well;
}

/** Bytes of a folder, links not followed. */
function bytesIn(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}

/** Installs the tarball in an empty project under the Node of this version, and tries it. */
function triedUnder(version, tarball) {
  const folder = mkdtempSync(join(tmpdir(), 'clv-matrix-'));
  const npm = (cwd, path, ...args) => {
    const env = { ...process.env, PATH: path ? `${path}${delimiter}${process.env.PATH}` : process.env.PATH };
    const run = spawnSync('npm', [...args, '--no-audit', '--no-fund'], { cwd, env, encoding: 'utf8' });
    if (run.status !== 0) throw new Error(`npm ${args.join(' ')}\n${run.stdout}${run.stderr}`);
    return run.stderr.trim();
  };
  try {
    const [nodeFolder, project] = [join(folder, 'node'), join(folder, 'project')];
    for (const made of [nodeFolder, project]) {
      mkdirSync(made);
      writeFileSync(join(made, 'package.json'), '{ "private": true }\n');
    }
    npm(nodeFolder, undefined, 'install', `node@${version}`);
    const bin = join(nodeFolder, 'node_modules/node/bin');
    const node = join(bin, 'node');
    console.log(`\nNode ${spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout.trim()}`);

    const start = performance.now();
    const said = npm(project, bin, 'install', tarball);
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    const megabytes = (bytesIn(join(project, 'node_modules')) / 1e6).toFixed(0);
    console.log(`installed in ${seconds} s, ${megabytes} MB${said && `\n${said}`}`);
    npm(project, bin, 'install', 'typescript@5');
    const without = tried(project, node);
    console.log(`with ${STORAGE_CLIENTS.join(' and ')}`);
    npm(project, bin, 'install', ...STORAGE_CLIENTS.map((name) => `${name}@${peers[name]}`));
    return tried(project, node) && without;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const { peerDependencies: peers } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
const [first, ...rest] = process.argv.slice(2);
const well =
  first === '--installed'
    ? tried(resolve(rest[0]))
    : rest.map((version) => triedUnder(version, resolve(first))).every(Boolean);
if (!well) process.exitCode = 1;
