/** What hits, false alarms and misses are worth (A_TP, A_FP, A_FN). */
export interface NabProfile {
  readonly hit: number;
  readonly falseAlarm: number;
  readonly miss: number;
}

/** The three profiles of the Numenta Anomaly Benchmark 1.1. */
export const nabProfiles = {
  standard: { hit: 1, falseAlarm: 0.11, miss: 1 },
  lowFp: { hit: 1, falseAlarm: 0.22, miss: 1 },
  lowFn: { hit: 1, falseAlarm: 0.11, miss: 2 },
} as const satisfies Record<string, NabProfile>;

/** One file's scores, in row order, and its labelled windows as row numbers, both ends inclusive, ascending. */
export interface NabFile {
  readonly scores: Float64Array;
  readonly windows: readonly (readonly [first: number, last: number])[];
}

/** A normalised score (100 = perfect, 0 = silent) and the threshold that gives it. */
export interface NabResult {
  readonly score: number;
  readonly threshold: number;
}

/** The share of a file that is ignored at its beginning, and the most rows that may be. */
const PROBATION_SHARE = 0.15;
const PROBATION_ROWS_MAX = 750;

/** The scaled sigmoid of the benchmark: 1 far before, 0 at, -1 far after the end of a window. */
const sigmoid = (position: number): number => (position > 3 ? -1 : 2 / (1 + Math.exp(5 * position)) - 1);

/** One scored row: what it is worth, and in which window (counted over all files) or none (-1). */
interface Row {
  readonly score: number;
  readonly worth: number;
  readonly window: number;
}

function scoredRows(files: readonly NabFile[], profile: NabProfile): { rows: Row[]; windows: number } {
  const rows: Row[] = [];
  let windows = 0;
  for (const file of files) {
    const length = file.scores.length;
    let next = 0;
    for (let i = Math.min(Math.floor(PROBATION_SHARE * length), PROBATION_ROWS_MAX); i < length; i++) {
      while ((file.windows[next]?.[1] ?? Number.POSITIVE_INFINITY) < i) next++;
      const score = file.scores[i] ?? 0;
      const within = file.windows[next];
      const earlier = file.windows[next - 1];
      if (within !== undefined && i >= within[0]) {
        const position = -(within[1] - i + 1) / (within[1] - within[0] + 1);
        rows.push({ score, worth: (profile.hit * sigmoid(position)) / sigmoid(-1), window: windows + next });
      } else if (earlier !== undefined) {
        const position = (i - earlier[1]) / Math.max(1, earlier[1] - earlier[0]);
        rows.push({ score, worth: profile.falseAlarm * sigmoid(position), window: -1 });
      } else {
        rows.push({ score, worth: -profile.falseAlarm, window: -1 });
      }
    }
    windows += file.windows.length;
  }
  return { rows: rows.sort((a, b) => b.score - a.score), windows };
}

/**
 * Scores a set of files by the rules of the Numenta Anomaly Benchmark 1.1 (Lavin and Ahmad, 2015): one threshold for
 * all files, the best of all distinct scores, or `fixedThreshold` where it is given.
 */
export function nabScore(files: readonly NabFile[], profile: NabProfile, fixedThreshold?: number): NabResult {
  const { rows, windows } = scoredRows(files, profile);
  const best = new Float64Array(windows).fill(-profile.miss);
  let sum = -profile.miss * windows;
  let top = { sum, threshold: Number.POSITIVE_INFINITY };
  for (let i = 0; i < rows.length;) {
    const threshold = rows[i]?.score ?? 0;
    if (fixedThreshold !== undefined && threshold < fixedThreshold) break;
    for (let row = rows[i]; row?.score === threshold; row = rows[++i]) {
      const gain = row.window < 0 ? row.worth : row.worth - (best[row.window] ?? 0);
      if (row.window >= 0 && gain <= 0) continue;
      if (row.window >= 0) best[row.window] = row.worth;
      sum += gain;
    }
    if (sum > top.sum) top = { sum, threshold };
  }
  const reached = fixedThreshold === undefined ? top : { sum, threshold: fixedThreshold };
  const range = windows * (profile.hit + profile.miss);
  return {
    score: range === 0 ? 0 : (100 * (reached.sum + windows * profile.miss)) / range,
    threshold: reached.threshold,
  };
}
