/** The best passages read again by a model, with a time limit; when it gives nothing the order stays as it was, and says why. */

import { HeliosError } from '@heliosiq/model';
import { TEXTS_PER_RERANK_MAX } from '@heliosiq/ports';
import type { Logger, Reranker } from '@heliosiq/ports';

export interface ModelRerankingOptions {
  readonly reranker: Reranker;
  /** The best passages that the model reads, at most 100; 30 when absent. */
  readonly depth?: number;
  /** How long a search waits for the model; 2,000 when absent. */
  readonly patienceMs?: number;
  readonly logger: Logger;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** What a model made of a list: the score of each passage that it read, from the first on, or why it read none. */
export type ModelReading =
  | { readonly model: string; readonly scores: readonly number[] }
  | { readonly model: string; readonly failure: string };

export interface ModelReranking {
  /** Reads the first passages of a list; it never rejects. */
  readonly read: (question: string, texts: readonly string[]) => Promise<ModelReading>;
  readonly depth: number;
}

const DEPTH = 30;
const PATIENCE_MS = 2000;
/** After a failure nobody waits for the model for so long, or for as long as it asks, within bounds. */
const REST_S = 10;
const REST_MAX_S = 300;

export function createModelReranking({
  reranker,
  depth = DEPTH,
  patienceMs = PATIENCE_MS,
  logger,
  now,
}: ModelRerankingOptions): ModelReranking {
  const most = Math.min(depth, TEXTS_PER_RERANK_MAX);
  const model = reranker.label;
  let restsUntil = -Infinity;
  let lastFailure = '';

  return {
    depth: most,
    async read(question, texts) {
      if (now() < restsUntil) return { model, failure: `it rests after a failure: ${lastFailure}` };
      try {
        const read = texts.slice(0, most);
        const scores = await withinPatience((signal) => reranker.rerank(question, read, signal), patienceMs);
        if (scores.length !== read.length || !scores.every(Number.isFinite)) {
          throw new HeliosError('unavailable', `${model} gave no usable scores`);
        }
        return { model, scores };
      } catch (error) {
        lastFailure = error instanceof Error ? error.message : String(error);
        const wanted = error instanceof HeliosError ? error.retryAfterS : undefined;
        restsUntil = now() + Math.min(REST_MAX_S, Math.max(REST_S, wanted ?? 0)) * 1000;
        const cure = error instanceof HeliosError ? error.cure : undefined;
        logger.warn({ model, reason: lastFailure, ...(cure !== undefined && { cure }) }, 'passages were not reranked');
        return { model, failure: lastFailure };
      }
    },
  };
}

/** The share of the model in the order of what it read; the rest is left to the search. */
const MODEL_SHARE = 0.7;

/**
 * New scores for hits of which a model read the first: both scores as standard scores over what was read, mixed, and put back on
 * the scale of the search, so that the rest of the list and what is taken off a score keep their meaning.
 */
export function mixedScores(scores: readonly number[], modelScores: readonly number[]): number[] {
  const read = scores.slice(0, modelScores.length);
  const own = spread(read);
  const models = spread(modelScores);
  return scores.map((score, at) => {
    const modelScore = modelScores[at];
    if (modelScore === undefined) return score;
    const place = (1 - MODEL_SHARE) * ((score - own.mean) / own.deviation);
    const modelPlace = MODEL_SHARE * ((modelScore - models.mean) / models.deviation);
    return own.mean + own.deviation * (place + modelPlace);
  });
}

function spread(scores: readonly number[]): { readonly mean: number; readonly deviation: number } {
  const mean = scores.reduce((sum, score) => sum + score, 0) / (scores.length || 1);
  const variance = scores.reduce((sum, score) => sum + (score - mean) ** 2, 0) / (scores.length || 1);
  return { mean, deviation: Math.sqrt(variance) || 1 };
}

/** The model is told to stop as well, but need not obey at once. */
async function withinPatience<Result>(
  work: (signal: AbortSignal) => Promise<Result>,
  patienceMs: number,
): Promise<Result> {
  const stop = new AbortController();
  const running = work(stop.signal);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new HeliosError('timeout', `no answer within ${patienceMs} ms`)), patienceMs);
  });
  try {
    return await Promise.race([running, late]);
  } finally {
    clearTimeout(timer);
    stop.abort();
    // Whoever comes later is not listened to, but must not be an unhandled rejection.
    running.catch(() => undefined);
  }
}
