#!/usr/bin/env node
/** The program `clv`. Commands are loaded when they are called, so that `--help` answers at once. */
import { Command } from 'commander';
import { addTrainFlags, runProgram } from './commands/program.js';

const program = new Command('clv')
  .description('What each customer will be worth, from a transaction log.')
  .version(process.env.CLV_VERSION ?? 'unknown')
  .showHelpAfterError('(clv --help lists the commands, clv COMMAND --help the flags)');

addTrainFlags(
  program.command('train').description('fit a model to a log, predict every customer, check it on a holdout'),
)
  .option('--data <file>', 'transaction log: CSV (plain or gzip) or Parquet')
  .option('--job_dir <folder>', 'where job folders are made (default: jobs)')
  .addHelpText(
    'after',
    '\nExample:\n  clv train --data orders.csv --model_type paretonbd_model --threshold_date 2011-08-08 --predict_end 2011-12-09',
  )
  .action(async (flags) => (await import('./commands/train.js')).trainCommand(flags));

program
  .command('demo')
  .description('train on UCI Online Retail, or on a simulated shop where it cannot be had')
  .option('--model_type <name>', 'as in clv train')
  .option('--job_dir <folder>', 'where the job folder is made (default: jobs)')
  .option('--json', 'print one JSON object instead of text')
  .option('--quiet', 'no progress')
  .addHelpText('after', '\nExample:\n  clv demo --model_type bgnbd_model')
  .action(async (flags) => (await import('./commands/demo.js')).demoCommand(flags));

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
