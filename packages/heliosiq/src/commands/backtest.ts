import { HeliosError, SensitivityLevel } from '@heliosiq/model';
import type { Command } from 'commander';
import { clientOf, withClientOptions } from './client-options.ts';
import type { ClientFlags } from './client-options.ts';
import { dim, say, sayJson, table } from './terminal.ts';

interface BacktestFlags extends ClientFlags {
  readonly since: string;
  readonly sensitivity: string;
  readonly asset?: string;
  readonly metric?: string;
  readonly limit: string;
}

const unitsMs: ReadonlyMap<string, number> = new Map([
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
  ['w', 7 * 86_400_000],
]);

/** `heliosiq backtest`. */
export function addBacktestCommand(program: Command): void {
  withClientOptions(
    program
      .command('backtest')
      .description(
        'replay the lake through the detectors of series and logs: what they would have said; stores nothing',
      ),
  )
    .requiredOption('--since <when>', 'begin here: 12h, 7d, 4w ago, or an ISO 8601 moment')
    .option('--sensitivity <level>', SensitivityLevel.exclude(['off']).options.join(', '), 'normal')
    .option('--asset <name>', 'only series of this asset')
    .option('--metric <name>', 'only series of this metric')
    .option('--limit <n>', 'list at most this many, the most surprising first', '50')
    .action(async ({ since, sensitivity, asset, metric, limit, ...flags }: BacktestFlags) => {
      const to = Date.now();
      const level = SensitivityLevel.exclude(['off']).parse(sensitivity);
      const query = {
        from: String(momentOf(since, to)),
        to: String(to),
        ...{ level, limit },
        ...(asset === undefined ? {} : { asset }),
        ...(metric === undefined ? {} : { metric }),
      };
      const result = await clientOf(flags).call('runBacktest', { query });
      if (flags.json === true) return sayJson(result);
      if (result.anomalies.length > 0) {
        say(
          table([
            ['BEGAN', 'LASTED', 'SCORE', 'FOUND BY', 'WHAT'],
            ...result.anomalies.map((one) => [
              new Date(one.startedAt).toISOString().slice(0, 16).replace('T', ' '),
              `${Math.round(((one.endedAt ?? one.lastSeenAt) - one.startedAt) / 60_000)} min`,
              one.score.toFixed(6),
              one.detector,
              one.explanation,
            ]),
          ]),
        );
      }
      say(
        `${result.found} anomalies in ${result.series} series, ${result.samples.toLocaleString('en')} samples and ` +
          `${result.lines.toLocaleString('en')} log lines; of series ${result.perSeriesAndWeek} per series and week (${result.seconds} s)`,
      );
      if (result.isCut) say('There is more than a run looks at: name an asset or a metric, or begin later.');
      const shown = new URLSearchParams({
        since: coveringChoice(to - momentOf(since, to)),
        level,
        ...(asset === undefined ? {} : { asset }),
      });
      say(dim(`as a chart: ${(flags.url ?? 'http://127.0.0.1:7070').replace(/\/$/, '')}/detection?${shown}`));
    });
}

/** The choice of the page that covers a length of time. */
function coveringChoice(lengthMs: number): string {
  const dayMs = 86_400_000;
  return lengthMs <= dayMs ? '1d' : lengthMs <= 7 * dayMs ? '7d' : '4w';
}

/** The moment that `7d` ago, or an ISO 8601 text, means. */
function momentOf(text: string, now: number): number {
  const ago = /^(\d+(?:\.\d+)?)([mhdw])$/.exec(text);
  const at = ago === null ? Date.parse(text) : now - Number(ago[1]) * (unitsMs.get(ago[2] ?? '') ?? Number.NaN);
  if (Number.isFinite(at) && at < now) return Math.floor(at);
  throw new HeliosError('invalid-request', `"${text}" is no moment of the past`, {
    cure: 'write 12h, 7d, 4w, or a moment such as 2026-02-01T00:00:00Z',
  });
}
