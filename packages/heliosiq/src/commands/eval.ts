import { statSync } from 'node:fs';
import { HeliosError } from '@heliosiq/model';
import { InvalidArgumentError, type Command } from 'commander';
import { boards } from '../boards.ts';
import type { BoardResult } from '../boards.ts';
import { boardEmbedding } from './board-embedding.ts';
import { bold, say, sayJson, table } from './terminal.ts';

interface EvalFlags {
  readonly data?: string;
  readonly set?: string;
  readonly out?: string;
  readonly mode?: string;
  readonly delayS?: number;
  readonly json?: boolean;
}

/** `heliosiq eval BOARD --data DIR [--out OUT] [--json]`. */
export function addEvalCommand(program: Command): void {
  const list = Object.entries(boards).map(([name, { about }]) => `  ${name.padEnd(10)} ${about}`);
  program
    .command('eval')
    .description('measure the shipped defaults on a public data set')
    .argument('<board>', Object.keys(boards).join(', '))
    .option('--data <dir>', 'folder of the data set; every board but answers needs one')
    .option('--set <file>', 'questions with expected facts and source, one JSON object a line (board answers)')
    .option('--out <dir>', 'write the raw predictions there')
    .option('--mode <mode>', 'lexical, dense or hybrid (board retrieval)')
    .option('--delay-s <seconds>', 'how late the fault is noticed (board rcd)', wholeSeconds)
    .option('--json', 'print JSON')
    .addHelpText('after', `\nBoards:\n${list.join('\n')}`)
    .action(async (name: string, flags: EvalFlags) => {
      const board = Object.hasOwn(boards, name) ? boards[name as keyof typeof boards] : undefined; // own keys are the boards
      if (board === undefined) {
        throw new HeliosError('invalid-request', `there is no board "${name}"`, {
          cure: `take one of ${Object.keys(boards).join(', ')}`,
        });
      }
      const isLackingData = flags.data === undefined && !('needsData' in board);
      if (isLackingData || (flags.data !== undefined && !isFolder(flags.data))) {
        throw new HeliosError('not-found', `${flags.data ?? '--data'}: is not a folder`, {
          cure: 'give the folder of the data set with --data',
        });
      }
      await using stack = new AsyncDisposableStack();
      const result: BoardResult = await board.run({
        dataDir: flags.data ?? '',
        ...(flags.set === undefined ? {} : { setFile: flags.set }),
        ...(flags.out === undefined ? {} : { outDir: flags.out }),
        ...(flags.mode === undefined ? {} : { mode: flags.mode }),
        ...(flags.delayS === undefined ? {} : { delayS: flags.delayS }),
        openEmbedding: () => boardEmbedding(stack),
      });
      // A board that has thresholds fails below them, so that a build does.
      if (result.missed !== undefined && result.missed.length > 0) process.exitCode = 1;
      if (flags.json === true) return sayJson(result);
      say(readable(result));
    });
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** Seconds of the command line: a whole number from 0 to 3600. */
function wholeSeconds(text: string): number {
  const seconds = /^\d{1,4}$/.test(text) ? Number(text) : Number.NaN;
  if (!(seconds <= 3600)) throw new InvalidArgumentError('give whole seconds from 0 to 3600');
  return seconds;
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
