/** Flags of Google's reference solution (clv_mle/trainer/task.py) that `clv train` does not have. All others mean the same in both. */
import type { Command } from 'commander';

/** As commander hands them over: text, under their snake_case names. */
export interface ReferenceFlags {
  readonly data_src?: string;
  readonly job_dir?: string;
  readonly train_size?: string;
  readonly train_set_size?: string;
  readonly buffer_size?: string;
  readonly hypertune?: boolean;
  readonly resume?: string | boolean;
}

/** Flags that are accepted and change nothing, and why. */
const WITHOUT_EFFECT: ReadonlyArray<{ readonly flag: string; readonly argument?: string; readonly because: string }> = [
  { flag: 'train_size', argument: '<rows>', because: 'the rows are counted' },
  { flag: 'train_set_size', argument: '<rows>', because: 'the rows are counted' },
  { flag: 'buffer_size', argument: '<rows>', because: 'all rows are shuffled' },
  { flag: 'hypertune', because: '`mltrain tune` searches, the other commands do not' },
];

/** Without a folder the reference looks for an earlier model in the folder of the new job, where there never is one. */
const RESUME_ALONE = 'the folder of a new job holds no earlier model; name that of an earlier job: --resume FOLDER';

export function addReferenceFlags(command: Command): Command {
  command
    .option('--data_src <folder>', 'where the data is, if not in data/')
    .option('--job_dir <folder>', 'where job folders are made, if not in jobs/');
  for (const { flag, argument, because } of WITHOUT_EFFECT) {
    command.option(argument === undefined ? `--${flag}` : `--${flag} ${argument}`, `of no effect: ${because}`);
  }
  const resume = command.options.find(({ long }) => long === '--resume')!;
  resume.required = false; // the reference's has no folder
  resume.optional = true;
  return command;
}

/** What a user is to be told about flags that change nothing, one line each. */
export function notesOn(flags: ReferenceFlags): string[] {
  const given = WITHOUT_EFFECT.filter(({ flag }) => flags[flag as keyof ReferenceFlags] !== undefined);
  return [
    ...given.map(({ flag, because }) => `--${flag} has no effect: ${because}`),
    ...(flags.resume === true ? [`--resume has no effect: ${RESUME_ALONE}`] : []),
  ];
}
