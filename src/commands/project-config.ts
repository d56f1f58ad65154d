/** The configuration of a project: flags go before the environment, that before `clv.config.json`, that before defaults. */
import { existsSync } from 'node:fs';
import type { Command, Option } from 'commander';
import { ClvError } from '../errors.js';

export const PROJECT_CONFIG = 'clv.config.json';

/** The same flags, with the project's configuration as `--config` where none is named and there is one. */
export function withProjectConfig<F extends { readonly config?: string }>(flags: F): F {
  return flags.config === undefined && existsSync(PROJECT_CONFIG) ? { ...flags, config: PROJECT_CONFIG } : flags;
}

/** Names that are taken: they say where data sets lie, and which Python benches compare with. */
const NO_FLAGS = ['CLV_DATA_DIR', 'CLV_PYTHON', 'CLV_VERSION'];

/**
 * Takes flags that were not given from the environment: `CLV_THRESHOLD_DATE=2011-08-08` is `--threshold_date 2011-08-08`. An
 * empty variable is none; of a flag without a value, `0`, `false`, `no` and `off` mean no.
 */
export function flagsFromEnvironment(command: Command): void {
  for (const option of command.options) {
    const name = option.attributeName();
    const variable = `CLV_${name.toUpperCase()}`;
    const value = process.env[variable];
    if (!value || NO_FLAGS.includes(variable) || command.getOptionValueSource(name) !== undefined) continue;
    if (option.isBoolean()) {
      if (!['0', 'false', 'no', 'off'].includes(value.toLowerCase()))
        command.setOptionValueWithSource(name, true, 'env');
      continue;
    }
    command.setOptionValueWithSource(name, parsed(option, value, variable), 'env');
  }
}

/** @throws ClvError bad_option */
function parsed(option: Option, value: string, variable: string): unknown {
  try {
    return option.parseArg ? option.parseArg<unknown>(value, undefined) : value;
  } catch (cause) {
    throw new ClvError('bad_option', `the environment variable ${variable} has a value that it cannot take`, {
      found: value,
      expected: option.argChoices?.join(', '),
      cause,
    });
  }
}
