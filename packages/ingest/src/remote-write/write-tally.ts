/** Why samples were not taken. The words go to the sender and, as a label, into the metrics. */
export const rejectionReasons = {
  'metric-name-missing': 'the metric has no name (label __name__)',
  'metric-name-long': 'the name of the metric is longer than 300 characters',
  'label-name-empty': 'a label has no name',
  'label-name-long': 'the name of a label is longer than 128 characters',
  'label-value-long': 'the value of a label is longer than 2048 characters',
  'label-twice': 'a label is given twice',
  'labels-unsorted': 'labels are not sorted by name',
  'labels-many': 'there are more than 64 labels',
  'labels-long': 'the labels take more than 64 KiB',
  'labels-unknown': 'a label refers to a symbol that is not there',
  'text-invalid': 'a label is not valid UTF-8 or holds U+0000',
  'too-old': 'the time is before what is kept',
  'too-new': 'the time is in the future',
  'histogram-invalid': 'the native histogram contradicts itself',
} as const;

export type RejectionReason = keyof typeof rejectionReasons;

/** What became of the parts of one request. What is not stored for a good reason counts as written. */
export interface WriteTally {
  samplesWritten: number;
  histogramsWritten: number;
  exemplarsWritten: number;
  /** Of the written: markers of the end of a series. */
  staleMarkers: number;
  /** Of the written: samples and histograms of a replica that is not the elected one. */
  ofOtherReplicas: number;
  /** Samples, histograms and exemplars by reason. */
  readonly rejected: Map<RejectionReason, number>;
  rejectedTotal: number;
  /** The first series of which something was rejected, if it could be read. */
  example: string | undefined;
}

export function createWriteTally(): WriteTally {
  return {
    samplesWritten: 0,
    histogramsWritten: 0,
    exemplarsWritten: 0,
    staleMarkers: 0,
    ofOtherReplicas: 0,
    rejected: new Map(),
    rejectedTotal: 0,
    example: undefined,
  };
}

export function countRejected(tally: WriteTally, reason: RejectionReason, count: number): void {
  if (count === 0) return;
  tally.rejected.set(reason, (tally.rejected.get(reason) ?? 0) + count);
  tally.rejectedTotal += count;
}

/** The headers by which remote write 2.0 confirms what was written. */
export function writtenHeaders(
  tally: Pick<WriteTally, 'samplesWritten' | 'histogramsWritten' | 'exemplarsWritten'>,
): Readonly<Record<string, string>> {
  return {
    'x-prometheus-remote-write-samples-written': String(tally.samplesWritten),
    'x-prometheus-remote-write-histograms-written': String(tally.histogramsWritten),
    'x-prometheus-remote-write-exemplars-written': String(tally.exemplarsWritten),
  };
}

/** What was rejected in words, one line. */
export function rejectionText(tally: WriteTally): string {
  const reasons = [...tally.rejected].map(([reason, count]) => `${count} because ${rejectionReasons[reason]}`);
  const example = tally.example === undefined ? '' : `; the first in ${tally.example}`;
  return `rejected ${tally.rejectedTotal} of the request: ${reasons.join(', ')}${example}; everything else is stored`;
}
