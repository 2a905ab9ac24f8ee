import type { SeriesId } from '@heliosiq/model';
import type { TimeRange } from '@heliosiq/ports';
import type { BronzeCatalogue } from '../bronze/bronze-catalogue.ts';

/** A stretch of time and a share of the series: what is rebuilt at a time. */
export interface ReplayWindow {
  readonly range: TimeRange;
  readonly wantsSeries: (id: SeriesId) => boolean;
  /** Samples of it, about. */
  readonly samples: number;
}

export interface WindowPlanOptions {
  readonly range: TimeRange;
  /** Windows begin at whole multiples of this since the epoch, but the first; and are that long at most. Milliseconds. */
  readonly lengthMs: number;
  /** Windows are not made shorter than this, but of fewer series. Milliseconds. */
  readonly lengthMsMin: number;
  /** Samples in a window at most, about: a bound of memory, 60 bytes each. */
  readonly samplesMax: number;
}

/** Cuts a range of time into windows that fit into memory, by what the manifests tell. */
export function planWindows(catalogue: BronzeCatalogue, options: WindowPlanOptions): ReplayWindow[] {
  const { lengthMs, lengthMsMin, samplesMax } = options;
  const windows: ReplayWindow[] = [];

  function plan(range: TimeRange, depthMs: number): void {
    const samples = samplesWithin(catalogue, range);
    if (samples === 0) {
      // Nothing in bronze, but perhaps in silver: it is looked at in one piece.
      windows.push({ range, wantsSeries: () => true, samples });
    } else if (samples <= samplesMax) {
      windows.push({ range, wantsSeries: () => true, samples });
    } else if (depthMs / 2 >= lengthMsMin && depthMs % 2 === 0) {
      for (let from = range.from; from < range.to;) {
        const to = Math.min(range.to, (Math.floor(from / (depthMs / 2)) + 1) * (depthMs / 2));
        plan({ from, to }, depthMs / 2);
        from = to;
      }
    } else {
      const shards = Math.ceil(samples / samplesMax);
      for (let shard = 0; shard < shards; shard += 1) {
        windows.push({ range, wantsSeries: (id) => shardOf(id, shards) === shard, samples: samples / shards });
      }
    }
  }

  for (const { from, to } of busyStretches(catalogue, options)) plan({ from, to }, lengthMs);
  return windows;
}

/** The range cut at whole multiples; stretches in which bronze has nothing are joined. */
function busyStretches(catalogue: BronzeCatalogue, { range, lengthMs }: WindowPlanOptions): TimeRange[] {
  const cuts = new Set<number>();
  for (const { segments } of catalogue.streams) {
    for (const { content } of segments) {
      const { times } = content;
      if (times === null || times.first >= range.to || times.last < range.from) continue;
      const last = Math.min(times.last, range.to - 1);
      for (
        let at = Math.floor(Math.max(times.first, range.from) / lengthMs);
        at <= Math.floor(last / lengthMs);
        at += 1
      ) {
        cuts.add(at * lengthMs);
        cuts.add((at + 1) * lengthMs);
        if (cuts.size > cutsMax) break;
      }
    }
  }
  const bounds = [...cuts].filter((at) => at > range.from && at < range.to).sort((a, b) => a - b);
  const edges = [range.from, ...bounds, range.to];
  return edges.slice(1).map((to, index) => ({ from: edges[index] ?? range.from, to }));
}

/** Windows of a range at most: a clock that was decades off makes few of them long. */
const cutsMax = 100_000;

/** Samples in a range, about: those of each segment are taken to be spread evenly over its time. */
function samplesWithin(catalogue: BronzeCatalogue, { from, to }: TimeRange): number {
  let samples = 0;
  for (const { segments } of catalogue.streams) {
    for (const { content } of segments) {
      const { times } = content;
      if (times === null || times.first >= to || times.last < from) continue;
      const shared = Math.min(times.last + 1, to) - Math.max(times.first, from);
      samples += (content.samples * shared) / (times.last + 1 - times.first);
    }
  }
  return samples;
}

function shardOf(id: SeriesId, shards: number): number {
  return Number.parseInt(id.slice(0, 8), 16) % shards;
}
