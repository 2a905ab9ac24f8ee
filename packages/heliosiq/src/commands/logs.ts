import type { LogPage } from '@heliosiq/api';
import { HeliosError, Severity } from '@heliosiq/model';
import type { Command } from 'commander';
import { clientOf, withClientOptions } from './client-options.ts';
import type { ClientFlags } from './client-options.ts';
import { followLogs } from './follow-logs.ts';
import { logLine, patternWords } from './log-words.ts';
import { momentOption } from './moment-option.ts';
import { dim, say, sayJson } from './terminal.ts';

interface QuestionFlags extends ClientFlags {
  readonly asset?: string;
  readonly severity?: string;
  readonly pattern?: string;
}

interface RangeFlags extends QuestionFlags {
  readonly since: string;
  readonly until?: string;
  readonly limit: string;
}

/** `heliosiq logs search|patterns|tail`. */
export function addLogsCommands(program: Command): void {
  const logs = program.command('logs').description('log lines by words and patterns');

  withQuestion(logs.command('search').description('log lines, newest first').argument('[words]', 'part of the line'))
    .option('--since <time>', 'a duration back such as 24h, or ISO 8601', '24h')
    .option('--until <time>', 'the same; now when left out')
    .option('--limit <n>', 'at most this many', '50')
    .action(async (words: string | undefined, flags: RangeFlags) => {
      const query = { ...questionOf(words, flags), ...rangeOf(flags) };
      const page = await clientOf(flags).call('searchLogs', { query });
      if (flags.json === true) return sayJson(page);
      if (page.logs.length === 0) return say('No log lines.');
      for (const found of page.logs) say(logLine(found));
      if (page.next !== undefined) say(dim('There are more: ask for more with --limit, or for an earlier --until.'));
    });

  withQuestion(
    logs.command('patterns').description('what kinds of lines there are, most lines first').argument('[words]'),
  )
    .option('--since <time>', 'a duration back such as 24h, or ISO 8601', '24h')
    .option('--until <time>', 'the same; now when left out')
    .option('--limit <n>', 'at most this many', '30')
    .action(async (words: string | undefined, flags: RangeFlags) => {
      const query = { ...questionOf(words, flags), ...rangeOf(flags) };
      const found = await clientOf(flags).call('listLogPatterns', { query });
      if (flags.json === true) return sayJson(found);
      say(patternWords(found));
    });

  withQuestion(logs.command('tail').description('log lines as they come').argument('[words]', 'part of the line'))
    .option('--lines <n>', 'earlier lines to begin with', '10')
    .option('--for <duration>', 'end after this, e.g. 60s; without it, at Ctrl-C')
    .action(
      async (words: string | undefined, flags: QuestionFlags & { readonly lines: string; readonly for?: string }) => {
        const lines = wholeOption(flags.lines, '--lines', 1000);
        const durationMs = flags.for === undefined ? undefined : Date.now() - momentOption(flags.for, '--for');
        const client = clientOf(flags);
        const show = (found: LogPage['logs'][number]): void =>
          flags.json === true ? say(JSON.stringify(found)) : say(logLine(found));
        const signals = durationMs === undefined ? [] : [AbortSignal.timeout(Math.max(1, durationMs))];
        const interrupted = new AbortController();
        const interrupt = (): void => interrupted.abort();
        process.once('SIGINT', interrupt);
        try {
          const signal = AbortSignal.any([...signals, interrupted.signal]);
          await followLogs(client, { question: questionOf(words, flags), lines, show, signal });
        } finally {
          process.off('SIGINT', interrupt);
        }
      },
    );
}

function withQuestion(command: Command): Command {
  return withClientOptions(command)
    .option('--asset <name>', 'only lines of this asset')
    .option('--severity <severity>', Severity.options.join(', '))
    .option('--pattern <id>', 'only lines of this pattern');
}

function questionOf(words: string | undefined, { asset, severity, pattern }: QuestionFlags) {
  return {
    ...(words === undefined ? {} : { text: words }),
    ...(asset === undefined ? {} : { asset }),
    ...(severity === undefined ? {} : { severity: severityOption(severity) }),
    ...(pattern === undefined ? {} : { pattern }),
  };
}

function rangeOf({ since, until, limit }: RangeFlags) {
  return {
    from: String(momentOption(since, '--since')),
    to: String(until === undefined ? Date.now() + 1 : momentOption(until, '--until')),
    limit: String(wholeOption(limit, '--limit', 1000)),
  };
}

function severityOption(word: string): Severity {
  const parsed = Severity.safeParse(word);
  if (parsed.success) return parsed.data;
  throw new HeliosError('invalid-request', `there is no severity "${word}"`, {
    cure: `take one of ${Severity.options.join(', ')}`,
  });
}

function wholeOption(text: string, flag: string, max: number): number {
  const value = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= 1 && value <= max) return value;
  throw new HeliosError('invalid-request', `${flag} is no whole number: ${text}`, { cure: `give 1 to ${max}` });
}
