/** Any service that speaks OpenAI's `POST /embeddings`, as an `Embedder`. */

import type { Embedder } from '@heliosiq/ports';
import { createHttpEmbedder } from './http-embedder.ts';
import type { HttpEmbedderOptions } from './http-embedder.ts';

/** An embedder at `url` (with `/v1` where the service has it), asked for `model`. */
export function createOpenAiEmbedder(options: HttpEmbedderOptions): Embedder {
  return createHttpEmbedder(options, {
    path: '/embeddings',
    headers: options.key === undefined ? {} : { authorization: `Bearer ${options.key}` },
    request: (texts) => ({ model: options.model, input: texts, encoding_format: 'float' }),
    vectors: (answer) =>
      listOf(answer, 'data')
        .map((item, at) => ({ at: numberOf(item, 'index') ?? at, vector: fieldOf(item, 'embedding') }))
        .sort((a, b) => a.at - b.at)
        .map(({ vector }) => vector),
  });
}

/** A field of what may be an object. */
export function fieldOf(value: unknown, name: string): unknown {
  // The cast holds: any object can be read by string keys.
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

/** A field that is a list; empty when it is not. */
export function listOf(value: unknown, name: string): readonly unknown[] {
  const list = fieldOf(value, name);
  return Array.isArray(list) ? list : [];
}

function numberOf(value: unknown, name: string): number | undefined {
  const number = fieldOf(value, name);
  return typeof number === 'number' ? number : undefined;
}
