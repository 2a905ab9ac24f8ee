/** Google's `batchEmbedContents`, as an `Embedder`. */

import type { Embedder } from '@heliosiq/ports';
import { createHttpEmbedder } from './http-embedder.ts';
import type { HttpEmbedderOptions } from './http-embedder.ts';
import { fieldOf, listOf } from './openai-embedder.ts';

/** An embedder at `url` (e.g. `https://generativelanguage.googleapis.com/v1beta`), asked for `model`. */
export function createGeminiEmbedder(options: HttpEmbedderOptions): Embedder {
  const model = options.model.startsWith('models/') ? options.model : `models/${options.model}`;
  return createHttpEmbedder(options, {
    path: `/${model}:batchEmbedContents`,
    headers: options.key === undefined ? {} : { 'x-goog-api-key': options.key },
    request: (texts, purpose) => ({
      requests: texts.map((text) => ({
        model,
        content: { parts: [{ text }] },
        taskType: purpose === 'question' ? 'RETRIEVAL_QUERY' : 'RETRIEVAL_DOCUMENT',
      })),
    }),
    vectors: (answer) => listOf(answer, 'embeddings').map((item) => fieldOf(item, 'values')),
  });
}
