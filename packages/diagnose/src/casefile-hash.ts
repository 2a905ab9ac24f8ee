import { createHash } from 'node:crypto';
import type { Casefile, Points } from './casefile.ts';

/** JSON with its objects' keys in one order and without what a hash must not depend on: `NaN` and infinities as words, arrays of numbers as lists. */
function canonicalText(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => {
    if (typeof part === 'number' && !Number.isFinite(part)) return String(part);
    if (part instanceof Float64Array) return [...part].map(String);
    if (part instanceof Map) return [...part].sort(([a], [b]) => (String(a) < String(b) ? -1 : 1));
    if (typeof part !== 'object' || part === null || Array.isArray(part)) return part;
    return Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

const bytesOf = (numbers: Float64Array): Uint8Array =>
  new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);

/** SHA-256 (hexadecimal) of everything that a casefile holds; the order of its lists does not matter. */
export function casefileHash(casefile: Casefile): string {
  const hash = createHash('sha256');
  const { series, target, window, alerts, classes, isRequestPastUnknown, detections, reliability, ...lists } = casefile;
  const named = series.map(({ baseline, fault, ...name }) => ({ name: canonicalText(name), baseline, fault }));
  for (const { name, baseline, fault } of named.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    hash.update(name);
    for (const { timesMs, values } of [baseline, fault] satisfies Points[])
      hash.update(`${values.length}`).update(bytesOf(timesMs)).update(bytesOf(values));
  }
  hash.update(canonicalText({ target, window, alerts, classes, isRequestPastUnknown, reliability }));
  for (const [name, list] of Object.entries({ ...lists, detections }).sort(([a], [b]) => (a < b ? -1 : 1)))
    hash.update(`${name}${(list ?? []).map(canonicalText).sort().join('\n')}`);
  return hash.digest('hex');
}
