/** One series' labels and flags, in row order. */
export interface EventSeries {
  readonly timesMs: Float64Array;
  /** 1 where a row is labelled as an anomaly. */
  readonly labels: Uint8Array;
  /** 1 where the detector flagged the row. */
  readonly flags: Uint8Array;
}

/** How well labelled runs were found; shares in [0, 1]. */
export interface EventScore {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  readonly falseAlarmsPerSeriesWeek: number;
  readonly runs: number;
  readonly found: number;
  readonly falseAlarms: number;
}

/** A run is found within this many rows of its start; a flag this near to a run is no false alarm. */
const TOLERANCE_ROWS = 8;

const WEEK_MS = 604_800_000;
const LEARNING_SHARE = 0.15;

/** Rows at the beginning that are for learning: 15%, at most two weeks. */
function learningRows(timesMs: Float64Array): number {
  let rows = Math.floor(LEARNING_SHARE * timesMs.length);
  const end = (timesMs[0] ?? 0) + 2 * WEEK_MS;
  while (rows > 0 && (timesMs[rows] ?? 0) > end) rows--;
  return rows;
}

/** Event precision, recall and F1 over all series together. */
export function eventScore(series: readonly EventSeries[]): EventScore {
  let runs = 0;
  let found = 0;
  let falseAlarms = 0;
  let weeks = 0;
  for (const { timesMs, labels, flags } of series) {
    const length = labels.length;
    const first = learningRows(timesMs);
    const near = new Uint8Array(length);
    for (let start = 0; start < length; start++) {
      if (labels[start] !== 1) continue;
      let end = start;
      while (labels[end] === 1) end++;
      near.fill(1, Math.max(0, start - TOLERANCE_ROWS), Math.min(length, end + TOLERANCE_ROWS));
      if (start >= first) {
        runs++;
        if (flags.subarray(start, Math.min(end, start + TOLERANCE_ROWS)).includes(1)) found++;
      }
      start = end;
    }
    let lastFalse = Number.NEGATIVE_INFINITY;
    for (let i = first; i < length; i++) {
      if (flags[i] !== 1 || near[i] === 1) continue;
      if (i - lastFalse >= TOLERANCE_ROWS) falseAlarms++;
      lastFalse = i;
    }
    weeks += Math.max(0, (timesMs[length - 1] ?? 0) - (timesMs[first] ?? 0)) / WEEK_MS;
  }
  const precision = found + falseAlarms === 0 ? 0 : found / (found + falseAlarms);
  const recall = runs === 0 ? 0 : found / runs;
  return {
    precision,
    recall,
    f1: precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall),
    falseAlarmsPerSeriesWeek: weeks === 0 ? 0 : falseAlarms / weeks,
    runs,
    found,
    falseAlarms,
  };
}
