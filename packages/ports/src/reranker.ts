/** A model that reads a question and a passage together, and so tells better than words or vectors whether one answers the other. */
export interface Reranker {
  /** How it is shown to people, e.g. `rerank-v3.5 (api.cohere.com)`. */
  readonly label: string;
  /**
   * One score a text, in order: the higher, the better it answers. Scores of one call can be compared with each other only. A text
   * beyond the model's length is cut at its end.
   *
   * Rejects with `unavailable` (with `retryAfterS` where it is known) or `timeout` when the model gives no usable answer, with
   * `config-invalid` when it refuses to be asked, and with `too-large` for more than 100 texts.
   */
  rerank(question: string, texts: readonly string[], signal?: AbortSignal): Promise<readonly number[]>;
}

/** The most texts in one call of `Reranker.rerank`. */
export const TEXTS_PER_RERANK_MAX = 100;
