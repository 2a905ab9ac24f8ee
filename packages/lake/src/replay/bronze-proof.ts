import { setTimeout as pause } from 'node:timers/promises';
import type { CataloguedStream } from '../bronze/bronze-catalogue.ts';
import type { BronzeFinding } from '../bronze/bronze-finding.ts';
import { readBronzeStream } from '../bronze/bronze-reader.ts';
import { readKeptFrom } from '../bronze/kept-from.ts';
import { catalogueOf, distinctFindings, type ProofContext } from './proof-context.ts';

/** What a look at all of bronze gave. */
export interface BronzeProof {
  readonly segments: number;
  readonly records: number;
  readonly samples: number;
  readonly bytes: number;
  readonly findings: readonly BronzeFinding[];
  /** The last link of each stream's chain: equal links mean equal records. */
  readonly links: readonly { readonly partition: number; readonly epoch: number; readonly link: string }[];
}

/** A segment's manifest follows it at once: one without has been left over, when it still has none after this. */
const settleMs = 1000;
const looksMax = 3;

/**
 * Reads every segment: checksums, the chain of hashes record by record, and whether the end is there that the group of the
 * log has committed to have stored.
 */
export async function proveBronze(context: ProofContext): Promise<BronzeProof> {
  const { blobs, tenantId, signal, liveFirst, mark } = context;
  let catalogue = await catalogueOf(context);
  for (let look = 1; look < looksMax && catalogue.findings.length > 0; look += 1) {
    await pause(settleMs, undefined, { signal });
    catalogue = await catalogueOf(context);
  }
  const findings = [...catalogue.findings];
  const all = catalogue.streams.flatMap(({ segments }) => segments);
  let done = 0;
  for (const stream of catalogue.streams) {
    const reading = readBronzeStream(blobs, tenantId, stream, {
      followsChain: true,
      onFinding: (finding) => void findings.push(finding),
      onSegment: () => context.onProgress((done += 1) / all.length),
      signal,
    });
    for await (const _ of reading) await liveFirst.giveWay();
  }
  for (const partition of mark.keys()) findings.push(...(await lostEnd(context, partition, catalogue.streams)));
  return {
    segments: all.length,
    records: sumOf(all.map(({ content }) => content.records)),
    samples: sumOf(all.map(({ content }) => content.samples)),
    bytes: sumOf(all.map(({ entry }) => entry?.segment.bytes ?? 0)),
    findings: distinctFindings(findings),
    links: catalogue.streams.map(({ stream, segments }) => ({
      ...stream,
      link: segments.at(-1)?.content.links.after ?? '',
    })),
  };
}

/** Records of the tenant that the log has before the mark beyond the last segment: bronze has committed to have stored them. */
async function lostEnd(
  { log, blobs, tenantId, mark }: ProofContext,
  partition: number,
  streams: readonly CataloguedStream[],
): Promise<BronzeFinding[]> {
  const newest = streams.findLast(({ stream }) => stream.partition === partition);
  const stream = newest?.stream ?? { partition, epoch: 0 };
  const last = newest?.segments.at(-1);
  const kept = await readKeptFrom(blobs, tenantId, stream);
  const fromOffset = Math.max(last?.content.offsets.last ?? -1, kept?.offset ?? -1) + 1;
  const end = mark.get(partition) ?? 0;
  if (fromOffset >= end) return [];
  const slice = await log.read(tenantId, 'signals', { partition, fromOffset, recordsMax: 1 });
  const first = slice.records.find(({ offset }) => offset < end);
  if (first === undefined) return [];
  return [
    {
      ...stream,
      kind: 'records-missing',
      name: last?.name ?? `bronze/*/p${partition}-e${stream.epoch}`,
      detail: `the log has records from offset ${first.offset} on that were stored behind this and are gone`,
      offsets: { first: first.offset, last: end - 1 },
    },
  ];
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, each) => sum + each, 0);
}
