import type { TimelineEntry } from '@heliosiq/model';

const minuteMs = 60_000;
const groupMin = 3;

/** One line of the timeline: one entry, or several of a kind in the same minute. */
export interface TimelineGroup {
  readonly id: string;
  readonly at: number;
  /** What a line of several entries says. */
  readonly words: string;
  readonly entries: readonly [TimelineEntry, ...TimelineEntry[]];
}

const manyWords: Readonly<Partial<Record<TimelineEntry['kind'], (count: number) => string>>> = {
  'anomaly-joined': (count) => `${count} measured values left their usual range`,
  'anomaly-closed': (count) => `${count} measured values are back in their usual range`,
  'alert-joined': (count) => `${count} alerts fired`,
  'alert-resolved': (count) => `${count} alerts ended`,
};

/** Joins what happened many times in one minute into one line; entries are oldest first and stay so. */
export function groupEntries(entries: readonly TimelineEntry[]): readonly TimelineGroup[] {
  const runs: [TimelineEntry, ...TimelineEntry[]][] = [];
  for (const entry of entries) {
    const run = runs.at(-1);
    if (run !== undefined && isSameMoment(run[0], entry)) run.push(entry);
    else runs.push([entry]);
  }
  return runs.flatMap((run): TimelineGroup[] => {
    const count = run.reduce((sum, entry) => sum + (entry.count ?? 1), 0);
    const words = manyWords[run[0].kind]?.(count);
    if (words !== undefined && run.length >= groupMin) return [{ id: run[0].id, at: run[0].at, words, entries: run }];
    return run.map((entry) => ({ id: entry.id, at: entry.at, words: entry.text, entries: [entry] }));
  });
}

function isSameMoment(a: TimelineEntry, b: TimelineEntry): boolean {
  return a.kind === b.kind && Math.floor(a.at / minuteMs) === Math.floor(b.at / minuteMs);
}
