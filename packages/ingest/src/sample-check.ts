import type { Sample } from '@heliosiq/model';
import type { SeriesName } from './intake/series-book.ts';
import { takeTime } from './signal-time.ts';
import type { TimeWindow } from './signal-time.ts';

/**
 * Decides quickly that a record is a sample in its plainest valid form: a subset of what the schema takes, with
 * nothing to trim, default or clean. Answers its time, or `NaN` for everything that must go the slow way through the
 * schema, be it valid or not. `text` in the record must be known to be storable.
 */
export function takePlainSample(record: unknown, window: TimeWindow): number {
  // The cast only names the fields to look at; each is checked before use.
  const sample = record as Partial<Record<keyof Sample, unknown>> | null;
  if (typeof sample !== 'object' || sample === null || sample.kind !== 'sample') return Number.NaN;
  if (!isPlainName(sample.asset) || !isPlainName(sample.metric)) return Number.NaN;
  if (typeof sample.value !== 'number' || !Number.isFinite(sample.value)) return Number.NaN;
  let optionalFields = 0;
  if (sample.unit !== undefined) {
    if (typeof sample.unit !== 'string' || sample.unit.length > 32) return Number.NaN;
    optionalFields++;
  }
  if (sample.labels !== undefined) {
    if (!isPlainLabels(sample.labels)) return Number.NaN;
    optionalFields++;
  }
  let fields = 0;
  for (const _ in sample) fields++;
  return fields === 5 + optionalFields ? takeTime(sample.at, window) : Number.NaN;
}

/** The record seen as what `takePlainSample` has found it to be. */
export function asPlainSample(record: unknown): SeriesName & { readonly value: number } {
  // The cast holds for records for which takePlainSample answered a time: every field was looked at.
  return record as SeriesName & { readonly value: number };
}

/** 1 to 300 characters that begin and end in visible ASCII, so that trimming changes nothing. */
function isPlainName(name: unknown): boolean {
  if (typeof name !== 'string' || name.length === 0 || name.length > 300) return false;
  return isVisible(name.charCodeAt(0)) && isVisible(name.charCodeAt(name.length - 1));
}

function isVisible(code: number): boolean {
  return code > 0x20 && code < 0x7f;
}

function isPlainLabels(labels: unknown): boolean {
  if (typeof labels !== 'object' || labels === null || Array.isArray(labels)) return false;
  let count = 0;
  for (const [name, value] of Object.entries(labels)) {
    if (name.length === 0 || name.length > 128 || name === '__proto__') return false;
    if (typeof value !== 'string' || value.length > 1024) return false;
    count++;
  }
  return count <= 64;
}
