/** The constants of the lexical ranking: one setting for all collections. */

/** The constants of the ranking; see `DEFAULT_BM25_SETTINGS`. */
export interface Bm25Settings {
  /** How soon repeats of a term stop counting. */
  readonly k1: number;
  /** How much a long body is held against a match, 0 to 1. */
  readonly bodyB: number;
  /** The same for title and headings. */
  readonly headingB: number;
  readonly titleWeight: number;
  readonly headingWeight: number;
}

export const DEFAULT_BM25_SETTINGS: Bm25Settings = {
  k1: 1.6,
  bodyB: 0.5,
  headingB: 0.3,
  titleWeight: 4,
  headingWeight: 1.5,
};
