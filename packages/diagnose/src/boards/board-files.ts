import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { csvRows } from '../csv-text.ts';

class BoardFileError extends Error {}

/** Ends a board with one line that names the file and what is wrong with it. */
export function failFile(file: string, what: string): never {
  throw new BoardFileError(`${file}: ${what}`);
}

/** The text of a file that must be there. */
export function readText(file: string): string {
  if (!existsSync(file) || !statSync(file).isFile()) failFile(file, 'is missing');
  return readFileSync(file, 'utf8');
}

/** The JSON of a file that must be there; its shape is for the caller to check. */
export function readJson(file: string): unknown {
  try {
    return JSON.parse(readText(file)) as unknown;
  } catch (error) {
    if (error instanceof SyntaxError) return failFile(file, 'is not JSON');
    throw error;
  }
}

/** One JSON value a line. */
export function readJsonLines(file: string): unknown[] {
  return readText(file)
    .split('\n')
    .flatMap((line, index) => {
      if (line.trim() === '') return [];
      try {
        return [JSON.parse(line) as unknown];
      } catch {
        return failFile(file, `line ${index + 1} is not JSON`);
      }
    });
}

/** Folders at or below `root` that hold all of `names`, sorted by path. */
export function foldersWith(root: string, names: readonly string[]): string[] {
  if (!existsSync(root) || !statSync(root).isDirectory()) failFile(root, 'is not a folder');
  const found: string[] = [];
  const open = [root];
  for (let folder = open.pop(); folder !== undefined; folder = open.pop()) {
    const here = folder;
    if (names.every((name) => existsSync(join(here, name)))) found.push(here);
    for (const entry of readdirSync(here, { withFileTypes: true })) {
      if (entry.isDirectory()) open.push(join(here, entry.name));
    }
  }
  return found.sort();
}

/** Columns of numbers by name. */
export interface NumberTable {
  readonly rows: number;
  /** Values from top to bottom, `NaN` where the field is empty or no number. */
  readonly columns: ReadonlyMap<string, Float64Array>;
}

/** Reads a comma-separated file with one line of names; text in a numeric column becomes `NaN`. */
export function readNumberTable(file: string): NumberTable {
  const [names, ...rows] = csvRows(readText(file));
  if (names === undefined || rows.length === 0) failFile(file, 'has no rows');
  const ragged = rows.findIndex((row) => row.length !== names.length);
  if (ragged >= 0)
    failFile(file, `line ${ragged + 2} has ${rows[ragged]?.length ?? 0} fields instead of ${names.length}`);
  const numberOf = (text: string | undefined): number =>
    text === undefined || text === '' ? Number.NaN : Number(text);
  const columns = new Map(names.map((name, at) => [name, Float64Array.from(rows, (row) => numberOf(row[at]))]));
  return { rows: rows.length, columns };
}
