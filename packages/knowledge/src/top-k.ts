/** The best k of many scored items, in one pass and k places. */

export interface TopK {
  /** The score that an item must beat; minus infinity while there is room. */
  readonly threshold: () => number;
  /** Offers an item; equal scores are ordered by `compareItems`, so the result never depends on the order of offers. */
  readonly offer: (item: number, score: number) => void;
  /** What was kept, best first. */
  readonly take: () => { readonly item: number; readonly score: number }[];
}

/** A bounded heap with the worst kept item on top. `compareItems` is negative where `a` goes before `b` at equal scores. */
export function createTopK(k: number, compareItems: (a: number, b: number) => number): TopK {
  const items: number[] = [];
  const scores: number[] = [];
  const worse = (itemA: number, scoreA: number, itemB: number, scoreB: number): boolean =>
    scoreA < scoreB || (scoreA === scoreB && compareItems(itemA, itemB) > 0);
  const worseAt = (a: number, b: number): boolean =>
    worse(items[a] ?? 0, scores[a] ?? 0, items[b] ?? 0, scores[b] ?? 0);

  function swap(a: number, b: number): void {
    [items[a], items[b]] = [items[b] ?? 0, items[a] ?? 0];
    [scores[a], scores[b]] = [scores[b] ?? 0, scores[a] ?? 0];
  }

  function siftUp(from: number): void {
    for (let at = from; at > 0;) {
      const parent = (at - 1) >> 1;
      if (!worseAt(at, parent)) return;
      swap(at, parent);
      at = parent;
    }
  }

  function siftDown(): void {
    for (let at = 0; ;) {
      let worst = at;
      for (const child of [2 * at + 1, 2 * at + 2]) if (child < items.length && worseAt(child, worst)) worst = child;
      if (worst === at) return;
      swap(at, worst);
      at = worst;
    }
  }

  return {
    threshold: () => (items.length < k ? Number.NEGATIVE_INFINITY : (scores[0] ?? 0)),
    offer(item, score) {
      if (items.length < k) {
        items.push(item);
        scores.push(score);
        siftUp(items.length - 1);
      } else if (k > 0 && worse(items[0] ?? 0, scores[0] ?? 0, item, score)) {
        items[0] = item;
        scores[0] = score;
        siftDown();
      }
    },
    take: () =>
      items
        .map((item, index) => ({ item, score: scores[index] ?? 0 }))
        .sort((a, b) => b.score - a.score || compareItems(a.item, b.item)),
  };
}
