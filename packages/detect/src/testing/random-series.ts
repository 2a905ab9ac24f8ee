/** A seeded source of uniform numbers in (0, 1): the same seed gives the same sequence (Park and Miller, 1988). */
export function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

/** A seeded source of standard normal numbers (Box and Muller, 1958). */
export function createNormal(seed: number): () => number {
  const random = createRandom(seed);
  return () => Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random());
}

/** A fixed start for test series: 2026-01-05T00:00:00Z, a Monday. */
export const START_MS = Date.UTC(2026, 0, 5);

/** Five minutes. */
export const STEP_MS = 300_000;
