/** What an embedder turns texts into, and which vectors may be compared. */
export interface EmbedderModel {
  /** Names the model with all that changes its vectors; vectors of different ids are never compared. */
  readonly id: string;
  /** The length of every vector. */
  readonly dimensions: number;
  /** How it is shown to people, e.g. `all-MiniLM-L6-v2 (local)`. */
  readonly label: string;
}

/** What texts are for: some models embed a question otherwise than what answers it. */
export type EmbeddingPurpose = 'question' | 'passage';

export interface EmbedOptions {
  readonly purpose: EmbeddingPurpose;
  readonly signal?: AbortSignal;
}

/**
 * Texts to vectors. The same text gives the same vector, whatever is embedded with it; cosine similarity compares two.
 *
 * Rejects with `unavailable` or `timeout` when the model cannot be reached, and with `too-large` for more than 256 texts.
 */
export interface Embedder {
  /** Known before the first text; a model whose length is only known by asking is asked here. */
  model(signal?: AbortSignal): Promise<EmbedderModel>;
  /** One vector a text, in order. A text beyond the model's length is cut at its end. */
  embed(texts: readonly string[], options: EmbedOptions): Promise<readonly Float32Array[]>;
}

/** The most texts in one call of `Embedder.embed`. */
export const TEXTS_PER_EMBEDDING_MAX = 256;
