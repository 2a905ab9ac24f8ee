const reasonsMax = 5;

/** What of a request was refused and why, for the sender's `partial_success`. */
export interface Rejections {
  readonly count: number;
  /** Adds refused items that share a reason. */
  add(items: number, reason: string): void;
  /** The first reasons with their counts; empty when nothing was refused. */
  message(): string;
}

export function createRejections(): Rejections {
  const reasons = new Map<string, number>();
  let count = 0;
  return {
    get count() {
      return count;
    },
    add(items, reason) {
      if (items <= 0) return;
      count += items;
      const known = reasons.get(reason);
      if (known !== undefined || reasons.size < reasonsMax) reasons.set(reason, (known ?? 0) + items);
    },
    message() {
      const told = [...reasons].map(([reason, items]) => `${items} × ${reason}`);
      const rest = count - [...reasons.values()].reduce((sum, items) => sum + items, 0);
      return [...told, ...(rest > 0 ? [`${rest} for other reasons`] : [])].join('; ');
    },
  };
}
