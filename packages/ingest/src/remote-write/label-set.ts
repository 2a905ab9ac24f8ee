import { accepted, rejected } from '@heliosiq/model';
import type { Outcome } from '@heliosiq/model';
import { labelLimits, nameLabel } from './label-bytes.ts';
import type { KnownLabel, LabelPool } from './label-pool.ts';
import { readLength, wireType } from './wire-cursor.ts';
import type { WireCursor } from './wire-cursor.ts';
import type { RejectionReason } from './write-tally.ts';

/** The labels of a series as its sender gave them, the name apart. */
export interface LabelSet {
  readonly metric: string;
  readonly labels: Record<string, string>;
}

/** Bytes of all labels of a series as they travel. */
export const labelBytesMax = 65_536;

/** Tag of a label in a `prometheus.TimeSeries`. */
export const labelTag = (1 << 3) | wireType.lengthDelimited;

/** A label and where its message begins. */
interface PlacedLabel {
  readonly label: KnownLabel;
  readonly at: number;
}

/**
 * Reads and checks the `labels` of a `prometheus.TimeSeries` (field 1, each with name 1 and value 2) as the remote-write
 * specification wants them: sorted by the bytes of their names, none twice. A label with an empty value is none at all
 * (https://prometheus.io/docs/concepts/data_model/). What is kept of the texts is that of the pool.
 */
export function readLabelSet(cursor: WireCursor, to: number, pool: LabelPool): Outcome<LabelSet, RejectionReason> {
  if (to - cursor.at > labelBytesMax) return rejected('labels-long');
  const labels: Record<string, string> = {};
  let metric = '';
  let count = 0;
  let last: PlacedLabel | undefined;
  while (cursor.at < to) {
    cursor.at += 1; // the tag, by which these bytes were found
    const end = readLength(cursor, to);
    const at = cursor.at;
    const label = pool(cursor, end);
    if (label.nameAt.from === label.nameAt.to) return rejected('label-name-empty');
    const placed = { label, at };
    const order = last === undefined ? -1 : compareNames(cursor.bytes, last, placed);
    if (order === 0) return rejected('label-twice');
    if (order > 0) return rejected('labels-unsorted');
    last = placed;
    if (!label.hasValue) continue;
    if (label.fault !== undefined) return rejected(label.fault);
    if (label.name === nameLabel) {
      metric = label.value;
      continue;
    }
    count += 1;
    if (count > labelLimits.labels) return rejected('labels-many');
    labels[label.name] = label.value;
  }
  return metric === '' ? rejected('metric-name-missing') : accepted({ metric, labels });
}

/** Below zero where the first name comes before the second one, by their bytes. */
function compareNames(bytes: Buffer, a: PlacedLabel, b: PlacedLabel): number {
  if (a.label.isPlain && b.label.isPlain) {
    if (a.label.name === b.label.name) return 0;
    return a.label.name < b.label.name ? -1 : 1;
  }
  const [ours, theirs] = [a.label.nameAt, b.label.nameAt];
  return bytes.compare(bytes, b.at + theirs.from, b.at + theirs.to, a.at + ours.from, a.at + ours.to);
}
