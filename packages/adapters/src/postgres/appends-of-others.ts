/** What is known here of appends by other programs: that there may have been some. */
export interface AppendsOfOthers {
  /** Without topics some may have been missed, of any topic. */
  note(topics: readonly string[] | undefined): void;
  /** A number that is another one when others may have appended to the topic meanwhile. */
  countOf(topic: string): number;
}

export function createAppendsOfOthers(): AppendsOfOthers {
  const counts = new Map<string, number>();
  let missed = 0;
  return {
    note(topics) {
      if (topics === undefined) missed += 1;
      else for (const topic of topics) counts.set(topic, (counts.get(topic) ?? 0) + 1);
    },
    countOf: (topic) => missed + (counts.get(topic) ?? 0),
  };
}
