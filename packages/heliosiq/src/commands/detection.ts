import type { NoiseReport } from '@heliosiq/api';
import { AnomalyId, SensitivityLevel, type Tuning } from '@heliosiq/model';
import type { Command } from 'commander';
import { clientOf, withClientOptions } from './client-options.ts';
import type { ClientFlags } from './client-options.ts';
import { say, sayJson, table } from './terminal.ts';

const dayMs = 86_400_000;

interface SensitivityFlags extends ClientFlags {
  readonly asset?: string;
  readonly metric?: string;
  readonly series?: string;
}

/** `heliosiq detection explain|dismiss|undo|tunings|sensitivity|holiday|noise`. */
export function addDetectionCommands(program: Command): void {
  const detection = program.command('detection').description('why detection spoke, and what it should tell');

  withClientOptions(
    detection.command('explain').description('one anomaly: why, since when, what came of its like').argument('<id>'),
  ).action(async (id: string, flags: ClientFlags) => {
    const params = { id: AnomalyId.parse(id) };
    const client = clientOf(flags);
    const [anomaly, context] = await Promise.all([
      client.call('getAnomaly', { params }),
      client.call('readAnomalyContext', { params }),
    ]);
    if (flags.json === true) return sayJson({ anomaly, context });
    say(anomaly.explanation);
    for (const { series, share } of anomaly.contributors ?? [])
      say(`  ${Math.round(100 * share)}%  ${series.metric} of ${series.asset}`);
    const { season, trendPerHour, similar, mutedBy, standing } = context;
    say(
      standing.incident === undefined
        ? standing.reason
        : `${standing.reason} (${standing.incident.id}, ${standing.incident.status})`,
    );
    if (season !== undefined) {
      say(
        `Compared with ${season.words}: ${short(season.lowest)} to ${short(season.highest)}, ${short(season.mean)} on average (${season.samples} samples).`,
      );
    }
    if (trendPerHour !== undefined) say(`Before it began it moved by ${short(trendPerHour)} an hour.`);
    if (mutedBy !== undefined) say(`Not told: ${tuningWords(mutedBy)} (heliosiq detection undo ${mutedBy.id}).`);
    if (similar.length === 0) return say('Nothing like it was seen before.');
    say(
      table([
        ['BEFORE', 'VALUE', 'SCORE', 'WHAT CAME OF IT'],
        ...similar.map(({ anomaly: one, incident, isDismissed }) => [
          minuteOf(one.startedAt),
          short(one.value),
          one.score.toFixed(6),
          isDismissed ? 'dismissed' : incident === undefined ? 'no incident' : `${incident.status}: ${incident.title}`,
        ]),
      ]),
    );
  });

  withClientOptions(
    detection.command('dismiss').description('say that it is no anomaly: its like is not told again').argument('<id>'),
  )
    .option('--reason <text>', 'why')
    .action(async (id: string, flags: ClientFlags & { readonly reason?: string }) => {
      const body = flags.reason === undefined ? {} : { reason: flags.reason };
      const tuning = await clientOf(flags).call('dismissAnomaly', { params: { id: AnomalyId.parse(id) }, body });
      if (flags.json === true) return sayJson(tuning);
      say(`${tuningWords(tuning)}; take it back with: heliosiq detection undo ${tuning.id}`);
    });

  withClientOptions(
    detection.command('undo').description('take back a dismissal, a sensitivity or a holiday').argument('<id>'),
  ).action(async (id: string, flags: ClientFlags) => {
    await clientOf(flags).call('removeTuning', { params: { id } });
    if (flags.json === true) return sayJson({ removed: id });
    say(`Taken back: ${id}`);
  });

  withClientOptions(detection.command('tunings').description('what detection was told, newest first')).action(
    async (flags: ClientFlags) => {
      const list = await clientOf(flags).call('listTunings');
      if (flags.json === true) return sayJson(list);
      if (list.tunings.length === 0) return say('Nothing: every series has the shipped sensitivity.');
      const rows = list.tunings.map((one) => [one.id, minuteOf(one.createdAt), one.createdBy, tuningWords(one)]);
      say(table([['ID', 'SINCE', 'BY', 'WHAT'], ...rows]));
    },
  );

  withClientOptions(
    detection
      .command('sensitivity')
      .description('how readily detection speaks: of everything, or of some assets, metrics or one series')
      .argument('<level>', SensitivityLevel.options.join(', ')),
  )
    .option('--asset <name>', 'only these assets; * stands for any characters')
    .option('--metric <name>', 'only these metrics; * stands for any characters')
    .option('--series <id>', 'only this series')
    .action(async (level: string, { asset, metric, series, ...flags }: SensitivityFlags) => {
      const tuning = await clientOf(flags).call('addTuning', {
        body: {
          kind: 'sensitivity',
          level: SensitivityLevel.parse(level),
          ...(asset === undefined ? {} : { asset }),
          ...(metric === undefined ? {} : { metric }),
          ...(series === undefined ? {} : { seriesId: series }),
        },
      });
      if (flags.json === true) return sayJson(tuning);
      say(`${tuningWords(tuning)}; take it back with: heliosiq detection undo ${tuning.id}`);
    });

  withClientOptions(
    detection
      .command('holiday')
      .description('a day on which little is usual')
      .argument('<date>', 'YYYY-MM-DD')
      .argument('<title>'),
  )
    .option('--time-zone <name>', 'where it is a holiday, e.g. Europe/Berlin', 'UTC')
    .action(async (date: string, title: string, flags: ClientFlags & { readonly timeZone: string }) => {
      const tuning = await clientOf(flags).call('addTuning', {
        body: { kind: 'holiday', date, title, timeZone: flags.timeZone },
      });
      if (flags.json === true) return sayJson(tuning);
      say(`${tuningWords(tuning)}; take it back with: heliosiq detection undo ${tuning.id}`);
    });

  withClientOptions(detection.command('noise').description('which series speak most often, and what would help'))
    .option('--days <n>', 'so many days back', '7')
    .option('--limit <n>', 'at most this many', '20')
    .action(async (flags: ClientFlags & { readonly days: string; readonly limit: string }) => {
      const now = Date.now();
      const from = String(Math.floor(now - Number(flags.days) * dayMs));
      const report = await clientOf(flags).call('readNoise', { query: { from, to: String(now), limit: flags.limit } });
      if (flags.json === true) return sayJson(report);
      say(noiseWords(report));
    });
}

const minuteOf = (at: number): string => new Date(at).toISOString().slice(0, 16).replace('T', ' ');
const short = (value: number): string => value.toLocaleString('en', { maximumSignificantDigits: 4 });

function tuningWords(tuning: Tuning): string {
  if (tuning.kind === 'holiday') return `holiday ${tuning.date}: ${tuning.title}`;
  if (tuning.kind === 'dismissal') {
    return `dismissed: ${tuning.metric} of ${tuning.asset}, ${tuning.direction}, up to ${tuning.deviationMax} deviations`;
  }
  const whose = [tuning.seriesId, tuning.asset, tuning.metric].filter((one) => one !== undefined);
  return `sensitivity ${tuning.level} of ${whose.length === 0 ? 'everything' : whose.join(', ')}`;
}

function noiseWords({ anomalies, isCut, series }: NoiseReport): string {
  if (series.length === 0) return 'No anomalies.';
  return [
    table([
      ['ANOMALIES', 'SHARE', 'DISMISSED', 'LASTING', 'DETECTOR', 'SERIES', 'WHAT HELPS'],
      ...series.map((one) => [
        String(one.anomalies),
        `${Math.round(100 * one.share)}%`,
        String(one.dismissed),
        `${Math.round(one.medianMs / 60_000)} min`,
        one.detector,
        `${one.series.metric} of ${one.series.asset}`,
        one.cure,
      ]),
    ]),
    `${anomalies}${isCut ? ' and more' : ''} anomalies in all`,
  ].join('\n');
}
