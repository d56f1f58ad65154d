#!/usr/bin/env node
/** The program `mltrain`: trainings laid out as `<folder>/data` in, `<folder>/jobs` out. */
import { Command } from 'commander';
import { addTrainFlags, addTuneFlags, runProgram } from './commands/program.js';

const program = new Command('mltrain')
  .description('Trains on the log in <folder>/data and leaves the job in <folder>/jobs.')
  .version(process.env.CLV_VERSION ?? 'unknown')
  .showHelpAfterError('(mltrain --help lists the commands)');

for (const name of ['local', 'train']) {
  addTrainFlags(program.command(`${name} <folder>`).description('train on this machine'))
    .option('--data <file>', 'a file of <folder>/data (default: the only one there)')
    .addHelpText('after', `\nExample:\n  mltrain ${name} ./bucket --threshold_date 2011-08-08 --predict_end 2011-12-09`)
    .action(async (folder, flags) => (await import('./commands/mltrain.js')).mltrainCommand(folder, flags));
}

addTuneFlags(program.command('tune <folder>').description('search for the settings of a network'))
  .option('--data <file>', 'a file of <folder>/data (default: the only one there)')
  .addHelpText(
    'after',
    '\nExample:\n  mltrain tune ./bucket --model_type dnn_model --threshold_date 2011-08-08 --trials 40',
  )
  .action(async (folder, flags) => (await import('./commands/mltrain.js')).mltuneCommand(folder, flags));

await runProgram(program);
