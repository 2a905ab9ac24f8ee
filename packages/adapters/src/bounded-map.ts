/** A map that forgets what has not been used for long. */
export interface BoundedMap<Key, Value> {
  get(key: Key): Value | undefined;
  set(key: Key, value: Value): void;
  clear(): void;
}

/**
 * A map of about `sizeMax` entries at most. Two generations stand in for an LRU list: what was used since the last turn
 * survives the next one, and a hit costs one look-up.
 */
export function createBoundedMap<Key, Value>(sizeMax: number): BoundedMap<Key, Value> {
  const generationMax = Math.max(1, Math.floor(sizeMax / 2));
  let young = new Map<Key, Value>();
  let old = new Map<Key, Value>();

  function set(key: Key, value: Value): void {
    if (young.size >= generationMax && !young.has(key)) {
      old = young;
      young = new Map();
    }
    young.set(key, value);
  }

  return {
    set,
    get(key) {
      const hit = young.get(key);
      if (hit !== undefined) return hit;
      const survivor = old.get(key);
      if (survivor !== undefined) set(key, survivor);
      return survivor;
    },
    clear() {
      young = new Map();
      old = new Map();
    },
  };
}
