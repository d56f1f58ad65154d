#!/usr/bin/env node
/** The program `clv`. Commands are loaded when they are called, so that `--help` answers at once. */
import { Argument, Command, Option } from 'commander';
import { addDataFlags, LOG_HELP } from './commands/data-flags.js';
import {
  addNetworkFlags,
  addSavedJobFlags,
  addTrainFlags,
  addTuneFlags,
  CONFIGURED,
  collected,
  FORMULA_HELP,
  HORIZON_OF_JOB,
  runProgram,
  timeUnitOption,
} from './commands/program.js';
import { withProjectConfig } from './commands/project-config.js';

const program = new Command('clv')
  .description('What each customer will be worth, from a transaction log.')
  .version(process.env.CLV_VERSION ?? 'unknown')
  .showHelpAfterError('(clv --help lists the commands, clv COMMAND --help the flags)')
  .addHelpText('after', CONFIGURED);

addTrainFlags(
  program.command('train').description('fit a model to a log, predict every customer, check it on a holdout'),
)
  .option('--data <log>', LOG_HELP)
  .option('--job_dir <folder>', 'where job folders are made (default: jobs)')
  .addHelpText(
    'after',
    '\nExample:\n  clv train --data orders.csv --model_type paretonbd_model --threshold_date 2011-08-08 --predict_end 2011-12-09',
  )
  .action(async (flags) => (await import('./commands/train.js')).trainCommand(withProjectConfig(flags)));

addDataFlags(
  addNetworkFlags(
    program
      .command('compare [log]')
      .description('judge many models on one holdout or several: which is best, and which differences are real')
      .option('--data <log>', 'the log, if not named first')
      .option('--models <names>', 'statistics, networks, all, or names separated by commas (default: statistics)')
      .option('--threshold_date <day>', 'last day that models know (default: three quarters into the log)')
      .option('--predict_end <day>', 'last day of the holdout (default: the last day of the log)')
      .addOption(timeUnitOption())
      .option('--origins <days>', 'earlier thresholds to judge at as well: days separated by commas, or how many')
      .option('--origin_step <days>', 'days between origins given as a number (default: the length of the holdout)')
      .addOption(new Option('--metric <name>', 'what makes a model the best (default: rmse)').choices(['rmse', 'mae'])),
  ),
)
  .option('--config <file>', 'config.json of an earlier job; flags go before it')
  .option('--json', 'print one JSON object instead of text')
  .option('--quiet', 'no progress')
  .addHelpText(
    'after',
    '\nExample:\n  clv compare orders.csv --models all --threshold_date 2011-08-08 --predict_end 2011-12-09',
  )
  .action(async (log, flags) => (await import('./commands/compare.js')).compareCommand(log, withProjectConfig(flags)));

addSavedJobFlags(
  program
    .command('predict [job]')
    .description("predict every customer of a log with a finished job's models (default: the newest job in jobs)")
    .option('--output <file>', 'a name ending in .csv or .parquet (default: predictions.csv)')
    .option('--predict_end <day>', 'last day of a holdout')
    .option('--horizon <length>', HORIZON_OF_JOB)
    .option('--formula <formula>', FORMULA_HELP, collected),
)
  .addHelpText(
    'after',
    '\nExample:\n  clv predict jobs/clv_paretonbd_model_20110808T120000 --data orders.csv --threshold_date 2011-12-09 --horizon 90',
  )
  .action(async (job, flags) => (await import('./commands/predict.js')).predictCommand(job, flags));

addSavedJobFlags(
  program
    .command('evaluate [job]')
    .description("check a finished job's models on a holdout, that of the job or another (default: the newest job)")
    .option('--predict_end <day>', 'last day of the holdout (default: that of the job)'),
)
  .addHelpText('after', '\nExample:\n  clv evaluate --threshold_date 2011-09-08 --predict_end 2011-12-09')
  .action(async (job, flags) => (await import('./commands/evaluate.js')).evaluateCommand(job, flags));

addSavedJobFlags(
  program
    .command('explain <customer>')
    .description('why a customer is worth what the models say')
    .option('--job <folder>', 'a finished job (default: the newest in jobs)')
    .option('--horizon <length>', HORIZON_OF_JOB),
)
  .addHelpText('after', '\nExample:\n  clv explain 12347')
  .action(async (customer, flags) => (await import('./commands/explain.js')).explainCommand(customer, flags));

program
  .command('report [job]')
  .description("write a finished job's report anew, or its charts as files (default: the newest job in jobs)")
  .option('--job_dir <folder>', 'where jobs lie (default: jobs)')
  .option('--output <file>', 'the page (default: report.html of the job)')
  .option('--title <text>', 'heading of the page')
  .option('--svg <folder>', 'write the charts as SVG instead')
  .option('--png <folder>', 'write the charts as PNG instead')
  .option('--charts <names>', 'only these, separated by commas (default: all)')
  .addOption(new Option('--theme <name>', 'of charts (default: light)').choices(['light', 'dark']))
  .option('--json', 'print one JSON object instead of text')
  .option('--quiet', 'no progress')
  .addHelpText('after', '\nExample:\n  clv report --png charts --charts tracking-cumulative,segments')
  .action(async (job, flags) => (await import('./commands/report.js')).reportCommand(job, flags));

addTuneFlags(program.command('tune').description('search for the settings of a network, then train it with the best'))
  .option('--data <log>', LOG_HELP)
  .option('--job_dir <folder>', 'where job folders are made (default: jobs)')
  .addHelpText(
    'after',
    '\nExample:\n  clv tune --data orders.csv --model_type hybrid_model --threshold_date 2011-08-08 --predict_end 2011-12-09 --trials 40',
  )
  .action(async (flags) => (await import('./commands/tune.js')).tuneCommand(withProjectConfig(flags)));

addDataFlags(
  program
    .command('features [log]')
    .description('make a table of features from a log: Parquet, CSV or Arrow')
    .option('--list', 'print every feature with its unit and meaning')
    .option('--data <log>', 'the log, if not named first')
    .option('--output <file>', 'a name ending in .parquet, .csv or .arrow (default: features.parquet)')
    .option('--threshold_date <day>', 'last day that the features know, YYYY-MM-DD (default: the last day of the log)')
    .option('--predict_end <day>', 'last day of the holdout, for targets (default: no targets)')
    .option('--features <names>', 'all, core, or names separated by commas (default: all that the log allows)')
    .option('--preset <name>', 'google_clv: selection, features, target and split of Google’s reference solution')
    .option('--origins <days>', 'further thresholds: days separated by commas, or a number of earlier ones')
    .option('--origin_step <days>', 'days between origins given as a number (default: the length of the holdout)')
    .option('--split <shares>', 'train, eval and test by a hash of the id, such as 70,15,15')
    .option('--cohort_from <day>', 'only who first bought on this day or later')
    .option('--cohort_to <day>', 'only who first bought on this day or earlier')
    .option('--min_transactions <count>', 'only who bought on so many days')
    .option('--max_silence <days>', 'only who bought so recently')
    .option('--outliers <rule>', 'winsorise:0.99 or drop:0.999, limits from what was known at the threshold')
    .option('--customer_table <file>', 'columns by customer to join: a CSV or Parquet file with their ids'),
)
  .option('--json', 'print the manifest instead of text')
  .option('--quiet', 'no progress')
  .addHelpText(
    'after',
    '\nExample:\n  clv features orders.csv --threshold_date 2011-08-08 --predict_end 2011-12-09 --output features.parquet',
  )
  .action(async (log, flags) => (await import('./commands/features.js')).featuresCommand(log, flags));

addDataFlags(
  program
    .command('doctor [log]')
    .description('what is odd in a log, how much value it touches, and what to do about it')
    .option('--data <log>', 'the log, if not named first')
    .option('--horizon <days>', 'how far ahead you mean to predict (default: a quarter of the log)')
    .option('--threshold_date <day>', 'last day on which assumptions are tested (default: the last day of the log)')
    .option('--examples <rows>', 'example rows a finding (default: 3)'),
)
  .option('--json', 'print one JSON object instead of text')
  .option('--quiet', 'no progress')
  .addHelpText('after', '\nExample:\n  clv doctor orders.csv')
  .action(async (log, flags) => (await import('./commands/doctor.js')).doctorCommand(log, flags));

program
  .command('demo')
  .description('train on UCI Online Retail, or on a simulated shop where it cannot be had')
  .option('--model_type <name>', 'as in clv train')
  .option('--job_dir <folder>', 'where the job folder is made (default: jobs)')
  .option('--json', 'print one JSON object instead of text')
  .option('--quiet', 'no progress')
  .addHelpText('after', '\nExample:\n  clv demo --model_type bgnbd_model')
  .action(async (flags) => (await import('./commands/demo.js')).demoCommand(flags));

addDataFlags(
  program
    .command('init [log]')
    .description('look at a log, propose columns, dates and model, and write clv.config.json')
    .option('--yes', 'take what is proposed without asking')
    .option('--force', 'write over a configuration that is there'),
)
  .option('--json', 'print one JSON object instead of text; asks nothing')
  .option('--quiet', 'no progress')
  .addHelpText('after', '\nExample:\n  clv init orders.csv')
  .action(async (log, flags) => (await import('./commands/init.js')).initCommand(log, flags));

program
  .command('simulate')
  .description('make up the log of a shop whose customers follow a model, to try things where the truth is known')
  .option('--job <folder>', 'a finished job whose parameters they have')
  .option('--model_type <name>', 'when they buy, with --parameters (default: a Pareto/NBD of ours)')
  .option('--parameters <values>', 'name=value separated by commas, in days')
  .option('--spend <values>', 'p=…,q=…,gamma=… of Gamma-Gamma (default: 40 a purchase on average)')
  .option('--customers <count>', 'how many people join (default: 4000)')
  .option('--days <count>', 'length of the log (default: 540)')
  .option('--join_days <count>', 'people join over the first so many days (default: 360)')
  .option('--first_day <day>', 'YYYY-MM-DD (default: 2024-01-01)')
  .option('--seed <number>', 'same seed, same log (default: 1)')
  .option('--output <file>', 'a CSV file (default: simulated.csv)')
  .option('--quiet', 'no progress')
  .option('--json', 'print one JSON object instead of text')
  .addHelpText('after', '\nExample:\n  clv simulate --model_type bgnbd_model --parameters r=0.24,alpha=31,a=0.8,b=2.4')
  .action(async (flags) => (await import('./commands/simulate.js')).simulateCommand(flags));

program
  .command('completion')
  .addArgument(new Argument('<shell>').choices(['bash', 'zsh', 'fish']))
  .description('print a script that completes commands and flags in bash, zsh or fish')
  .addHelpText('after', '\nExample:\n  eval "$(clv completion bash)"')
  .action(async (shell) => console.log((await import('./commands/completion.js')).completionScript(program, shell)));

program
  .command('schema <command...>')
  .description('print the JSON Schema of what a command prints with --json')
  .allowUnknownOption() // schema features --list
  .addHelpText('after', '\nExample:\n  clv schema train')
  .action(async (words) => {
    const { schemaOf } = await import('./commands/schemas.js');
    console.log(JSON.stringify(schemaOf(words.join(' ')), null, 2));
  });

const data = program.command('data').description('the public data sets that clv knows by name');
data
  .command('list')
  .description('what there is, and what is on this machine')
  .option('--json', 'print one JSON object instead of a table')
  .addHelpText('after', '\nExample:\n  clv data list')
  .action(async (flags) => (await import('./commands/data.js')).dataList(flags));
data
  .command('get <name>')
  .description('print the path of a data set, downloading it first where it is not here')
  .option('--json', 'print one JSON object instead of the path')
  .option('--quiet', 'no progress')
  .addHelpText('after', '\nExample:\n  clv data get online_retail')
  .action(async (name, flags) => (await import('./commands/data.js')).dataGet(name, flags));

await runProgram(program);
