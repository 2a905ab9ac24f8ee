import { lineAndColumn } from './query-fault.ts';

/** Told beside an answer: doubts about the question, and about the data. */
export interface QueryNotes {
  warn(message: string, place: number): void;
  inform(message: string, place: number): void;
  readonly warnings: readonly string[];
  readonly infos: readonly string[];
}

/** As many of a kind as Prometheus tells. */
const notesMax = 10;

/** Collects notes, each once, in the words of Prometheus: `PromQL info: ... (1:6)`. */
export function createQueryNotes(query: string): QueryNotes {
  const warnings = new Set<string>();
  const infos = new Set<string>();
  const add = (to: Set<string>, text: string, place: number): void => {
    if (to.size < notesMax) to.add(`${text} (${lineAndColumn({ query, place })})`);
  };
  return {
    warn: (message, place) => add(warnings, `PromQL warning: ${message}`, place),
    inform: (message, place) => add(infos, `PromQL info: ${message}`, place),
    get warnings() {
      return [...warnings];
    },
    get infos() {
      return [...infos];
    },
  };
}
