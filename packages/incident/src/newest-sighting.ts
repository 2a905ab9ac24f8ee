import type { AlertState } from './incident-case.ts';

/** One alert as it was seen firing. */
export interface Sighting {
  readonly fingerprint: string;
  readonly state: AlertState;
}

/** Sightings of alerts that fire, so that the newest is at hand whichever of them end. */
export interface Sightings {
  add(sighting: Sighting): void;
  /** Event time of the newest one that still holds; `-Infinity` when none does. */
  newestAt(): number;
}

/** Outdated ones are kept up to so many, and as many again as there are that hold. */
const outdatedMax = 64;

/**
 * A binary heap with the newest at its root; outdated ones are dropped when they get there. `holds` tells whether a sighting is
 * the last of its alert; `size` how many are.
 */
export function createSightings(of: { holds(sighting: Sighting): boolean; size(): number }): Sightings {
  let heap: Sighting[] = [];

  const timeAt = (place: number): number => heap[place]?.state.seenAt ?? -Infinity;

  function rise(sighting: Sighting): void {
    let place = heap.length;
    heap.push(sighting);
    while (place > 0) {
      const above = (place - 1) >> 1;
      const parent = heap[above];
      if (parent === undefined || parent.state.seenAt >= sighting.state.seenAt) break;
      heap[place] = parent;
      place = above;
    }
    heap[place] = sighting;
  }

  function dropRoot(): void {
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let place = 0;
    for (;;) {
      const left = 2 * place + 1;
      const newer = timeAt(left + 1) > timeAt(left) ? left + 1 : left;
      const child = heap[newer];
      if (child === undefined || child.state.seenAt <= last.state.seenAt) break;
      heap[place] = child;
      place = newer;
    }
    heap[place] = last;
  }

  return {
    add(sighting) {
      if (heap.length > 2 * of.size() + outdatedMax)
        heap = heap.filter(of.holds).sort((a, b) => b.state.seenAt - a.state.seenAt);
      rise(sighting);
    },
    newestAt() {
      for (let newest = heap[0]; newest !== undefined; newest = heap[0]) {
        if (of.holds(newest)) return newest.state.seenAt;
        dropRoot();
      }
      return -Infinity;
    },
  };
}
