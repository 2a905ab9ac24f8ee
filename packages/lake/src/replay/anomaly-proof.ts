import type { Anomaly, AnomalyId, SeriesId, SeriesRef } from '@heliosiq/model';
import { decodeSampleColumns, isSampleColumns, type SampleColumns } from '@heliosiq/model/sample-columns.ts';
import { createSampleGathering } from '@heliosiq/model/sample-gathering.ts';
import type {
  AnomalyRebuild,
  AnomalyRebuilder,
  AnomalyStore,
  JudgedRecord,
  SeriesRegistry,
  TimeRange,
} from '@heliosiq/ports';
import { columnsOfBronze } from './bronze-samples.ts';
import { viewBronze, type BronzeViewOptions } from './bronze-view.ts';
import { createCanonicalHash } from './canonical-hash.ts';
import { canonicalJson } from './canonical-json.ts';
import { createDifferenceList, type DifferenceList } from './difference.ts';
import { catalogueOf, markInBronze, viewOf, type ProofContext } from './proof-context.ts';
import { nameOfSample } from './series-name.ts';
import { storedAnomalies } from './stored-anomalies.ts';

/** What the comparison of anomalies found again with stored ones gave. */
export interface AnomalyProof {
  readonly anomalies: number;
  readonly samples: number;
  readonly lines: number;
  readonly rebuilt: string;
  readonly stored: string;
  readonly differences: DifferenceList;
  readonly applied: number;
}

export interface AnomalyProofOptions {
  readonly anomalies: AnomalyStore;
  readonly rebuilder: AnomalyRebuilder;
  readonly registry: SeriesRegistry;
  /** Of the starts of anomalies. Models learn from the first record of bronze on, whatever the range. */
  readonly range: TimeRange;
  readonly applies: boolean;
  /** Series whose models are held at a time: a bound of memory, six kilobytes each. Default 5,000. */
  readonly seriesMax?: number;
}

/** Samples that are gathered, so that a model is loaded once for many of them: forty bytes each. */
const judgedAtOnce = 300_000;

/** Records of logs that are judged at once. */
const recordsAtOnce = 2000;

/** A part of the anomalies: those of some series, or those of all logs. */
interface Shard {
  readonly of: 'samples' | 'logs';
  readonly detectors: readonly string[];
  readonly wantsSeries: (id: SeriesId) => boolean;
  readonly rebuild: AnomalyRebuild;
  /** Samples or records that were judged. */
  judged: number;
}

/**
 * Finds the anomalies of a range again by reading all of bronze with models that begin with nothing, and compares them with
 * the stored ones, field by field. What came to the log after the mark may have changed them or not.
 */
export async function proveAnomalies(context: ProofContext, options: AnomalyProofOptions): Promise<AnomalyProof> {
  const { registry, rebuilder, seriesMax = 5000 } = options;
  const count = Math.max(1, Math.ceil((await registry.count(context.tenantId)) / seriesMax));
  const shards = Array.from({ length: count + 1 }, (_, index): Omit<Shard, 'rebuild'> =>
    index === count
      ? { of: 'logs', detectors: rebuilder.logDetectors, wantsSeries: () => true, judged: 0 }
      : {
          of: 'samples',
          detectors: [rebuilder.detector],
          wantsSeries: (id) => Number.parseInt(id.slice(0, 8), 16) % count === index,
          judged: 0,
        },
  );
  const hashes = { rebuilt: createCanonicalHash(), stored: createCanonicalHash() };
  const differences = createDifferenceList();
  let [anomalies, samples, lines, applied] = [0, 0, 0, 0];
  for (const [index, part] of shards.entries()) {
    const shard: Shard = { ...part, rebuild: rebuilder.begin(context.tenantId) };
    const progress = (share: number): void => context.onProgress((index + share) / shards.length);
    const checked = await checkShard({ ...context, onProgress: progress }, { ...options, shard });
    for (const { id, rebuilt, stored, isExplained } of checked) {
      if (rebuilt !== undefined) {
        anomalies += 1;
        hashes.rebuilt.text(rebuilt);
      }
      // What later records did to it is no difference: the hash is that of the mark.
      const counted = isExplained ? rebuilt : stored;
      if (counted !== undefined) hashes.stored.text(counted);
      if (rebuilt !== stored && !isExplained) {
        const kind = stored === undefined ? 'missing' : rebuilt === undefined ? 'extra' : 'different';
        const parts = { ...(rebuilt === undefined ? {} : { rebuilt }), ...(stored === undefined ? {} : { stored }) };
        differences.add({ kind, what: id, ...parts });
      }
    }
    if (options.applies) applied += await apply(context, options, checked);
    if (shard.of === 'samples') samples += shard.judged;
    else lines += shard.judged;
  }
  return {
    anomalies,
    samples,
    lines,
    rebuilt: hashes.rebuilt.digest(),
    stored: hashes.stored.digest(),
    differences,
    applied,
  };
}

/** An anomaly as found again and as stored, both as canonical JSON. */
interface CheckedAnomaly {
  readonly id: string;
  readonly anomaly: Anomaly | undefined;
  readonly rebuilt: string | undefined;
  readonly stored: string | undefined;
  /** Different because of what came after the mark. */
  readonly isExplained: boolean;
}

async function checkShard(
  context: ProofContext,
  { anomalies, range, shard }: AnomalyProofOptions & { readonly shard: Shard },
): Promise<CheckedAnomaly[]> {
  const { tenantId } = context;
  const catalogue = await catalogueOf(context);
  const isInRange = ({ startedAt }: Anomaly): boolean => startedAt >= range.from && startedAt < range.to;
  const found = new Map<AnomalyId, Anomaly>();
  let done = 0;
  const segments = catalogue.streams.reduce((sum, stream) => sum + stream.segments.length, 0);
  const onSegment = (): void => context.onProgress((done += 1) / segments);
  await judgeAll(context, { view: { ...viewOf(context, catalogue), onSegment }, shard }, (anomaly) => {
    if (isInRange(anomaly)) found.set(anomaly.id, anomaly);
  });
  const stored = await storedAnomalies(anomalies, tenantId, { ...shard, range });
  const ids = [...new Set([...found.keys(), ...stored.keys()])].sort();
  const texts = (held: ReadonlyMap<AnomalyId, Anomaly>, id: AnomalyId): string | undefined => {
    const anomaly = held.get(id);
    return anomaly === undefined ? undefined : canonicalJson(anomaly);
  };
  const later = new Map<AnomalyId, string[]>();
  if (ids.some((id) => texts(found, id) !== texts(stored, id))) {
    // The stored ones are read: whatever changed them until then is in bronze before this.
    const to = await markInBronze(context);
    const view = viewOf(context, await catalogueOf(context), { from: context.mark, to });
    await judgeAll(context, { view, shard }, (anomaly) => {
      later.set(anomaly.id, [...(later.get(anomaly.id) ?? []), canonicalJson(anomaly)]);
    });
  }
  return ids.map((id) => {
    const [rebuilt, own] = [texts(found, id), texts(stored, id)];
    const isExplained = rebuilt !== own && own !== undefined && (later.get(id)?.includes(own) ?? false);
    const anomaly = found.get(id);
    return { id: whatOf(id, anomaly ?? stored.get(id)), anomaly, rebuilt, stored: own, isExplained };
  });
}

function whatOf(id: AnomalyId, anomaly: Anomaly | undefined): string {
  return anomaly === undefined ? id : `${id} of ${nameOfSample(anomaly.series, anomaly.startedAt)}`;
}

/** Judges the samples of some records, each series' in the order of the log, many at a time. */
async function judgeAll(
  context: ProofContext,
  { view, shard }: { readonly view: BronzeViewOptions; readonly shard: Shard },
  onRevision: (anomaly: Anomaly) => void,
): Promise<void> {
  if (shard.of === 'logs') {
    await judgeLogs(context, { view, shard }, onRevision);
    return;
  }
  const breathe = (): Promise<void> => context.liveFirst.giveWay();
  let named: readonly SeriesRef[] = [];
  let gathering = createSampleGathering();

  async function judgeGathered(): Promise<void> {
    for await (const part of gathering.bySeries(1000, breathe)) {
      for (const { ref, times, values } of part) {
        const series = named[ref];
        if (series === undefined) continue;
        for (const anomaly of await shard.rebuild.judge({ series, times, values }, breathe)) onRevision(anomaly);
      }
    }
    shard.judged += gathering.samples;
    gathering = createSampleGathering();
  }

  const question = { range: { from: -Infinity, to: Infinity }, wantsSeries: shard.wantsSeries, decode: decodeAsDetect };
  for await (const columns of columnsOfBronze(view, question)) {
    named = columns.named;
    gathering.add({ refs: columns.places, times: columns.times, values: columns.values });
    if (gathering.samples >= judgedAtOnce) await judgeGathered();
  }
  await judgeGathered();
}

/** Judges the logs among some records, partition by partition, each in the order of the log. */
async function judgeLogs(
  context: ProofContext,
  { view, shard }: { readonly view: BronzeViewOptions; readonly shard: Shard },
  onRevision: (anomaly: Anomaly) => void,
): Promise<void> {
  const breathe = (): Promise<void> => context.liveFirst.giveWay();
  let gathered: JudgedRecord[] = [];
  let partition = -1;

  async function judgeGathered(): Promise<void> {
    if (gathered.length === 0) return;
    for (const anomaly of await shard.rebuild.judgeLogs(partition, gathered, breathe)) onRevision(anomaly);
    shard.judged += gathered.length;
    gathered = [];
  }

  for await (const viewed of viewBronze({ ...view, wants: ({ content }) => content.signals > 0 })) {
    if (viewed.partition !== partition || gathered.length >= recordsAtOnce) await judgeGathered();
    partition = viewed.partition;
    if (!isSampleColumns(viewed.record.value)) gathered.push(viewed.record);
  }
  await judgeGathered();
}

function decodeAsDetect(bytes: Uint8Array): SampleColumns | undefined {
  const decoded = decodeSampleColumns(bytes);
  return decoded.ok ? decoded.value : undefined;
}

/** Writes what is missing or different as it was found again, all of a shard at once. */
async function apply(
  { tenantId }: ProofContext,
  { anomalies }: AnomalyProofOptions,
  checked: readonly CheckedAnomaly[],
): Promise<number> {
  const wrong = checked.flatMap(({ anomaly, rebuilt, stored, isExplained }) =>
    anomaly === undefined || rebuilt === stored || isExplained ? [] : [anomaly],
  );
  if (wrong.length > 0) await anomalies.restore(tenantId, wrong);
  return wrong.length;
}
