/** How long each field of each unit is, and what one occurrence in it counts for that. */

import type { FieldNorms } from './bm25-scoring.ts';
import type { Bm25Settings } from './bm25-settings.ts';
import { grown } from './posting-lists.ts';

/** Lengths in terms. */
export interface UnitLengths {
  readonly title: number;
  readonly heading: number;
  readonly body: number;
}

/** The lengths as plain arrays, by unit. */
export interface FieldLengthParts {
  readonly titleLengths: Uint16Array;
  readonly headingLengths: Uint16Array;
  readonly bodyLengths: Uint32Array;
}

export interface FieldLengths {
  readonly put: (unit: number, lengths: UnitLengths) => void;
  /** All fields together. */
  readonly total: (unit: number) => number;
  /** The norms of the first `units`; made anew after a change. */
  readonly norms: (units: number) => FieldNorms;
  /** What one occurrence in each field of a unit counts by the averages of the last `norms`; absent before the first. */
  readonly normsOf: (lengths: UnitLengths) => UnitLengths | undefined;
  /** Views of the first `units`, valid until the next change. */
  readonly parts: (units: number) => FieldLengthParts;
  readonly bytes: () => number;
}

const FIELDS = ['title', 'heading', 'body'] as const;
type Field = (typeof FIELDS)[number];
const SHORT_LENGTH_MAX = 0xffff;

/** Lengths, empty or as they were when `parts` were taken. `onStretch` is told by how much norms may have grown, 1 or more. */
export function createFieldLengths(
  settings: Bm25Settings,
  onStretch: (factor: number) => void,
  parts?: FieldLengthParts,
): FieldLengths {
  let title = parts?.titleLengths ?? new Uint16Array(256);
  let heading = parts?.headingLengths ?? new Uint16Array(256);
  let body = parts?.bodyLengths ?? new Uint32Array(256);
  let averages: UnitLengths | undefined;
  let norms: FieldNorms | undefined;
  const rules = {
    title: { b: settings.headingB, weight: settings.titleWeight },
    heading: { b: settings.headingB, weight: settings.headingWeight },
    body: { b: settings.bodyB, weight: 1 },
  } as const;

  function normsBy(field: Field, lengths: Uint16Array | Uint32Array, mean: number): Float32Array {
    const made = new Float32Array(lengths.length);
    for (let unit = 0; unit < made.length; unit++) made[unit] = normOf(rules[field], lengths[unit] ?? 0, mean);
    return made;
  }

  return {
    put(unit, unitLengths) {
      const lengths = clipped(unitLengths);
      if (unit >= body.length) {
        title = grown(title, unit + 1);
        heading = grown(heading, unit + 1);
        body = grown(body, unit + 1);
      }
      title[unit] = lengths.title;
      heading[unit] = lengths.heading;
      body[unit] = lengths.body;
      norms = undefined;
    },
    total: (unit) => (title[unit] ?? 0) + (heading[unit] ?? 0) + (body[unit] ?? 0),
    norms(units) {
      if (norms) return norms;
      const used = {
        title: title.subarray(0, units),
        heading: heading.subarray(0, units),
        body: body.subarray(0, units),
      };
      const before = averages;
      const now = { title: average(used.title), heading: average(used.heading), body: average(used.body) };
      averages = now;
      if (before) onStretch(Math.max(1, ...FIELDS.map((field) => now[field] / before[field])));
      norms = {
        title: normsBy('title', used.title, now.title),
        heading: normsBy('heading', used.heading, now.heading),
        body: normsBy('body', used.body, now.body),
      };
      return norms;
    },
    normsOf(unitLengths) {
      const known = averages;
      if (known === undefined) return undefined;
      const lengths = clipped(unitLengths);
      const norm = (field: Field): number => normOf(rules[field], lengths[field], known[field]);
      return { title: norm('title'), heading: norm('heading'), body: norm('body') };
    },
    parts: (units) => ({
      titleLengths: title.subarray(0, units),
      headingLengths: heading.subarray(0, units),
      bodyLengths: body.subarray(0, units),
    }),
    bytes: () => title.byteLength + heading.byteLength + body.byteLength + (norms ? norms.body.byteLength * 3 : 0),
  };
}

function clipped({ title, heading, body }: UnitLengths): UnitLengths {
  return { title: Math.min(SHORT_LENGTH_MAX, title), heading: Math.min(SHORT_LENGTH_MAX, heading), body };
}

function normOf({ b, weight }: { readonly b: number; readonly weight: number }, length: number, mean: number): number {
  return weight / (1 - b + (b * length) / mean);
}

/** Over the units that have the field at all: where titles are rare, having one is not being long. */
function average(lengths: Uint16Array | Uint32Array): number {
  let total = 0;
  let withField = 0;
  for (let unit = 0; unit < lengths.length; unit++) {
    const length = lengths[unit] ?? 0;
    total += length;
    if (length > 0) withField += 1;
  }
  return total / withField || 1;
}
