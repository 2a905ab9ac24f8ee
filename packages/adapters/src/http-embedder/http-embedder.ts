/** What embedding services have in common: batches, limits, retries, and answers that are not believed unseen. */

import { setTimeout as pause } from 'node:timers/promises';
import { HeliosError } from '@heliosiq/model';
import { TEXTS_PER_EMBEDDING_MAX } from '@heliosiq/ports';
import type { Embedder, EmbedderModel, EmbeddingPurpose } from '@heliosiq/ports';

export interface HttpEmbedderOptions {
  /** The base address; a trailing slash does not matter. */
  readonly url: string;
  readonly model: string;
  /** Never logged, never in an error. */
  readonly key?: string;
  /** How long one request may take; 30 s when absent. */
  readonly timeoutMs?: number;
  /** The first pause before a retry, doubled each time; 500 ms when absent. */
  readonly retryPauseMs?: number;
}

/** How one service is spoken to. */
export interface EmbeddingProtocol {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly request: (texts: readonly string[], purpose: EmbeddingPurpose) => unknown;
  /** The vectors of an answer in the order of the texts, unchecked. */
  readonly vectors: (answer: unknown) => readonly unknown[];
}

const BATCH_TEXTS = 64;
/** Models cut at some thousand tokens; sending more costs money for nothing. */
const TEXT_LENGTH_MAX = 8000;
const ATTEMPTS_MAX = 4;
const PAUSE_MAX_MS = 20_000;
/** 64 vectors of 4,096 numbers as JSON are about 6 MB. */
const ANSWER_BYTES_MAX = 32 * 2 ** 20;
const DIMENSIONS_MAX = 8192;

/**
 * An embedder over HTTP. Tried again after 429, 5xx and a lost connection, at most four times, as late as `Retry-After` says
 * (up to 20 s). An answer with another number of vectors, other lengths or numbers that are none is an error, never stored.
 */
export function createHttpEmbedder(options: HttpEmbedderOptions, protocol: EmbeddingProtocol): Embedder {
  const { timeoutMs = 30_000, retryPauseMs = 500 } = options;
  const host = new URL(options.url).host;
  const address = `${options.url.replace(/\/+$/, '')}${protocol.path}`;
  let known: EmbedderModel | undefined;

  function modelOf(dimensions: number): EmbedderModel {
    known ??= {
      id: `${host}-${options.model}-${dimensions}`,
      dimensions,
      label: `${options.model} (${host})`,
    };
    return known;
  }

  async function askOnce(body: string, signal: AbortSignal | undefined): Promise<unknown> {
    const limit = AbortSignal.timeout(timeoutMs);
    let response: Response;
    try {
      response = await fetch(address, {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'application/json', ...protocol.headers },
        body,
        // A redirect could carry the key to another host.
        redirect: 'error',
        signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
      });
    } catch (cause) {
      signal?.throwIfAborted();
      if (limit.aborted)
        throw new HeliosError('timeout', `${host} gave no embedding within ${timeoutMs} ms`, { cause });
      throw new HeliosError('unavailable', `${host} cannot be reached for embeddings`, { cause });
    }
    if (!response.ok) {
      await response.body?.cancel();
      throw refusal(response);
    }
    try {
      return JSON.parse(await boundedText(response)) as unknown;
    } catch (cause) {
      signal?.throwIfAborted();
      if (cause instanceof HeliosError) throw cause;
      throw new HeliosError('unavailable', `${host} answered with no usable JSON`, { cause });
    }
  }

  function refusal(response: Response): HeliosError {
    const { status } = response;
    const message = `${host} refused to embed with status ${status}`;
    if (status === 429 || status >= 500) {
      const retryAfterS = Number(response.headers.get('retry-after') ?? Number.NaN);
      return new HeliosError('unavailable', message, Number.isFinite(retryAfterS) ? { retryAfterS } : {});
    }
    return new HeliosError('config-invalid', message, {
      cure: status === 401 || status === 403 ? 'check embedding.key' : 'check embedding.url and embedding.model',
    });
  }

  async function boundedText(response: Response): Promise<string> {
    const decoder = new TextDecoder();
    let text = '';
    let bytes = 0;
    for await (const chunk of response.body ?? []) {
      bytes += chunk.byteLength;
      if (bytes > ANSWER_BYTES_MAX) throw new HeliosError('unavailable', `${host} answered with more than 32 MiB`);
      text += decoder.decode(chunk, { stream: true });
    }
    return text + decoder.decode();
  }

  async function ask(body: string, signal: AbortSignal | undefined): Promise<unknown> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await askOnce(body, signal);
      } catch (error) {
        const passing = error instanceof HeliosError && (error.code === 'unavailable' || error.code === 'timeout');
        if (!passing || attempt === ATTEMPTS_MAX) throw error;
        const wanted = error.retryAfterS === undefined ? retryPauseMs * 2 ** (attempt - 1) : error.retryAfterS * 1000;
        await pause(Math.min(PAUSE_MAX_MS, Math.max(0, wanted)), undefined, signal && { signal });
      }
    }
  }

  async function embedBatch(
    texts: readonly string[],
    purpose: EmbeddingPurpose,
    signal: AbortSignal | undefined,
  ): Promise<Float32Array[]> {
    // Services refuse an empty text.
    const sent = texts.map((text) => text.slice(0, TEXT_LENGTH_MAX).toWellFormed().trim() || '-');
    const answer = await ask(JSON.stringify(protocol.request(sent, purpose)), signal);
    const vectors = protocol.vectors(answer);
    if (vectors.length !== texts.length) {
      throw new HeliosError('unavailable', `${host} gave ${vectors.length} vectors for ${texts.length} texts`);
    }
    return vectors.map((vector) => checkedVector(vector));
  }

  function checkedVector(vector: unknown): Float32Array {
    const isUsable =
      Array.isArray(vector) &&
      vector.length > 0 &&
      vector.length <= DIMENSIONS_MAX &&
      vector.every((part) => typeof part === 'number' && Number.isFinite(part));
    if (!isUsable) throw new HeliosError('unavailable', `${host} gave something that is no vector`);
    const { dimensions } = modelOf(vector.length);
    if (vector.length !== dimensions) {
      throw new HeliosError('unavailable', `${host} gave ${vector.length} dimensions instead of ${dimensions}`);
    }
    return Float32Array.from(vector as number[]); // every part was checked to be a number
  }

  return {
    async model(signal) {
      if (known === undefined) await embedBatch(['dimensions'], 'passage', signal);
      if (known === undefined) throw new HeliosError('internal', 'an embedding without a length');
      return known;
    },
    async embed(texts, { purpose, signal }) {
      if (texts.length > TEXTS_PER_EMBEDDING_MAX) {
        throw new HeliosError('too-large', `at most ${TEXTS_PER_EMBEDDING_MAX} texts at once`);
      }
      const vectors: Float32Array[] = [];
      for (let from = 0; from < texts.length; from += BATCH_TEXTS) {
        vectors.push(...(await embedBatch(texts.slice(from, from + BATCH_TEXTS), purpose, signal)));
      }
      return vectors;
    },
  };
}
