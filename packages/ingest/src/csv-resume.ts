import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { z } from 'zod';
import { csvHeadOf } from './csv-source.ts';
import type { CsvHead } from './csv-source.ts';
import type { CsvPlace } from './csv-signals.ts';

/** What was sent of a file, as it stands in the state file. */
export interface CsvProgress {
  readonly place: CsvPlace;
  readonly accepted: number;
  readonly rejected: number;
}

/** How a file was to be sent; with another map or another server it is begun anew. */
export interface CsvErrand {
  readonly file: string;
  readonly map: string;
  readonly target: string;
}

/** Remembers how far files were sent, in a file of its own. */
export interface CsvResume {
  /** How far the same errand came before; `changed` when the file is another one now. */
  find(errand: CsvErrand): Promise<CsvProgress | 'changed' | undefined>;
  /** Remembers how far an errand came. Rejects when the state file cannot be written. */
  save(errand: CsvErrand, progress: CsvProgress): Promise<void>;
  /** Forgets an errand; the state file goes with the last one. */
  forget(errand: CsvErrand): Promise<void>;
}

const Count = z.number().int().min(0);
const Row = z.object({
  map: z.string(),
  target: z.string(),
  head: z.object({ bytes: Count, sha256: z.string() }),
  place: z.object({ headerBytes: Count, headerLines: Count, bytes: Count, lines: Count }),
  accepted: Count,
  rejected: Count,
});
const State = z.object({ version: z.literal(1), files: z.record(z.string(), Row) });
type State = z.infer<typeof State>;

/** Opens the state in a file that need not exist; one that cannot be read as state counts as empty. */
export function createCsvResume(stateFile: string): CsvResume {
  const heads = new Map<string, CsvHead>();

  async function load(): Promise<State> {
    const text = await readFile(stateFile, 'utf8').catch(() => '{}');
    let content: unknown;
    try {
      content = JSON.parse(text);
    } catch {
      content = {};
    }
    const parsed = State.safeParse(content);
    return parsed.success ? parsed.data : { version: 1, files: {} };
  }

  /** A state is there whole or not at all: a program that is killed while it writes leaves the one before. */
  async function store(state: State): Promise<void> {
    const draft = `${stateFile}.${process.pid}`;
    await writeFile(draft, `${JSON.stringify(state, undefined, 2)}\n`);
    await rename(draft, stateFile);
  }

  async function headOf(file: string): Promise<CsvHead> {
    const head = heads.get(file) ?? (await csvHeadOf(file));
    heads.set(file, head);
    return head;
  }

  return {
    async find({ file, map, target }) {
      const row = (await load()).files[resolve(file)];
      if (row === undefined || row.map !== map || row.target !== target) return undefined;
      const head = await csvHeadOf(file, row.head.bytes);
      if (head.sha256 !== row.head.sha256) return 'changed';
      const { place, accepted, rejected } = row;
      return { place, accepted, rejected };
    },
    async save({ file, map, target }, progress) {
      const state = await load();
      const row = { map, target, head: await headOf(file), ...progress };
      await store({ ...state, files: { ...state.files, [resolve(file)]: row } });
    },
    async forget({ file }) {
      const state = await load();
      const files = Object.entries(state.files).filter(([name]) => name !== resolve(file));
      if (files.length === 0) await rm(stateFile, { force: true });
      else await store({ ...state, files: Object.fromEntries(files) });
    },
  };
}
