/** What both programs share: flags, and how errors end them. */
import { type Command, Option } from 'commander';
import { removeTemporaryFolders } from '../temporary.js';
import { TIME_UNITS } from '../time.js';
import { addDataFlags, LOG_HELP } from './data-flags.js';
import { flagsFromEnvironment } from './project-config.js';

/** `--threshold-date` is `--threshold_date`. */
export function withUnderscores(args: readonly string[]): string[] {
  const end = args.includes('--') ? args.indexOf('--') : args.length; // what follows are no flags
  return args.map((arg, i) =>
    i < end ? arg.replace(/^--[a-z-]+/, (flag) => `--${flag.slice(2).replaceAll('-', '_')}`) : arg,
  );
}

export const timeUnitOption = () =>
  new Option('--time_unit <unit>', 'unit of recency, age and horizon (default: day)').choices([...TIME_UNITS]);

/** The flags of a training, on any command that trains. */
export function addTrainFlags(command: Command, model = 'paretonbd_model'): Command {
  command
    .option(
      '--model_type <name>',
      `paretonbd_model, bgnbd_model, mbgnbd_model, bgcnbd_model, mbgcnbd_model, ggnbd_model, …; networks: hybrid_model, dnn_model, DNNRegressor, Linear (default: ${model})`,
    )
    .option('--threshold_date <day>', 'last day of calibration, YYYY-MM-DD (default: the last day of the log)')
    .option('--predict_end <day>', 'last day of the holdout that predictions are checked on (default: no holdout)')
    .addOption(timeUnitOption())
    .option('--horizon <length>', 'time to predict, in the time unit (default: the holdout, or a year)')
    .option('--discount_rate <rate>', 'effective rate a year for clv (default: 0.1)')
    .option('--margin <share>', 'share of the value that is yours, for clv (default: 1)')
    .option('--intervals <level>', 'level of the intervals, 0 for none (default: 0.9 up to 20,000 customers)')
    .option('--formula <formula>', FORMULA_HELP, collected);
  return addDataFlags(addNetworkFlags(command))
    .option('--config <file>', 'config.json of an earlier job; flags go before it')
    .option('--json', 'print one JSON object instead of text')
    .option('--quiet', 'no progress');
}

export const FORMULA_HELP =
  'a further column of predictions.csv, such as "net = 0.8 * expected_value"; may be given several times';

/** For flags that may be given several times. */
export const collected = (value: string, before: readonly string[] = []): string[] => [...before, value];

export const CONFIGURED =
  '\nFlags go before the environment (CLV_THRESHOLD_DATE is --threshold_date), that before clv.config.json, that before defaults.';

export const HORIZON_OF_JOB = "time to predict, in the job's time unit (default: as the job did)";

/** The flags of a command that uses a finished job. */
export function addSavedJobFlags(command: Command): Command {
  command
    .option('--data <log>', `${LOG_HELP} (default: the log of the job)`)
    .option('--job_dir <folder>', 'where jobs lie (default: jobs)')
    .option('--threshold_date <day>', 'last day that is known, YYYY-MM-DD')
    .option('--discount_rate <rate>', 'effective rate a year for clv (default: that of the job)')
    .option('--margin <share>', 'share of the value that is yours, for clv (default: that of the job)');
  return addDataFlags(command)
    .option('--json', 'print one JSON object instead of text')
    .option('--quiet', 'no progress');
}

/** The flags of a search, on any command that tunes. */
export function addTuneFlags(command: Command): Command {
  return addTrainFlags(command, 'hybrid_model')
    .option(
      '--space <file>',
      'JSON with the parameters to search; Google’s config_tune.json is understood (default: ours)',
    )
    .option('--trials <count>', 'how many, those of an interrupted search included (default: 40)')
    .option('--parallel <count>', 'trials at the same time (default: one a core)')
    .addOption(new Option('--search <method>', 'default: tpe').choices(['tpe', 'sobol', 'random']))
    .addOption(new Option('--target <part>', 'the network to tune (default: value)').choices(['value', 'purchases']))
    .addOption(new Option('--metric <name>', 'on customers not learned from (default: loss)').choices(['loss', 'rmse']))
    .option('--journal <file>', 'where trials are kept (default: clv_tune_MODEL.ndjson in the folder of jobs)');
}

/** The flags of networks, those of Google's reference among them; other models have no use for them. */
export function addNetworkFlags(command: Command): Command {
  return command
    .addOption(
      new Option('--split <how>', 'what networks learn from: earlier windows of the log, or other customers').choices([
        'time',
        'customers',
      ]),
    )
    .addOption(
      new Option('--preset <name>', "customers, columns, target, split and settings of Google's reference").choices([
        'google_clv',
      ]),
    )
    .addOption(new Option('--loss <name>', 'what value is trained on').choices(['tweedie', 'poisson', 'ziln', 'mse']))
    .option('--hidden_units <sizes>', 'units of each hidden layer, such as "64 32"')
    .option('--learning_rate <rate>')
    .option('--learning_rate_decay <True|False>', 'whether the learning rate falls')
    .option('--learning_decay_rate <factor>', 'by which it falls each time')
    .option('--batch_size <rows>')
    .option('--num_epochs <count>', 'most passes over the data; fewer where they no longer help')
    .option('--patience <epochs>', 'without a gain after which training ends')
    .option('--l1_regularization <weight>')
    .option('--l2_regularization <weight>')
    .option('--dropout <share>', 'of units left out at each step')
    .addOption(new Option('--optimizer <name>').choices(['Adam', 'ProximalAdagrad', 'SGD', 'RMSProp']))
    .option('--members <count>', 'networks whose mean predicts')
    .option('--seed <number>', 'same seed, same weights on one back end (default: 1)')
    .option('--ignore_crosses', 'no crosses of columns in Linear')
    .addOption(
      new Option('--backend <name>', 'default: wasm; for much work tfjs-node where installed').choices([
        'tfjs-node',
        'wasm',
      ]),
    )
    .option('--resume <folder>', 'of an earlier job, whose networks are trained further')
    .option('--labels <text>', 'kept in config.json')
    .option('--verbose_logging', 'a line for every epoch, on stderr');
}

/**
 * Runs a program. A ClvError ends it with its text and exit code 1, a bug of ours with its stack and 2, an interruption
 * with 128 + its signal; whatever ends it, no unfinished folder stays behind.
 */
export async function runProgram(program: Command): Promise<void> {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') return; // whoever reads has read enough; the work goes on
      end(1, `the output cannot be written: ${error.message}`);
    });
  }
  for (const [signal, number] of [
    ['SIGINT', 2],
    ['SIGTERM', 15],
    ['SIGHUP', 1],
  ] as const) {
    process.once(signal, () => end(128 + number));
  }
  program.hook('preAction', (_, command) => flagsFromEnvironment(command));
  try {
    await program.parseAsync(withUnderscores(process.argv.slice(2)), { from: 'user' });
  } catch (error) {
    const { ClvError } = await import('../errors.js');
    if (error instanceof ClvError) {
      const { sectionsText } = await import('../report/table.js');
      end(1, sectionsText([error.message], process.stderr.columns ?? Number.POSITIVE_INFINITY));
    }
    end(2, 'This is a bug in clv; please report it with the lines below.\n', error);
  }
}

/** Ends the program at once, with the terminal and the disk as they should be. */
function end(code: number, ...message: unknown[]): never {
  removeTemporaryFolders();
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[K\u001b[?25h\u001b[?7h'); // a progress bar stands there, and hides cursor and wrapping
  if (message.length > 0) console.error(...message);
  process.exit(code);
}
