#!/usr/bin/env node
/** The program `mltrain`: trainings laid out as Google's reference solution has them, `<bucket>/data` in, `<bucket>/jobs` out. */
import { Command } from 'commander';
import { addTrainFlags, addTuneFlags, runProgram } from './commands/program.js';
import { addReferenceFlags } from './commands/reference-flags.js';

const program = new Command('mltrain')
  .description(
    'Trains on what lies in <bucket>/data and leaves the job in <bucket>/jobs. A bucket is a folder, s3://… or gs://….',
  )
  .version(process.env.CLV_VERSION ?? 'unknown')
  .showHelpAfterError('(mltrain --help lists the commands)');

const DATA = [
  '--data <file>',
  'a file of <bucket>/data (default: the only log there, else the prepared files)',
] as const;

for (const [name, description] of [
  ['local', 'train on this machine; takes a folder of data as well'],
  ['train', 'train on this machine, with the data of a bucket'],
] as const) {
  addReferenceFlags(addTrainFlags(program.command(`${name} <bucket>`).description(description)))
    .option(...DATA)
    .addHelpText('after', `\nExample:\n  mltrain ${name} ./bucket --threshold_date 2011-08-08 --predict_end 2011-12-09`)
    .action(async (bucket, flags) => (await import('./commands/mltrain.js')).mltrainCommand(name, bucket, flags));
}

addReferenceFlags(addTuneFlags(program.command('tune <bucket>').description('search for the settings of a network')))
  .option(...DATA)
  .addHelpText(
    'after',
    '\nExample:\n  mltrain tune ./bucket --model_type dnn_model --threshold_date 2011-08-08 --trials 40',
  )
  .action(async (bucket, flags) => (await import('./commands/mltrain.js')).mltuneCommand(bucket, flags));

await runProgram(program);
