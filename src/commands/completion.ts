/** `clv completion SHELL`: a script that lets bash, zsh or fish complete commands and flags. Made from the program itself. */
import type { Command, Option } from 'commander';

interface Completion {
  /** As typed: `data get`; '' for the program itself. */
  readonly path: string;
  readonly commands: ReadonlyArray<{ readonly name: string; readonly help: string }>;
  /** What its arguments may be, where there is a list of them. */
  readonly values: readonly string[];
  readonly flags: readonly Option[];
}

const SCRIPTS: Readonly<Record<string, (program: string, all: readonly Completion[]) => string>> = { bash, zsh, fish };

/** @param shell one of those that the command takes: bash, zsh, fish */
export const completionScript = (program: Command, shell: string): string =>
  SCRIPTS[shell]!(program.name(), levels(program, ''));

function levels(command: Command, path: string): Completion[] {
  const commands = command.commands.map((one) => ({ name: one.name(), help: one.description() }));
  const below = command.commands.flatMap((one) => levels(one, `${path} ${one.name()}`.trim()));
  const values = command.registeredArguments.flatMap(({ argChoices = [] }) => argChoices);
  return [{ path, commands, values, flags: command.options }, ...below];
}

const flagsOf = ({ flags }: Completion): string[] => ['--help', ...flags.map(({ long }) => long!)];

/** Flags whose values are files or folders, as far as their placeholders say so. */
const takesFile = ({ flags }: Option): boolean => /<(file|folder|log)>/.test(flags);

/** Branches of the two `case`s that bash and zsh share: what may follow a path, and the values of a flag. */
function branches(
  all: readonly Completion[],
  after: (words: string, flags: string) => string,
  among: (values: string) => string,
) {
  const paths = all.flatMap(({ path }) => (path === '' ? [] : [`"${path}"`]));
  return {
    paths: paths.join('|') || '""',
    words: all
      .map((one) => {
        const words = [...one.commands.map(({ name }) => name), ...one.values].join(' ');
        return `    "${one.path}") ${after(words, flagsOf(one).join(' '))} ;;`;
      })
      .join('\n'),
    values: all
      .flatMap(({ path, flags }) =>
        flags.flatMap(({ long, argChoices }) =>
          argChoices ? [`    "${path} ${long}") ${among(argChoices.join(' '))} ;;`] : [],
        ),
      )
      .join('\n'),
  };
}

function bash(program: string, all: readonly Completion[]): string {
  const { paths, words, values } = branches(
    all,
    (names, flags) => `words="${names}" flags="${flags}"`,
    (choices) => `values="${choices}"`,
  );
  return `# eval "$(${program} completion bash)" in ~/.bashrc
_${program}() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" path="" words="" flags="" values="" word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "\${path:+$path }$word" in ${paths}) path="\${path:+$path }$word" ;; esac
  done
  case "$path" in
${words}
  esac
  case "$path $previous" in
${values}
  esac
  if [[ -n "$values" ]]; then words="$values"
  elif [[ "$current" == -* ]]; then words="$flags"
  fi
  if [[ -n "$words" ]]; then COMPREPLY=($(compgen -W "$words" -- "$current"))
  else
    local IFS=$'\\n'
    COMPREPLY=($(compgen -f -- "$current"))
    compopt -o filenames 2>/dev/null
  fi
}
complete -F _${program} ${program}`;
}

function zsh(program: string, all: readonly Completion[]): string {
  const { paths, words, values } = branches(
    all,
    (names, flags) => `names=(${names}); flags=(${flags})`,
    (choices) => `values=(${choices})`,
  );
  return `# eval "$(${program} completion zsh)" in ~/.zshrc, after compinit
_${program}() {
  local where="" word
  local -a before names flags values
  before=("\${(@)words[2,CURRENT-1]}")
  local previous="\${words[CURRENT-1]}" current="\${words[CURRENT]}"
  for word in "\${before[@]}"; do
    case "\${where:+$where }$word" in (${paths}) where="\${where:+$where }$word" ;; esac
  done
  case "$where" in
${words}
  esac
  case "$where $previous" in
${values}
  esac
  if (( \${#values} )); then compadd -- "\${values[@]}"
  elif [[ "$current" == -* ]]; then compadd -- "\${flags[@]}"
  elif (( \${#names} )); then compadd -- "\${names[@]}"
  else _files
  fi
}
compdef _${program} ${program}`;
}

function fish(program: string, all: readonly Completion[]): string {
  const quoted = (text: string) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  const lines = all.flatMap((one) => {
    const last = one.path.split(' ').at(-1)!;
    const when = one.path === '' ? '__fish_use_subcommand' : `__fish_seen_subcommand_from ${last}`;
    return [
      ...one.commands.map(
        ({ name, help }) => `complete -c ${program} -f -n ${quoted(when)} -a ${name} -d ${quoted(help)}`,
      ),
      ...one.flags.map((option) => {
        const values = option.argChoices ? ` -x -a ${quoted(option.argChoices.join(' '))}` : '';
        const needs = values || (option.required ? (takesFile(option) ? ' -r' : ' -x') : '');
        return `complete -c ${program} -n ${quoted(when)} -l ${option.long!.slice(2)}${needs} -d ${quoted(option.description)}`;
      }),
    ];
  });
  return [`# ${program} completion fish > ~/.config/fish/completions/${program}.fish`, ...lines].join('\n');
}
