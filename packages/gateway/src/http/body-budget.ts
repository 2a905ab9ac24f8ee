/** How many bytes of request bodies are in memory at once, over all requests. */
export interface BodyBudget {
  /** Takes bytes; false when that would exceed the budget. A lone body may exceed it, its own limit bounds it. */
  take(bytes: number): boolean;
  release(bytes: number): void;
}

export function createBodyBudget(bytesMax: number): BodyBudget {
  let used = 0;
  return {
    take(bytes) {
      if (used > 0 && used + bytes > bytesMax) return false;
      used += bytes;
      return true;
    },
    release(bytes) {
      used -= bytes;
    },
  };
}
