import type { TenantId } from '@heliosiq/model';
import type { Logger, SeriesPoints, SeriesRegistry, SeriesStore, TimeRange } from '@heliosiq/ports';
import { checkedLimit } from '../limits.ts';
import { createHttpExchange } from './http-exchange.ts';
import { createQueryApi } from './query-api.ts';
import { createRefusedSamples } from './refused-samples.ts';
import type { OnRefused } from './refused-samples.ts';
import { readSamples } from './sample-reader.ts';
import { createSampleWriter } from './sample-writer.ts';
import type { SendParts, WritePart } from './sample-writer.ts';
import { summarize } from './series-facts.ts';
import { createSeriesFinder } from './series-finder.ts';
import { packSnappy } from './snappy-block.ts';
import type { NamingRules } from './stored-labels.ts';
import { placeOf } from './tenant-place.ts';
import type { ServerPlace } from './tenant-place.ts';
import { createUnits } from './registered-units.ts';
import { writeOutcome } from './write-outcome.ts';
import { writeRequest } from './write-request.ts';

export interface PrometheusSeriesStoreOptions {
  readonly place: ServerPlace;
  /** The same rules as at the doors, so that a series has the same id on both sides. */
  readonly rules: NamingRules;
  /** Knows units, which the server does not keep. Without it a unit is what the metric's name tells. */
  readonly registry?: SeriesRegistry;
  /** How far back `list` looks, and into the future: senders' clocks may be wrong. */
  readonly lookBackMs: number;
  /** Of one request. Default 30,000. */
  readonly timeoutMs?: number;
  /** Authorities (PEM) that sign the server's certificate. */
  readonly ca?: string;
  readonly logger: Logger;
  /** Told of samples that the server does not take, each once; the log has them in any case. */
  readonly onRefused?: OnRefused;
  readonly now: () => number;
}

/** Series of one step of `range`. */
const seriesPerStep = 100;
const answerBytesMax = 1_000_000;
const connectionsMax = 8;
/** VictoriaMetrics gathers what was written for up to two seconds before queries see it; Prometheus shows it at once. */
const visibleAfterMs = 3_000;
/** Open ends of ranges are taken to lie here. */
const farFuture = Date.UTC(2200);
/** Refused samples are told of at most this often. */
const tellEveryMs = 10_000;

/**
 * A series store on any server that speaks remote write 1.0 and the query API of Prometheus. Series that others wrote are
 * read in place. What such a server does otherwise than the port promises:
 * - the first or the largest value stays where two were written for a time, not the last;
 * - a sample that is later than the server takes is refused: it is counted and logged, and `append` resolves;
 * - `list` and ids reach as far back as `lookBackMs`; facts of series are estimates, see `summarize`.
 */
export function createPrometheusSeriesStore(options: PrometheusSeriesStoreOptions): SeriesStore & Disposable {
  const { place, rules, registry, lookBackMs, timeoutMs = 30_000, ca, logger, now } = options;
  const exchange = createHttpExchange({ connectionsMax, ...(ca === undefined ? {} : { ca }) });
  const api = createQueryApi({ exchange, place, timeoutMs });
  const finder = createSeriesFinder({ api, place, rules, lookBackMs, now });
  const withUnits = createUnits(registry);
  const log = createTeller(logger, now);
  const write = createSampleWriter({
    send,
    settle: createRefusedSamples({ send, readStored, onRefused }),
    labelsOf: (tenantId, series) => {
      const labels = finder.namingFor(tenantId).labelsOf(series);
      finder.remember(series, labels);
      return labels;
    },
  });

  function onRefused(...[tenantId, refused]: Parameters<OnRefused>): void {
    log(tenantId, refused);
    options.onRefused?.(tenantId, refused);
  }

  async function send(...[tenantId, parts]: Parameters<SendParts>): ReturnType<SendParts> {
    const { writeUrl, headers } = placeOf(place, tenantId);
    if (writeUrl === undefined) return { isTaken: true };
    const url = new URL(writeUrl);
    const answer = await exchange.post({
      url,
      headers: {
        'content-type': 'application/x-protobuf',
        'content-encoding': 'snappy',
        'x-prometheus-remote-write-version': '0.1.0',
        'user-agent': 'heliosiq',
        ...headers,
      },
      body: packSnappy(writeRequest(parts)),
      ...{ answerBytesMax, timeoutMs },
    });
    return writeOutcome(answer, url.host);
  }

  function readStored(tenantId: TenantId, parts: readonly WritePart[]) {
    const range = { from: Infinity, to: -Infinity };
    for (const { times } of parts.map(({ run }) => run)) {
      range.from = Math.min(range.from, times[0] ?? Infinity);
      range.to = Math.max(range.to, (times.at(-1) ?? -Infinity) + 1);
    }
    const series = parts.map((part) => ({ series: part.series, labelSets: [part.stored] }));
    return readSamples(api, { tenantId, series, range });
  }

  /** What facts are told of: the look-back, and what is asked about. */
  function windowAround(range: TimeRange): TimeRange {
    return {
      from: Math.min(now() - lookBackMs, Math.max(0, range.from)),
      to: Math.max(now() + lookBackMs, Math.min(farFuture, range.to)),
    };
  }

  return {
    ...(place.writeUrl === undefined ? {} : { visibleAfterMs }),

    async append(tenantId, blocks) {
      if (place.writeUrl !== undefined) await write(tenantId, blocks);
    },

    async range(tenantId, filter, range, { seriesMax: given, signal } = {}) {
      signal?.throwIfAborted();
      const seriesMax = checkedLimit(given ?? 500, Number.MAX_SAFE_INTEGER, 'seriesMax');
      const found = await finder.find(tenantId, filter, range);
      const points: SeriesPoints[] = [];
      for (let start = 0; start < found.length && points.length < seriesMax; start += seriesPerStep) {
        const some = found.slice(start, start + seriesPerStep);
        const runs = await readSamples(api, { tenantId, series: some, range }, signal);
        for (const [index, { series }] of some.entries()) {
          const run = runs[index];
          if (run !== undefined && run.times.length > 0) points.push({ series, ...run });
        }
      }
      return withUnits(tenantId, points.slice(0, seriesMax));
    },

    async list(tenantId, filter, { limit: given } = {}) {
      const limit = checkedLimit(given ?? 1000, Number.MAX_SAFE_INTEGER);
      const window = windowAround({ from: now(), to: now() });
      const series = (await finder.find(tenantId, filter, window)).slice(0, limit);
      return withUnits(tenantId, await summarize(api, { tenantId, series, window }, now()));
    },

    async *scan(tenantId, filter, range, { pageMax }) {
      checkedLimit(pageMax, Number.MAX_SAFE_INTEGER, 'pageMax');
      const window = windowAround(range);
      const found = await finder.find(tenantId, filter, range);
      for (let start = 0; start < found.length; start += pageMax) {
        const series = found.slice(start, start + pageMax);
        const page = await summarize(api, { tenantId, series, window }, now());
        const inRange = page.filter(({ firstAt, lastAt }) => firstAt < range.to && lastAt >= range.from);
        if (inRange.length > 0) yield await withUnits(tenantId, inRange);
      }
    },

    [Symbol.dispose]: () => exchange.close(),
  };
}

/** Logs refused samples, not more often than is good for a log. */
function createTeller(logger: Logger, now: () => number): OnRefused {
  let samples = 0;
  let toldAt = -Infinity;
  return (tenant, refused) => {
    samples += refused.samples;
    if (now() - toldAt < tellEveryMs) return;
    toldAt = now();
    const { reason } = refused;
    logger.warn({ tenant, samples, reason }, 'the series store does not take some samples');
    samples = 0;
  };
}
