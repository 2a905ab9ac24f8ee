/** One thing that is not as bronze says. */
export interface Difference {
  /** `missing`: only bronze has it; `different`: both have it; `extra`: bronze lacks it; `damaged`: it cannot be read. */
  readonly kind: 'missing' | 'different' | 'extra' | 'damaged';
  /** Which one, in words, e.g. `web load at 2026-01-05T00:00:00.000Z`. */
  readonly what: string;
  readonly rebuilt?: string;
  readonly stored?: string;
}

/** Counts differences and keeps the first of them. */
export interface DifferenceList {
  readonly counts: Readonly<Record<Difference['kind'], number>>;
  readonly first: readonly Difference[];
  readonly total: number;
  add(difference: Difference): void;
}

const keptMax = 20;

export function createDifferenceList(): DifferenceList {
  const counts = { missing: 0, different: 0, extra: 0, damaged: 0 };
  const first: Difference[] = [];
  return {
    counts,
    first,
    get total() {
      return counts.missing + counts.different + counts.extra + counts.damaged;
    },
    add(difference) {
      counts[difference.kind] += 1;
      if (first.length < keptMax) first.push(difference);
    },
  };
}
