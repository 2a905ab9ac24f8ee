import { useState } from 'react';
import { QueryEditor } from './query-editor.tsx';
import { queriesMax } from './explore-search.ts';

export interface QueryListProps {
  /** The queries that were run. */
  readonly queries: readonly string[];
  /** What is wrong with each, by its place. */
  readonly faults: readonly (Error | undefined)[];
  readonly isLoading: boolean;
  /** Runs these, without those that are empty. */
  readonly onRun: (queries: readonly string[]) => void;
}

interface Draft {
  /** Of the field, so that it stays with its text when another goes. */
  readonly id: number;
  readonly text: string;
}

/** The queries as fields, each with what the server found wrong with it. */
export function QueryList({ queries, faults, isLoading, onRun }: QueryListProps) {
  const [drafts, setDrafts] = useState<readonly Draft[]>(() => draftsOf(queries));
  const [ran, setRan] = useState(queries);
  const [added, setAdded] = useState<number>();
  if (!isSame(ran, queries)) {
    // Others were run, from here or by the way back. Fields that hold them already stay, and with them where one types.
    setRan(queries);
    if (!isSame(queriesOf(drafts), queries)) setDrafts(draftsOf(queries));
  }
  const run = (texts: readonly Draft[] = drafts): void => onRun(queriesOf(texts));
  const change = (id: number, text: string): void =>
    setDrafts((before) => before.map((draft) => (draft.id === id ? { id, text } : draft)));
  const add = (): void => {
    const id = nextId(drafts);
    setDrafts([...drafts, { id, text: '' }]);
    setAdded(id);
  };
  const remove = (id: number): void => {
    const rest = drafts.filter((draft) => draft.id !== id);
    setDrafts(rest.length === 0 ? draftsOf([]) : rest);
    run(rest);
  };
  return (
    <div role="group" aria-label="Queries" className="grid gap-2">
      {drafts.map(({ id, text }, place) => {
        const fault = faults[queries.indexOf(text.trim())];
        return (
          <div key={id} className="grid gap-1">
            <div className="flex items-start gap-2">
              <div className="min-w-0 flex-1">
                <QueryEditor
                  label={`Query ${place + 1}`}
                  text={text}
                  isFocused={id === added}
                  onText={(changed) => change(id, changed)}
                  onRun={(current) => run(drafts.map((draft) => (draft.id === id ? { id, text: current } : draft)))}
                />
              </div>
              {drafts.length > 1 && (
                <button
                  type="button"
                  className="quiet-button w-9 px-0"
                  aria-label={`Remove query ${place + 1}`}
                  onClick={() => remove(id)}
                >
                  ×
                </button>
              )}
            </div>
            {fault !== undefined && (
              <p role="alert" className="text-sm text-critical wrap-anywhere">
                {fault.message}
              </p>
            )}
          </div>
        );
      })}
      <div className="flex flex-wrap items-center gap-2">
        <button type="button" className="button" onClick={() => run()} title="Ctrl-Enter">
          Run
        </button>
        <button type="button" className="quiet-button" disabled={drafts.length >= queriesMax} onClick={add}>
          Add query
        </button>
        <span role="status" className="text-sm text-soft">
          {isLoading ? 'asking…' : ''}
        </span>
      </div>
    </div>
  );
}

function queriesOf(drafts: readonly Draft[]): readonly string[] {
  return drafts.map(({ text }) => text.trim()).filter((text) => text !== '');
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((text, place) => text === b[place]);
}

function draftsOf(queries: readonly string[]): readonly Draft[] {
  return (queries.length === 0 ? [''] : queries).map((text, id) => ({ id, text }));
}

function nextId(drafts: readonly Draft[]): number {
  return Math.max(-1, ...drafts.map(({ id }) => id)) + 1;
}
