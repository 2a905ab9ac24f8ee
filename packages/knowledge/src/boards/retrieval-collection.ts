/** A retrieval test collection from its three files. */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface JudgedCollection {
  readonly documents: readonly { readonly id: string; readonly title?: string; readonly text: string }[];
  readonly queries: readonly { readonly id: string; readonly text: string }[];
  /** Query id to document id to grade. */
  readonly judgements: ReadonlyMap<string, ReadonlyMap<string, number>>;
}

/**
 * Reads `corpus.jsonl` and `queries.jsonl` (`_id`, `text`, and a `title` if there is one) and `qrels.tsv` (query, document, grade).
 *
 * @throws Error of one line that names the file and, where there is one, the line.
 */
export async function readCollection(folder: string): Promise<JudgedCollection> {
  const documents = await readItems(join(folder, 'corpus.jsonl'));
  const queries = await readItems(join(folder, 'queries.jsonl'));
  const path = join(folder, 'qrels.tsv');
  const judgements = new Map<string, Map<string, number>>();
  for (const [number, line] of await readLines(path)) {
    const [query, document, grade, ...more] = line.split('\t');
    const value = Number(grade);
    if (!query || !document || !grade || more.length > 0 || !Number.isFinite(value)) {
      throw new Error(`${path}: line ${number} is not "query<TAB>document<TAB>grade"`);
    }
    let grades = judgements.get(query);
    if (!grades) judgements.set(query, (grades = new Map()));
    grades.set(document, value);
  }
  return { documents, queries, judgements };
}

async function readItems(
  path: string,
): Promise<{ readonly id: string; readonly title?: string; readonly text: string }[]> {
  const ids = new Set<string>();
  return (await readLines(path)).map(([number, line]) => {
    const item = parseObject(line);
    if (!item) throw new Error(`${path}: line ${number} is not a JSON object`);
    const { _id: id, text, title } = item;
    if (typeof id !== 'string' || id === '' || /\s/.test(id))
      throw new Error(`${path}: line ${number} has no "_id" without spaces`);
    if (typeof text !== 'string') throw new Error(`${path}: line ${number} has no "text"`);
    if (ids.has(id)) throw new Error(`${path}: line ${number} repeats "_id" ${id}`);
    ids.add(id);
    return typeof title === 'string' && title !== '' ? { id, title, text } : { id, text };
  });
}

function parseObject(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    // The cast holds: any object but an array can be read by string keys.
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

async function readLines(path: string): Promise<(readonly [number: number, line: string])[]> {
  let content: string;
  try {
    content = await readFile(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
    throw new Error(`${path}: cannot be read (${code})`, { cause: error });
  }
  const lines = content
    .split('\n')
    .map((line, index) => [index + 1, line.replace(/\r$/, '')] as const)
    .filter(([, line]) => line.trim() !== '');
  if (lines.length === 0) throw new Error(`${path}: is empty`);
  return lines;
}
