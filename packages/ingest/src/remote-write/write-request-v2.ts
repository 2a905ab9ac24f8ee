import { addKey, findKey, hashOfBytes, isKeyAt } from './byte-table.ts';
import type { ByteSource } from './byte-table.ts';
import type { Exemplar } from './exemplar-events.ts';
import { exemplarTimeTag, exemplarValueTag } from './exemplar-events.ts';
import { faultySeries } from './known-series.ts';
import type { KnownSeries, TenantSeries } from './known-series.ts';
import { labelBytesMax, labelTag } from './label-set.ts';
import { labelText } from './label-text.ts';
import { findSymbols } from './request-symbols.ts';
import { createPointReader } from './series-points.ts';
import type { WriteTarget } from './series-points.ts';
import { malformed, readDouble, readInt64, readLength, readVarint, skipField, wireType } from './wire-cursor.ts';
import type { WireCursor } from './wire-cursor.ts';
import { turnNewSeriesMax, turnSeriesMax } from './write-request-v1.ts';
import type { WriteRequestReader } from './write-request-v1.ts';
import type { RejectionReason } from './write-tally.ts';

const seriesTag = (5 << 3) | wireType.lengthDelimited;
const packedRefsTag = (1 << 3) | wireType.lengthDelimited;
const singleRefTag = (1 << 3) | wireType.varint;
const metadataTag = (5 << 3) | wireType.lengthDelimited;
const unitRefTag = (4 << 3) | wireType.varint;

/** References of a series beyond this are not read: its labels are too many in any case. */
const refsMax = 512;

/**
 * Reads an `io.prometheus.write.v2.Request` (https://prometheus.io/docs/specs/prw/remote_write_spec_2_0/). Its labels
 * are numbers of texts of this request, so each text gets a number that lasts, and a series is known by those of its
 * labels; only a series unknown by these is spelt out as in version 1, where both meet.
 */
export function readWriteRequestV2(cursor: WireCursor, target: WriteTarget): WriteRequestReader {
  const { memory, batch, tally } = target;
  const { bytes } = cursor;
  const total = bytes.length;
  const symbols = findSymbols(cursor);
  /** By symbol of the request its lasting number; 0 = not asked for yet. */
  const numbers = new Int32Array(symbols.starts.length);
  const refs = new Int32Array(refsMax);
  let refsCount = 0;
  const keyMemory = new ArrayBuffer(refsMax * 4);
  const keyWords = new Int32Array(keyMemory);
  const key: ByteSource = { bytes: Buffer.from(keyMemory), view: new DataView(keyMemory) };
  const labelMemory = new ArrayBuffer(labelBytesMax + 16);
  const labels = { bytes: Buffer.from(labelMemory), view: new DataView(labelMemory), from: 0, to: 0 };
  let tenant = memory.of(batch.tenantId);
  let last = -1;

  const readPoints = createPointReader(cursor, target, {
    histograms: 3,
    exemplars: 4,
    readExemplar,
    labelBytes() {
      spellLabels();
      return labels;
    },
    onPart: () => void (tenant.parts += 1),
  });

  function textOf(ref: number): string {
    return bytes.toString('utf8', symbols.starts[ref] ?? 0, symbols.ends[ref] ?? 0);
  }

  function readRef(place: number): void {
    const ref = readVarint(cursor);
    // A reference to nowhere is found out when the series is looked up.
    if (place < refsMax) refs[place] = Math.min(ref, 0x7fffffff);
  }

  /** Reads the references that begin the series. */
  function readRefs(end: number): void {
    refsCount = 0;
    for (;;) {
      const tag = cursor.at < end ? bytes[cursor.at] : undefined;
      if (tag === packedRefsTag) {
        cursor.at += 1;
        const refsEnd = readLength(cursor, end);
        while (cursor.at < refsEnd) readRef(refsCount++);
        if (cursor.at !== refsEnd) throw malformed('references reach beyond their end');
      } else if (tag === singleRefTag) {
        cursor.at += 1;
        readRef(refsCount++);
      } else return;
    }
  }

  /** Gives a symbol its number beyond this request, from 1 on. */
  function lastingNumber(ref: number): number {
    const from = symbols.starts[ref] ?? 0;
    const to = symbols.ends[ref] ?? 0;
    const hash = hashOfBytes(cursor, from, to);
    const found = findKey(tenant.symbols, cursor, { from, to, hash });
    const number = 1 + (found >= 0 ? found : addKey(tenant.symbols, cursor, { from, to, hash }));
    numbers[ref] = number;
    return number;
  }

  /** Why the labels cannot be spelt out. */
  function spellingFault(): RejectionReason | undefined {
    let length = 0;
    for (let place = 0; place < refsCount; place += 1) {
      const ref = refs[place] ?? 0;
      length += 6 + (symbols.ends[ref] ?? 0) - (symbols.starts[ref] ?? 0);
    }
    return length > labelBytesMax ? 'labels-long' : undefined;
  }

  /** Writes the labels as version 1 has them. */
  function spellLabels(): void {
    let at = 0;
    for (let place = 0; place < refsCount; place += 2) {
      const name = refs[place] ?? 0;
      const value = refs[place + 1] ?? 0;
      const nameLength = (symbols.ends[name] ?? 0) - (symbols.starts[name] ?? 0);
      const valueLength = (symbols.ends[value] ?? 0) - (symbols.starts[value] ?? 0);
      const length = 2 + sizeOfVarint(nameLength) + sizeOfVarint(valueLength) + nameLength + valueLength;
      labels.bytes[at] = labelTag;
      at = writeVarint(labels.bytes, at + 1, length);
      labels.bytes[at] = (1 << 3) | wireType.lengthDelimited;
      at = writeVarint(labels.bytes, at + 1, nameLength);
      at += bytes.copy(labels.bytes, at, symbols.starts[name], symbols.ends[name]);
      labels.bytes[at] = (2 << 3) | wireType.lengthDelimited;
      at = writeVarint(labels.bytes, at + 1, valueLength);
      at += bytes.copy(labels.bytes, at, symbols.starts[value], symbols.ends[value]);
    }
    labels.to = at;
  }

  /** The unit that the metadata of the series names, which comes after its samples. */
  function unitAhead(end: number): string {
    const from = cursor.at;
    let unit = '';
    while (cursor.at < end) {
      const tag = readVarint(cursor);
      if (tag !== metadataTag) {
        skipField(cursor, tag & 7, end);
        continue;
      }
      const metadataEnd = readLength(cursor, end);
      while (cursor.at < metadataEnd) {
        const inner = readVarint(cursor);
        if (inner === unitRefTag) unit = textOf(readVarint(cursor));
        else skipField(cursor, inner & 7, metadataEnd);
      }
    }
    cursor.at = from;
    return unit;
  }

  /** The series of the references just read. */
  function identify(end: number): KnownSeries {
    if (refsCount > refsMax) return faultySeries('labels-many');
    if (refsCount % 2 === 1) return faultySeries('labels-unknown');
    const { symbolKeys, seriesOfSymbolKey } = tenant;
    const length = refsCount * 4;
    for (let place = 0; place < refsCount; place += 1) {
      const ref = refs[place] ?? 0;
      if (ref >= numbers.length) return faultySeries('labels-unknown');
      const number = numbers[ref] ?? 0;
      keyWords[place] = number > 0 ? number : lastingNumber(ref);
    }
    const guess = last < 0 ? -1 : (symbolKeys.followers[last] ?? -1);
    if (guess >= 0 && symbolKeys.lengths[guess] === length && isKeyAt(symbolKeys, guess, key, 0)) last = guess;
    else {
      const found = findOrAdd(length, end);
      if (typeof found === 'string') return faultySeries(found);
      if (last >= 0) symbolKeys.followers[last] = found;
      last = found;
    }
    return seriesOfSymbolKey[last] ?? faultySeries('labels-unknown');
  }

  /** The number of the key, which becomes known. */
  function findOrAdd(length: number, end: number): number | RejectionReason {
    const { symbolKeys, seriesOfSymbolKey } = tenant;
    const range = { from: 0, to: length, hash: hashOfBytes(key, 0, length) };
    const found = findKey(symbolKeys, key, range);
    if (found >= 0) return found;
    const fault = spellingFault();
    if (fault !== undefined) return fault;
    spellLabels();
    const unit = unitAhead(end);
    const known = tenant.series[memory.identify(tenant, labels, unit === '' ? undefined : unit)];
    seriesOfSymbolKey.push(known ?? faultySeries('labels-unknown'));
    return addKey(symbolKeys, key, range);
  }

  function readExemplar(end: number): Exemplar {
    const refsOfLabels: number[] = [];
    let value = 0;
    let at = 0;
    while (cursor.at < end) {
      const tag = readVarint(cursor);
      if (tag === packedRefsTag) {
        const refsEnd = readLength(cursor, end);
        while (cursor.at < refsEnd) refsOfLabels.push(readVarint(cursor));
      } else if (tag === singleRefTag) refsOfLabels.push(readVarint(cursor));
      else if (tag === exemplarValueTag) value = readDouble(cursor);
      else if (tag === exemplarTimeTag) at = readInt64(cursor);
      else skipField(cursor, tag & 7, end);
    }
    const exemplarLabels: Record<string, string> = {};
    for (let place = 0; place + 1 < Math.min(refsOfLabels.length, refsMax); place += 2) {
      exemplarLabels[textOf(refsOfLabels[place] ?? 0)] = textOf(refsOfLabels[place + 1] ?? 0);
    }
    return { labels: exemplarLabels, value, at };
  }

  function exampleOf(): string | undefined {
    const isReadable = refs.subarray(0, refsCount).every((ref) => ref < numbers.length);
    if (refsCount > refsMax || !isReadable || spellingFault() !== undefined) return undefined;
    spellLabels();
    return labelText(labels);
  }

  function useTenant(now: TenantSeries): void {
    if (now === tenant) return;
    tenant = now;
    numbers.fill(0);
    last = -1;
  }

  return {
    readTurn() {
      useTenant(memory.of(batch.tenantId));
      const sizeMax = tenant.keys.size + turnNewSeriesMax;
      for (let count = 0; cursor.at < total; count += 1) {
        if (count >= turnSeriesMax || tenant.keys.size >= sizeMax) return false;
        const tag = readVarint(cursor);
        if (tag !== seriesTag) {
          skipField(cursor, tag & 7, total);
          continue;
        }
        const end = readLength(cursor, total);
        readRefs(end);
        const known = identify(end);
        const rejectedBefore = tally.rejectedTotal;
        readPoints(end, known);
        if (tally.rejectedTotal !== rejectedBefore) tally.example ??= exampleOf();
      }
      return true;
    },
  };
}

function sizeOfVarint(value: number): number {
  return value < 0x80 ? 1 : value < 0x4000 ? 2 : 3;
}

/** Writes a number below 2^21 and answers where it ends. */
function writeVarint(bytes: Buffer, start: number, value: number): number {
  let at = start;
  let rest = value;
  for (; rest > 0x7f; rest >>>= 7) bytes[at++] = (rest & 0x7f) | 0x80;
  bytes[at++] = rest;
  return at;
}
