import { readFileSync, readdirSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { parse } from 'csv-parse/sync';
import { createLogPatternMiner, logPatternDefaults } from '@heliosiq/model/log-pattern-miner.ts';
import type { LogPatternSettings } from '@heliosiq/model/log-pattern-miner.ts';
import { groupingAccuracy } from '../log-patterns/grouping-accuracy.ts';
import type { BoardRequest } from './board-run.ts';
import { dataFault, writePredictions } from './series-csv.ts';

/** The report of the `log-patterns` board; accuracies in [0, 1]. */
export interface LogPatternsBoardResult {
  readonly board: 'log-patterns';
  readonly set: string;
  /** Systems scored. */
  readonly items: number;
  readonly seconds: number;
  readonly rssMib: number;
  readonly settings: LogPatternSettings;
  /** Mean grouping accuracy over the systems, and that of each. */
  readonly ga: number;
  readonly gaBySystem: Readonly<Record<string, number>>;
  readonly linesPerS: number;
  readonly [metric: string]: unknown;
}

interface LabelledLine {
  readonly lineId: string;
  readonly content: string;
  readonly eventId: string;
}

/**
 * Streams each system's lines through a miner with the shipped settings; a line's pattern is what its first one has become at the end
 * of the system. `dataDir` holds a folder a system, each with a `*_structured.csv` of the columns LineId, Content and EventId.
 */
export async function runLogPatternsBoard(request: BoardRequest): Promise<LogPatternsBoardResult> {
  const startedAt = performance.now();
  const gaBySystem: Record<string, number> = {};
  let lines = 0;
  let miningMs = 0;
  for (const { system, path } of listSystems(request.dataDir)) {
    const labelled = readLabelledLines(path);
    const miner = createLogPatternMiner();
    const minedFrom = performance.now();
    const first = labelled.map(({ content }) => miner.observe(content).id);
    miningMs += performance.now() - minedFrom;
    lines += labelled.length;
    const patterns = first.map((id) => miner.pattern(id)?.id ?? id);
    if (request.outDir !== undefined) {
      const rows = labelled.map(({ lineId }, index) => `${lineId},${patterns[index] ?? ''}`);
      writePredictions(request.outDir, `${system}.csv`, ['LineId,EventId', ...rows]);
    }
    const events = labelled.map(({ eventId }) => eventId);
    gaBySystem[system] = rounded(groupingAccuracy(events, patterns));
  }
  const accuracies = Object.values(gaBySystem);
  return {
    board: 'log-patterns',
    set: basename(resolve(request.dataDir)),
    items: accuracies.length,
    seconds: Math.round(performance.now() - startedAt) / 1000,
    rssMib: Math.round(process.memoryUsage().rss / 1_048_576),
    settings: logPatternDefaults,
    ga: rounded(accuracies.reduce((sum, one) => sum + one, 0) / accuracies.length),
    gaBySystem,
    linesPerS: Math.round((lines / miningMs) * 1000),
  };
}

function listSystems(dataDir: string): readonly { readonly system: string; readonly path: string }[] {
  const folders = readdirSync(dataDir, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const systems = folders.flatMap(({ name }) => {
    const file = readdirSync(join(dataDir, name)).find((entry) => entry.endsWith('_structured.csv'));
    return file === undefined ? [] : [{ system: name, path: join(dataDir, name, file) }];
  });
  if (systems.length === 0) throw dataFault(dataDir, 'has no folder with a file *_structured.csv');
  return systems.toSorted((a, b) => (a.system < b.system ? -1 : 1));
}

function readLabelledLines(path: string): readonly LabelledLine[] {
  let rows: readonly Readonly<Record<string, string>>[];
  try {
    rows = parse(readFileSync(path), { columns: true, bom: true, relax_column_count_more: true });
  } catch (cause) {
    throw dataFault(path, `is no CSV (${cause instanceof Error ? cause.message : 'unknown reason'})`);
  }
  if (rows.length === 0) throw dataFault(path, 'has no rows');
  return rows.map((row, index) => {
    const { LineId: lineId, Content: content, EventId: eventId } = row;
    if (lineId === undefined || content === undefined || eventId === undefined) {
      throw dataFault(path, `row ${index + 1} lacks LineId, Content or EventId`);
    }
    return { lineId, content, eventId };
  });
}

function rounded(share: number): number {
  return Math.round(share * 10_000) / 10_000;
}
