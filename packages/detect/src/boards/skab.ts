import { readFileSync } from 'node:fs';
import { basename, relative, resolve, sep } from 'node:path';
import { parse } from 'csv-parse/sync';
import { type AssetShiftSettings, assetShiftDefaults } from '../asset-shift/asset-shift-settings.ts';
import { createAssetShift } from '../asset-shift/asset-shift.ts';
import type { BoardRequest } from './board-run.ts';
import { dataFault, listSeriesFiles, writePredictions } from './series-csv.ts';

/** The report of the `skab` board; shares in [0, 1], over all labelled rows behind the first 400 of their files. */
export interface SkabBoardResult {
  readonly board: 'skab';
  readonly set: string;
  /** Files with labels, which are those that are scored. */
  readonly items: number;
  readonly seconds: number;
  readonly rssMib: number;
  readonly settings: AssetShiftSettings;
  readonly f1: number;
  /** Share of normal rows that were flagged. */
  readonly far: number;
  /** Share of anomalous rows that were missed. */
  readonly mar: number;
  /** Share of flagged rows in files without labels, all of them normal; null without such a file. */
  readonly farUnlabelled: number | null;
  readonly [metric: string]: unknown;
}

const trainRows = 400;

interface Recording {
  readonly name: string;
  readonly stamps: readonly string[];
  /** A row's values in the order of the sensors. */
  readonly rows: readonly (readonly number[])[];
  /** Undefined where the file has no labels. */
  readonly labels: readonly boolean[] | undefined;
}

/**
 * Streams the sensors of each experiment through the shipped model of an asset, row by row. `dataDir` holds CSV files at any depth,
 * parted by semicolons: datetime, sensors, and `anomaly` and `changepoint` where they are labelled.
 */
export async function runSkabBoard(request: BoardRequest): Promise<SkabBoardResult> {
  const startedAt = performance.now();
  const tally = { hits: 0, falseAlarms: 0, missed: 0, quiet: 0, unlabelled: 0, unlabelledFlagged: 0 };
  let items = 0;
  for (const path of listSeriesFiles(request.dataDir)) {
    const recording = readRecording(request.dataDir, path);
    const shift = createAssetShift(recording.rows[0]?.length ?? 0);
    const flags = recording.rows.map((row) => shift.update(row).isShifted);
    if (request.outDir !== undefined) {
      const lines = recording.stamps.slice(trainRows).map((stamp, row) => `${stamp},${flags[trainRows + row] ? 1 : 0}`);
      writePredictions(request.outDir, recording.name, ['datetime,anomaly', ...lines]);
    }
    if (recording.labels !== undefined) items += 1;
    for (let row = trainRows; row < flags.length; row += 1) {
      const isFlagged = flags[row] ?? false;
      if (recording.labels === undefined) {
        tally.unlabelled += 1;
        if (isFlagged) tally.unlabelledFlagged += 1;
      } else if (recording.labels[row] === true) tally[isFlagged ? 'hits' : 'missed'] += 1;
      else tally[isFlagged ? 'falseAlarms' : 'quiet'] += 1;
    }
  }
  if (items === 0) throw dataFault(request.dataDir, 'has no file with a column "anomaly"');
  const { hits, falseAlarms, missed, quiet } = tally;
  return {
    board: 'skab',
    set: basename(resolve(request.dataDir)),
    items,
    seconds: Math.round(performance.now() - startedAt) / 1000,
    rssMib: Math.round(process.memoryUsage().rss / 1_048_576),
    settings: assetShiftDefaults,
    f1: share(2 * hits, 2 * hits + falseAlarms + missed),
    far: share(falseAlarms, falseAlarms + quiet),
    mar: share(missed, missed + hits),
    farUnlabelled: tally.unlabelled === 0 ? null : share(tally.unlabelledFlagged, tally.unlabelled),
  };
}

function readRecording(folder: string, path: string): Recording {
  let table: readonly (readonly string[])[];
  try {
    table = parse(readFileSync(path), { delimiter: ';', bom: true, relax_column_count: true, skip_empty_lines: true });
  } catch (cause) {
    throw dataFault(path, `is no CSV (${cause instanceof Error ? cause.message : 'unknown reason'})`);
  }
  const [header = [], ...lines] = table;
  const stampColumn = header.indexOf('datetime');
  if (stampColumn === -1) throw dataFault(path, 'line 1: there is no column "datetime"');
  if (lines.length <= trainRows)
    throw dataFault(path, `has ${lines.length} rows; the first ${trainRows} are for learning`);
  const labelColumn = header.indexOf('anomaly');
  const noSensor = new Set([stampColumn, labelColumn, header.indexOf('changepoint')]);
  const sensors = header.flatMap((_, column) => (noSensor.has(column) ? [] : [column]));
  if (sensors.length === 0) throw dataFault(path, 'line 1: there is no sensor');
  return {
    // Group and file, however deep the groups lie.
    name: relative(folder, path).split(sep).slice(-2).join('/'),
    stamps: lines.map((line) => line[stampColumn] ?? ''),
    rows: lines.map((line, row) =>
      sensors.map((column) => {
        const text = line[column]?.trim() ?? '';
        const value = text === '' ? Number.NaN : Number(text);
        if (text !== '' && Number.isNaN(value)) throw dataFault(path, `line ${row + 2}: "${text}" is not a number`);
        return value;
      }),
    ),
    labels: labelColumn === -1 ? undefined : lines.map((line) => Number(line[labelColumn]) === 1),
  };
}

function share(part: number, whole: number): number {
  return whole === 0 ? 0 : Math.round((part / whole) * 10_000) / 10_000;
}
