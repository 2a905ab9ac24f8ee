import { statSync } from 'node:fs';
import { HeliosError } from '@heliosiq/model';
import type { Command } from 'commander';
import { boards } from '../boards.ts';
import type { BoardResult } from '../boards.ts';
import { bold, say, sayJson, table } from './terminal.ts';

interface EvalFlags {
  readonly data: string;
  readonly out?: string;
  readonly mode?: string;
  readonly json?: boolean;
}

/** `heliosiq eval BOARD --data DIR [--out OUT] [--json]`. */
export function addEvalCommand(program: Command): void {
  const list = Object.entries(boards).map(([name, { about }]) => `  ${name.padEnd(10)} ${about}`);
  program
    .command('eval')
    .description('measure the shipped defaults on a public data set')
    .argument('<board>', Object.keys(boards).join(', '))
    .requiredOption('--data <dir>', 'folder of the data set')
    .option('--out <dir>', 'write the raw predictions there')
    .option('--mode <mode>', 'lexical (board retrieval)')
    .option('--json', 'print JSON')
    .addHelpText('after', `\nBoards:\n${list.join('\n')}`)
    .action(async (name: string, flags: EvalFlags) => {
      const board = Object.hasOwn(boards, name) ? boards[name as keyof typeof boards] : undefined; // own keys are the boards
      if (board === undefined) {
        throw new HeliosError('invalid-request', `there is no board "${name}"`, {
          cure: `take one of ${Object.keys(boards).join(', ')}`,
        });
      }
      if (statSync(flags.data, { throwIfNoEntry: false })?.isDirectory() !== true) {
        throw new HeliosError('not-found', `${flags.data}: is not a folder`, {
          cure: 'give the folder of the data set with --data',
        });
      }
      const result = await board.run({
        dataDir: flags.data,
        ...(flags.out === undefined ? {} : { outDir: flags.out }),
        ...(flags.mode === undefined ? {} : { mode: flags.mode }),
      });
      if (flags.json === true) return sayJson(result);
      say(readable(result));
    });
}

function readable(result: BoardResult): string {
  const { board, set, items, seconds, rssMib, settings, ...metrics } = result;
  const rows = Object.entries(metrics).map(([name, value]) => [
    name,
    typeof value === 'string' ? value : JSON.stringify(value),
  ]);
  return [
    `${bold(board)} on ${set}: ${items} items in ${seconds} s, ${rssMib} MiB`,
    table([['METRIC', 'VALUE'], ...rows]),
    `settings: ${JSON.stringify(settings)}`,
  ].join('\n');
}
