import { basename, resolve } from 'node:path';
import { type SeriesSettings, defaultSeriesSettings } from '../series-settings.ts';
import { createSeriesWatch } from '../series-watch.ts';
import type { SeriesFile } from './series-csv.ts';

/** Where a board reads, and where it leaves its raw predictions. */
export interface BoardRequest {
  readonly dataDir: string;
  readonly outDir?: string;
}

/** What every board reports beside its metrics. */
export interface BoardFrame {
  readonly board: string;
  readonly set: string;
  /** Files scored. */
  readonly items: number;
  readonly seconds: number;
  readonly rssMib: number;
  readonly settings: SeriesSettings;
}

/** What the shipped detector says of each row of a series. */
export interface Predictions {
  /** Likelihood that something new begins at the row. */
  readonly onsets: Float64Array;
  /** Likelihood that an anomaly is at the row: a row is flagged where it reaches the threshold. */
  readonly scores: Float64Array;
  /** 1 where the row belongs to an anomaly. */
  readonly flags: Uint8Array;
}

/** Streams a series through the shipped default detector, row by row; a missing value is a missing sample. */
export function predictSeries(file: SeriesFile): Predictions {
  const watch = createSeriesWatch();
  const length = file.values.length;
  const onsets = new Float64Array(length);
  const scores = new Float64Array(length);
  const flags = new Uint8Array(length);
  for (let i = 0; i < length; i++) {
    const watched = watch.update(file.timesMs[i] ?? 0, file.values[i] ?? Number.NaN);
    if (watched === undefined) continue;
    onsets[i] = watched.onset;
    scores[i] = 1 - 10 ** -watched.verdict.alarm;
    flags[i] = watched.flagged ? 1 : 0;
  }
  return { onsets, scores, flags };
}

/** The common part of a board's report. */
export function boardFrame(board: string, dataDir: string, run: { items: number; startedAt: number }): BoardFrame {
  return {
    board,
    set: basename(resolve(dataDir)),
    items: run.items,
    seconds: Math.round(performance.now() - run.startedAt) / 1000,
    rssMib: Math.round(process.memoryUsage().rss / 1_048_576),
    settings: defaultSeriesSettings,
  };
}
