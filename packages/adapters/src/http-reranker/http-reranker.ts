/** Reranking services, as a `Reranker`: one request, a time limit, and answers that are not believed unseen. */

import { HeliosError } from '@heliosiq/model';
import { TEXTS_PER_RERANK_MAX } from '@heliosiq/ports';
import type { Reranker } from '@heliosiq/ports';
import { rerankScores } from './rerank-answer.ts';

/**
 * What is spoken: `cohere` is `{model, query, documents, top_n}` answered by `{results: [{index, relevance_score}]}`, which Cohere,
 * Jina, vLLM and llama.cpp speak; `tei` is `{query, texts}` answered by `[{index, score}]` (Text Embeddings Inference).
 */
export type RerankProtocol = 'cohere' | 'tei';

export interface HttpRerankerOptions {
  /** The base address (with `/v1` or `/v2` where the service has it); `/rerank` is added. */
  readonly url: string;
  readonly model: string;
  readonly protocol?: RerankProtocol;
  /** Never logged, never in an error. */
  readonly key?: string;
  /** How long a request may take; 10 s when absent. */
  readonly timeoutMs?: number;
}

/** Models cut at some hundred to a few thousand tokens; sending more costs money for nothing. */
const TEXT_LENGTH_MAX = 4000;
/** Some services send the texts back. */
const ANSWER_BYTES_MAX = 8 * 2 ** 20;

/** A reranker over HTTP. A request is made once: who searches falls back to the order that there is rather than wait. */
export function createHttpReranker(options: HttpRerankerOptions): Reranker {
  const { model, key, protocol = 'cohere', timeoutMs = 10_000 } = options;
  const { host } = new URL(options.url);
  const address = `${options.url.replace(/\/+$/, '')}/rerank`;

  async function ask(body: unknown, signal: AbortSignal | undefined): Promise<unknown> {
    const limit = AbortSignal.timeout(timeoutMs);
    try {
      const response = await fetch(address, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          accept: 'application/json',
          ...(key !== undefined && { authorization: `Bearer ${key}` }),
        },
        body: JSON.stringify(body),
        // A redirect could carry the key to another host.
        redirect: 'error',
        signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
      });
      if (!response.ok) {
        await response.body?.cancel();
        throw refusal(host, response);
      }
      return JSON.parse(await boundedText(host, response)) as unknown;
    } catch (cause) {
      signal?.throwIfAborted();
      if (cause instanceof HeliosError) throw cause;
      if (limit.aborted) {
        throw new HeliosError('timeout', `${host} did not rerank within ${timeoutMs} ms`, { cause });
      }
      const problem = cause instanceof SyntaxError ? 'answered with no usable JSON' : 'cannot be reached to rerank';
      throw new HeliosError('unavailable', `${host} ${problem}`, { cause });
    }
  }

  return {
    label: `${model} (${host})`,
    async rerank(question, texts, signal) {
      if (texts.length > TEXTS_PER_RERANK_MAX) {
        throw new HeliosError('too-large', `at most ${TEXTS_PER_RERANK_MAX} texts are reranked at once`);
      }
      if (texts.length === 0) return [];
      const query = sendable(question);
      const documents = texts.map(sendable);
      const body =
        protocol === 'tei'
          ? { query, texts: documents, truncate: true }
          : { model, query, documents, top_n: documents.length };
      const scores = rerankScores(await ask(body, signal), texts.length);
      if (!scores.ok) throw new HeliosError('unavailable', `${host} ${scores.reason}`);
      return scores.value;
    },
  };
}

/** Services refuse an empty text. */
function sendable(text: string): string {
  return text.slice(0, TEXT_LENGTH_MAX).toWellFormed().trim() || '-';
}

function refusal(host: string, response: Response): HeliosError {
  const { status } = response;
  const message = `${host} refused to rerank with status ${status}`;
  if (status === 429 || status >= 500) {
    const retryAfterS = Number(response.headers.get('retry-after') ?? Number.NaN);
    return new HeliosError('unavailable', message, Number.isFinite(retryAfterS) ? { retryAfterS } : {});
  }
  return new HeliosError('config-invalid', message, {
    cure:
      status === 401 || status === 403
        ? 'check knowledge.rerank.key'
        : 'check knowledge.rerank.url, knowledge.rerank.model and knowledge.rerank.protocol',
  });
}

async function boundedText(host: string, response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > ANSWER_BYTES_MAX) throw new HeliosError('unavailable', `${host} answered with more than 8 MiB`);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
