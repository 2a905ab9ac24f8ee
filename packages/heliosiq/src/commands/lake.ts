import { HeliosError } from '@heliosiq/model';
import type { Command } from 'commander';
import { clientOf, withClientOptions } from './client-options.ts';
import type { ClientFlags } from './client-options.ts';
import { exportSamples } from './lake-export.ts';
import { cardinalityWords, seriesWords, statsWords } from './lake-words.ts';
import { say, sayJson } from './terminal.ts';
import { momentOption } from './moment-option.ts';

interface ListFlags extends ClientFlags {
  readonly limit: string;
}

interface ExportFlags extends ClientFlags {
  readonly since: string;
  readonly until?: string;
  readonly format?: string;
  readonly out?: string;
}

/** The group `heliosiq lake`, made by whoever adds to it first. */
export function lakeCommand(program: Command): Command {
  const known = program.commands.find((command) => command.name() === 'lake');
  return known ?? program.command('lake').description('what is kept: figures, series, export, upkeep');
}

/** `heliosiq lake stats|series|cardinality|export`. */
export function addLakeCommands(program: Command): void {
  const lake = lakeCommand(program);

  withClientOptions(lake.command('stats').description('how much is kept, what it weighs, how fast it grows')).action(
    async (flags: ClientFlags) => {
      const stats = await clientOf(flags).call('readLakeStats');
      if (flags.json === true) return sayJson(stats);
      say(statsWords(stats));
    },
  );

  withClientOptions(
    lake
      .command('series')
      .description('the series that a selector means')
      .argument('[selector]', 'such as up{job=~"api.*"}; everything without one'),
  )
    .option('--limit <n>', 'at most this many', '100')
    .action(async (selector: string | undefined, flags: ListFlags) => {
      const query = { ...(selector === undefined ? {} : { match: selector }), limit: flags.limit };
      const listing = await clientOf(flags).call('listLakeSeries', { query });
      if (flags.json === true) return sayJson(listing);
      say(seriesWords(listing));
    });

  withClientOptions(
    lake
      .command('cardinality')
      .description('which metrics, labels and values make how many series')
      .argument('[selector]', 'look at these series alone'),
  )
    .option('--limit <n>', 'entries of each list', '10')
    .action(async (selector: string | undefined, flags: ListFlags) => {
      const query = { ...(selector === undefined ? {} : { match: selector }), limit: flags.limit };
      const found = await clientOf(flags).call('readCardinality', { query });
      if (flags.json === true) return sayJson(found);
      say(cardinalityWords(found));
    });

  withClientOptions(
    lake
      .command('export')
      .description('raw samples as CSV or Parquet')
      .argument('[selector]', 'such as up{job=~"api.*"}; everything without one'),
  )
    .option('--since <time>', 'ISO 8601 with a zone, or a duration back from now such as 24h or 7d', '1h')
    .option('--until <time>', 'the same; now without it')
    .option('--format <format>', 'csv or parquet; by the name of the file without it, else csv')
    .option('--out <file>', 'a new file; standard output without it')
    .addHelpText(
      'after',
      '\nExample:\n  heliosiq lake export \'latency{service="cart"}\' --since 7d --out latency.parquet',
    )
    .action(async (selector: string | undefined, flags: ExportFlags) => {
      const { out } = flags;
      const written = await exportSamples(clientOf(flags), {
        ...(selector === undefined ? {} : { match: selector }),
        from: momentOption(flags.since, '--since'),
        to: momentOption(flags.until ?? '0s', '--until'),
        format: formatOf(flags.format, out),
        ...(out === undefined ? {} : { out }),
        isQuiet: flags.json === true,
      });
      if (out === undefined) return;
      if (flags.json === true) return sayJson({ file: out, ...written });
      say(`wrote ${written.bytes.toLocaleString('en')} bytes to ${out}`);
    });
}

function formatOf(word: string | undefined, out: string | undefined): 'csv' | 'parquet' {
  const wanted = word ?? (out?.endsWith('.parquet') === true ? 'parquet' : 'csv');
  if (wanted === 'csv' || wanted === 'parquet') return wanted;
  throw new HeliosError('invalid-request', `there is no format "${wanted}"`, { cure: 'take csv or parquet' });
}
