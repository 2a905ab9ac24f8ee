import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type NabFile, nabProfiles, nabScore } from '../nab-score.ts';
import { defaultSeriesSettings } from '../series-settings.ts';
import { type BoardFrame, type BoardRequest, boardFrame, predictSeries } from './board-run.ts';
import {
  type SeriesFile,
  dataFault,
  listSeriesFiles,
  parseStamp,
  readSeriesFile,
  writePredictions,
} from './series-csv.ts';

/** The report of the `nab` board; scores are normalised, 100 = perfect. */
export interface NabBoardResult extends BoardFrame {
  readonly standard: number;
  readonly lowFp: number;
  readonly lowFn: number;
  readonly standardAtDefault: number;
  readonly lowFpAtDefault: number;
  readonly lowFnAtDefault: number;
  /** The threshold that is best for `standard`. */
  readonly threshold: number;
  readonly [metric: string]: unknown;
}

/** `windows.json`: by file name the first and last timestamp of each window. */
type WindowTable = Readonly<Record<string, readonly (readonly [from: string, to: string])[]>>;

const isWindowTable = (json: unknown): json is WindowTable =>
  typeof json === 'object' &&
  json !== null &&
  !Array.isArray(json) &&
  Object.values(json).every(
    (windows) =>
      Array.isArray(windows) &&
      windows.every(
        (window) => Array.isArray(window) && window.length === 2 && window.every((stamp) => typeof stamp === 'string'),
      ),
  );

/**
 * Runs the shipped detector over a copy of the Numenta Anomaly Benchmark (`data/<category>/<file>.csv`,
 * `windows.json`) and scores it. A row's `anomaly_score` is the detector's likelihood that something new begins there.
 * Throws `HeliosError` with a one-line message naming the file for missing or malformed data.
 */
export async function runNabBoard(request: BoardRequest): Promise<NabBoardResult> {
  const startedAt = performance.now();
  const folder = join(request.dataDir, 'data');
  const paths = listSeriesFiles(folder);
  const windowsPath = join(request.dataDir, 'windows.json');
  const files: NabFile[] = [];
  const names: string[] = [];
  // All predictions are written before any label is read.
  const pending: { file: SeriesFile; scores: Float64Array }[] = [];
  for (const path of paths) {
    const file = readSeriesFile(folder, path, false);
    const scores = predictSeries(file).onsets;
    if (request.outDir !== undefined) {
      const rows = file.stamps.map((stamp, i) => `${stamp},${scores[i] ?? 0}`);
      writePredictions(request.outDir, file.name, ['timestamp,anomaly_score', ...rows]);
    }
    pending.push({ file, scores });
    names.push(file.name);
  }
  const table = readWindows(windowsPath);
  const orphan = Object.keys(table).find((name) => !names.includes(name));
  if (orphan !== undefined) throw dataFault(windowsPath, `names ${orphan}, which is not in ${folder}`);
  for (const { file, scores } of pending) files.push({ scores, windows: windowRows(windowsPath, table, file) });

  const shipped = defaultSeriesSettings.threshold;
  const best = nabScore(files, nabProfiles.standard);
  return {
    ...boardFrame('nab', request.dataDir, { items: files.length, startedAt }),
    standard: rounded(best.score),
    lowFp: rounded(nabScore(files, nabProfiles.lowFp).score),
    lowFn: rounded(nabScore(files, nabProfiles.lowFn).score),
    standardAtDefault: rounded(nabScore(files, nabProfiles.standard, shipped).score),
    lowFpAtDefault: rounded(nabScore(files, nabProfiles.lowFp, shipped).score),
    lowFnAtDefault: rounded(nabScore(files, nabProfiles.lowFn, shipped).score),
    // With no row worth an alarm the best threshold lies above every score.
    threshold: Math.min(1, best.threshold),
  };
}

const rounded = (score: number): number => Math.round(score * 100) / 100;

function readWindows(path: string): WindowTable {
  if (!existsSync(path)) throw dataFault(path, 'is missing');
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    throw dataFault(path, 'is not valid JSON');
  }
  if (isWindowTable(json)) return json;
  throw dataFault(path, 'is not a map of file names to lists of [first, last] timestamps');
}

/** A file's windows as row numbers, ascending. */
function windowRows(path: string, table: WindowTable, file: SeriesFile): [number, number][] {
  const stamps = table[file.name];
  if (stamps === undefined) throw dataFault(path, `has no entry for ${file.name}`);
  return stamps
    .map(([from, to]): [number, number] => {
      const first = file.timesMs.indexOf(parseStamp(from));
      const last = file.timesMs.lastIndexOf(parseStamp(to));
      if (first === -1 || last < first) {
        throw dataFault(path, `the window ${from} to ${to} of ${file.name} is not between two of its rows`);
      }
      return [first, last];
    })
    .sort((a, b) => a[0] - b[0]);
}
