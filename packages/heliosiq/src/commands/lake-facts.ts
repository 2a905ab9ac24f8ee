import type { AssetFeatures, QualityFacts } from '@heliosiq/api';
import type { Command } from 'commander';
import { clientOf, withClientOptions } from './client-options.ts';
import type { ClientFlags } from './client-options.ts';
import { lakeCommand } from './lake.ts';
import { say, sayJson, table } from './terminal.ts';

interface FactFlags extends ClientFlags {
  readonly days: string;
}

interface QualityFlags extends FactFlags {
  readonly asset?: string;
  readonly metric?: string;
}

const dayMs = 86_400_000;

/** `heliosiq lake quality|features`. */
export function addLakeFactCommands(program: Command): void {
  const lake = lakeCommand(program);

  withClientOptions(lake.command('quality').description('gaps, late, repeated and unusable samples, day by day'))
    .option('--asset <name>', 'only series of this asset')
    .option('--metric <name>', 'only series of this metric')
    .option('--days <n>', 'so many days back', '7')
    .action(async ({ asset, metric, ...flags }: QualityFlags) => {
      const query = {
        ...(asset === undefined ? {} : { asset }),
        ...(metric === undefined ? {} : { metric }),
        ...rangeOf(flags.days),
      };
      const facts = await clientOf(flags).call('readQuality', { query });
      if (flags.json === true) return sayJson(facts);
      say(qualityWords(facts));
    });

  withClientOptions(
    lake.command('features').description('what is characteristic of the series of an asset').argument('<asset>'),
  )
    .option('--days <n>', 'so many days back', '7')
    .action(async (asset: string, flags: FactFlags) => {
      const features = await clientOf(flags).call('readFeatures', { query: { asset, ...rangeOf(flags.days) } });
      if (flags.json === true) return sayJson(features);
      say(featureWords(features));
    });
}

function rangeOf(days: string): { readonly from: string; readonly to: string } {
  const now = Date.now();
  return { from: String(Math.floor(now - Number(days) * dayMs)), to: String(now) };
}

const nothing = 'No day of such a series was rolled up yet: it is an hour after midnight (UTC).';

function qualityWords({ series }: QualityFacts): string {
  if (series.length === 0) return nothing;
  return table([
    ['ASSET', 'METRIC', 'DAY', 'SAMPLES', 'EVERY', 'GAPS', 'LONGEST', 'LATE', 'TWICE', 'NO NUMBER'],
    ...series.flatMap(({ series: { asset, metric }, days }) =>
      days.map(({ dayAt, samples, intervalMs, gaps, longestGapMs, late, duplicates, notFinite }) => [
        ...[asset, metric, new Date(dayAt).toISOString().slice(0, 10), samples.toLocaleString('en')],
        ...[`${intervalMs / 1000} s`, String(gaps), `${Math.round(longestGapMs / 1000)} s`],
        ...[late, duplicates, notFinite].map((count) => (count === undefined ? '?' : String(count))),
      ]),
    ),
  ]);
}

function featureWords({ series }: AssetFeatures): string {
  if (series.length === 0) return nothing;
  const short = (value: number): string => value.toLocaleString('en', { maximumSignificantDigits: 4 });
  return table([
    ['METRIC', 'LABELS', 'SAMPLES', 'MIN', 'P05', 'P50', 'MEAN', 'P95', 'MAX', 'A DAY'],
    ...series.map(({ series: { metric, labels }, samples, min, max, mean, quantiles, trendPerDay }) => [
      ...[metric, JSON.stringify(labels), samples.toLocaleString('en')],
      ...[min, quantiles.p05, quantiles.p50, mean, quantiles.p95, max, trendPerDay].map(short),
    ]),
  ]);
}
