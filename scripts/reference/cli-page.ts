import { commandLine } from '@heliosiq/heliosiq/command-line.ts';
import type { Command } from 'commander';

/** The page of every command, from the command line's own tree. */
export function cliPage(): string {
  return [
    '# Commands',
    '',
    '`bin/heliosiq COMMAND` runs from a clone; each command has `--help`.',
    '',
    ...sections(commandLine(), []),
  ].join('\n');
}

function sections(command: Command, parents: readonly string[]): string[] {
  const path = [...parents, command.name()];
  const lines = parents.length === 0 ? [] : describe(command, path);
  return [...lines, ...command.commands.flatMap((child) => sections(child, path))];
}

function describe(command: Command, path: readonly string[]): string[] {
  const words = command.registeredArguments.map((each) => {
    const name = `${each.name()}${each.variadic ? '...' : ''}`;
    return each.required ? `<${name}>` : `[${name}]`;
  });
  const title = [...path, ...words].join(' ');
  const options = command.options.map(
    (option) =>
      `| \`${option.flags.replaceAll('|', '\\|')}\` | ${option.description} | ${defaultOf(option.defaultValue)} |`,
  );
  return [
    `## \`${title}\``,
    '',
    `${command.description()}.`,
    '',
    ...(options.length === 0 ? [] : ['| option | what it does | default |', '|---|---|---|', ...options, '']),
  ];
}

function defaultOf(value: unknown): string {
  return value === undefined ? '' : `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;
}
