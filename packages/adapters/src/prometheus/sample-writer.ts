import type { SampleBlock, SeriesId, SeriesRef, TenantId } from '@heliosiq/model';
import { createBoundedMap } from '../bounded-map.ts';
import { runOfBlocks, sliceRun } from '../sample-run.ts';
import type { SampleRun } from '../sample-run.ts';
import { eachOf } from './sample-reader.ts';
import type { StoredLabels } from './stored-labels.ts';
import type { WriteOutcome } from './write-outcome.ts';
import { labelBytes } from './write-request.ts';

/** Samples of one series on their way to the server. */
export interface WritePart {
  readonly series: SeriesRef;
  readonly stored: StoredLabels;
  /** `stored` as a request carries it. */
  readonly labels: Buffer;
  readonly run: SampleRun;
}

/** Sends one request. */
export type SendParts = (tenantId: TenantId, parts: readonly WritePart[]) => Promise<WriteOutcome>;

/** Sees to a request that was refused: sends what of it can be taken. */
export type SettleRefusal = (
  tenantId: TenantId,
  parts: readonly WritePart[],
  outcome: Exclude<WriteOutcome, { readonly isTaken: true }>,
) => Promise<void>;

const samplesPerRequest = 10_000;
const seriesPerRequest = 2000;
/** Requests of one append that are under way at once; a series is always in the same lane, so that its order is kept. */
const lanes = 4;
/** Series whose encoded labels are remembered. */
const encodedMax = 100_000;

/** Writes blocks as requests of bounded size; resolves when the server has answered for every sample. */
export function createSampleWriter({
  send,
  settle,
  labelsOf,
}: {
  readonly send: SendParts;
  readonly settle: SettleRefusal;
  labelsOf(tenantId: TenantId, series: SeriesRef): StoredLabels;
}): (tenantId: TenantId, blocks: readonly SampleBlock[]) => Promise<void> {
  const encoded = createBoundedMap<SeriesId, { readonly stored: StoredLabels; readonly labels: Buffer }>(encodedMax);

  function encodingOf(tenantId: TenantId, series: SeriesRef): { stored: StoredLabels; labels: Buffer } {
    let encoding = encoded.get(series.id);
    if (encoding === undefined) {
      const stored = labelsOf(tenantId, series);
      encoding = { stored, labels: labelBytes(stored) };
      encoded.set(series.id, encoding);
    }
    return encoding;
  }

  function* requestsOf(tenantId: TenantId, series: readonly (readonly SampleBlock[])[]): Generator<WritePart[]> {
    let request: WritePart[] = [];
    let samples = 0;
    for (const blocks of series) {
      const [first] = blocks;
      if (first === undefined) continue;
      const run = runOfBlocks(blocks);
      const encoding = encodingOf(tenantId, first.series);
      for (let start = 0; start < run.times.length;) {
        const end = Math.min(run.times.length, start + samplesPerRequest - samples);
        request.push({ series: first.series, ...encoding, run: sliceRun(run, start, end) });
        samples += end - start;
        start = end;
        if (samples < samplesPerRequest && request.length < seriesPerRequest) continue;
        yield request;
        request = [];
        samples = 0;
      }
    }
    if (request.length > 0) yield request;
  }

  return async (tenantId, blocks) => {
    const series = [...Map.groupBy(blocks, (block) => block.series.id).values()];
    const share = Math.ceil(series.length / lanes);
    const shares = Array.from({ length: lanes }, (_, lane) => series.slice(lane * share, (lane + 1) * share));
    await eachOf(shares, lanes, async (some) => {
      for (const request of requestsOf(tenantId, some)) {
        const outcome = await send(tenantId, request);
        if (!outcome.isTaken) await settle(tenantId, request, outcome);
      }
    });
  };
}
