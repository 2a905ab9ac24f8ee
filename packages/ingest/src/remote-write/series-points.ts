import { HeliosError } from '@heliosiq/model';
import { newSeriesEntry } from '../intake/series-book.ts';
import type { SeriesEntry } from '../intake/series-book.ts';
import { addSample } from '../intake/telemetry-batch.ts';
import type { TelemetryBatch } from '../intake/telemetry-batch.ts';
import type { ByteSource } from './byte-table.ts';
import type { Exemplar, ExemplarKeeper } from './exemplar-events.ts';
import type { KnownSeries, SeriesMemory, SeriesWords } from './known-series.ts';
import type { ByteRange } from './label-bytes.ts';
import { unitOfMetric } from './metric-unit.ts';
import { readNativeHistogram } from './native-histogram.ts';
import type { Replica } from './replica-election.ts';
import {
  expectType,
  malformed,
  readDouble,
  readInt64,
  readLength,
  readVarint,
  skipField,
  wireType,
} from './wire-cursor.ts';
import type { WireCursor } from './wire-cursor.ts';
import { countRejected } from './write-tally.ts';
import type { RejectionReason, WriteTally } from './write-tally.ts';

/** What a request is read into, and by whose rules. */
export interface WriteTarget {
  readonly memory: SeriesMemory;
  readonly batch: TelemetryBatch;
  readonly tally: WriteTally;
  /** Milliseconds since the epoch. */
  readonly timeFrom: number;
  readonly timeTo: number;
  /** Samples and other signals at most. */
  readonly signalsMax: number;
  readonly admits: (replica: Replica) => boolean;
  readonly exemplars: ExemplarKeeper;
}

/** What differs between the versions of the protocol. */
export interface PointForm {
  /** Field numbers within the series. */
  readonly histograms: number;
  readonly exemplars: number;
  readonly readExemplar: (end: number) => Exemplar;
  /** The label bytes of the series that is being read. */
  readonly labelBytes: () => ByteSource & ByteRange;
  /** An entry was made beside that of the series. */
  readonly onPart: () => void;
}

/** Reads what follows the labels of a series, from the cursor to `end`. */
export type PointReader = (end: number, series: KnownSeries) => void;

/** Parts of one native histogram that are remembered. */
const partsMax = 1000;

const samplesTag = (2 << 3) | wireType.lengthDelimited;
const labelsField = 1;
const valueTag = (1 << 3) | wireType.fixed64;
const timeTag = (2 << 3) | wireType.varint;

export function createPointReader(cursor: WireCursor, target: WriteTarget, form: PointForm): PointReader {
  const { memory, batch, tally, timeFrom, timeTo, signalsMax, admits, exemplars } = target;
  const { bytes } = cursor;

  /** Why a time is not taken; undefined when it is. */
  function timeFault(at: number): RejectionReason | undefined {
    if (at >= timeFrom && at <= timeTo) return undefined;
    return at < timeFrom ? 'too-old' : 'too-new';
  }

  function readSample(end: number, entry: SeriesEntry): void {
    const sampleEnd = readLength(cursor, end);
    let value = 0;
    let at = 0;
    while (cursor.at < sampleEnd) {
      const tag = bytes[cursor.at++];
      if (tag === valueTag) value = readDouble(cursor);
      else if (tag === timeTag) at = readInt64(cursor);
      else {
        cursor.at -= 1;
        skipField(cursor, readVarint(cursor) & 7, sampleEnd);
      }
    }
    if (cursor.at !== sampleEnd) throw malformed('a sample reaches beyond its end');
    if (!(at >= timeFrom && at <= timeTo)) countRejected(tally, timeFault(at) ?? 'too-old', 1);
    else {
      tally.samplesWritten += 1;
      // A staleness marker is a NaN of its own and is kept as such: questions in PromQL end the series at it.
      addSample(batch, entry, at, value);
    }
  }

  function checkSize(): void {
    if (batch.entries.length + batch.signals.length > signalsMax) throw tooMany(signalsMax);
  }

  function readHistogram(end: number, series: KnownSeries): void {
    checkSize();
    const histogramEnd = readLength(cursor, end);
    const { at, isStale, samples } = readNativeHistogram(cursor, histogramEnd);
    if (cursor.at !== histogramEnd) throw malformed('a histogram reaches beyond its end');
    const fault = samples.ok ? timeFault(at) : 'histogram-invalid';
    if (fault !== undefined || !samples.ok) return countRejected(tally, fault ?? 'histogram-invalid', 1);
    tally.histogramsWritten += 1;
    if (isStale) tally.staleMarkers += 1;
    let words: SeriesWords | undefined;
    const parts = (series.parts ??= new Map());
    for (const { suffix, le, value } of samples.value) {
      const key = le === undefined ? suffix : `${suffix} ${le}`;
      let part = parts.get(key);
      if (part === undefined) {
        words ??= memory.describe(form.labelBytes());
        if (words === undefined) return;
        const metric = `${words.metric}${suffix}`;
        const labels = le === undefined ? words.labels : { ...words.labels, le };
        const unit = unitOfMetric(suffix === '_sum' ? words.metric : metric);
        part = newSeriesEntry(batch.tenantId, { asset: words.asset, metric, labels, unit });
        // Bounds that change all the time must not add up.
        if (parts.size >= partsMax) parts.clear();
        parts.set(key, part);
        form.onPart();
      }
      addSample(batch, part, at, value);
    }
  }

  function readExemplar(end: number): void {
    const exemplarEnd = readLength(cursor, end);
    const exemplar = form.readExemplar(exemplarEnd);
    if (cursor.at !== exemplarEnd) throw malformed('an exemplar reaches beyond its end');
    tally.exemplarsWritten += 1;
    if (timeFault(exemplar.at) !== undefined || !exemplars.wants(batch.tenantId, exemplar.at)) return;
    const words = memory.describe(form.labelBytes());
    const event = words === undefined ? undefined : exemplars.keep(batch.tenantId, words, exemplar);
    if (event !== undefined) batch.signals.push(event);
  }

  /** Counts what a series brings of which nothing is stored. */
  function countOnly(end: number, fault: RejectionReason | undefined): void {
    let samples = 0;
    let histograms = 0;
    let others = 0;
    while (cursor.at < end) {
      const tag = readVarint(cursor);
      const field = tag >>> 3;
      if (tag === samplesTag) samples += 1;
      else if (field === form.histograms) histograms += 1;
      else if (field === form.exemplars) others += 1;
      else if (field === labelsField) throw lateLabels();
      skipField(cursor, tag & 7, end);
    }
    if (fault !== undefined) return countRejected(tally, fault, samples + histograms + others);
    tally.samplesWritten += samples;
    tally.histogramsWritten += histograms;
    tally.exemplarsWritten += others;
    tally.ofOtherReplicas += samples + histograms;
  }

  return (end, series) => {
    const { fault, replica } = series;
    if (fault !== undefined) return countOnly(end, fault);
    if (replica !== undefined && !admits(replica)) return countOnly(end, undefined);
    checkSize();
    while (cursor.at < end) {
      if (bytes[cursor.at] === samplesTag) {
        cursor.at += 1;
        readSample(end, series);
        continue;
      }
      const tag = readVarint(cursor);
      const field = tag >>> 3;
      if (field === form.histograms || field === form.exemplars) {
        expectType(tag & 7, wireType.lengthDelimited);
        if (field === form.histograms) readHistogram(end, series);
        else readExemplar(end);
      } else if (field === labelsField) throw lateLabels();
      else skipField(cursor, tag & 7, end);
    }
  };
}

/** Bounds the memory of a request: native histograms become many times their own size. */
function tooMany(signalsMax: number): HeliosError {
  return new HeliosError('too-large', `The request brings more than ${signalsMax} samples`, {
    cure: 'Send fewer samples in a request (Prometheus: queue_config.max_samples_per_send)',
  });
}

/** Every serializer writes fields in the order of their numbers, and without its labels a sample cannot be placed. */
function lateLabels(): Error {
  return malformed('the labels of a series come after its samples');
}
