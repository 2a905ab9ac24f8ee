import { type EventSeries, eventScore } from '../event-score.ts';
import { type BoardFrame, type BoardRequest, boardFrame, predictSeries } from './board-run.ts';
import { listSeriesFiles, readSeriesFile, writePredictions } from './series-csv.ts';

/** The report of the `events` board at the shipped default threshold; shares in [0, 1]. */
export interface EventsBoardResult extends BoardFrame {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  readonly falseAlarmsPerSeriesWeek: number;
  /** Labelled runs, how many of them were found, and false alarms. */
  readonly runs: number;
  readonly found: number;
  readonly falseAlarms: number;
  readonly [metric: string]: unknown;
}

/**
 * Runs the shipped detector over labelled series (CSV, also gzipped, any depth of folders: timestamp, value, label).
 * Throws `HeliosError` with a one-line message naming the file for missing or malformed data.
 */
export async function runEventsBoard(request: BoardRequest): Promise<EventsBoardResult> {
  const startedAt = performance.now();
  const series: EventSeries[] = [];
  for (const path of listSeriesFiles(request.dataDir)) {
    const file = readSeriesFile(request.dataDir, path, true);
    const { scores, flags } = predictSeries(file);
    if (request.outDir !== undefined) {
      const rows = file.stamps.map((stamp, i) => `${stamp},${scores[i] ?? 0},${flags[i] ?? 0}`);
      writePredictions(request.outDir, file.name, ['timestamp,anomaly_score,flagged', ...rows]);
    }
    series.push({ timesMs: file.timesMs, labels: file.labels, flags });
  }
  const score = eventScore(series);
  const rounded = (share: number): number => Math.round(share * 10_000) / 10_000;
  return {
    ...boardFrame('events', request.dataDir, { items: series.length, startedAt }),
    ...score,
    precision: rounded(score.precision),
    recall: rounded(score.recall),
    f1: rounded(score.f1),
    falseAlarmsPerSeriesWeek: rounded(score.falseAlarmsPerSeriesWeek),
  };
}
