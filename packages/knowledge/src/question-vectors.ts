/** Vectors of questions: asked for with little patience, remembered for those who ask again. */

import type { Embedder, Logger } from '@heliosiq/ports';

const REMEMBERED_MAX = 500;
/** A search by words alone is better than one that keeps people waiting. */
const PATIENCE_MS = 2000;

/** The vector of a question, or `undefined` when the embedder fails or is slow; the search then goes by words. */
export type QuestionVectors = (question: string) => Promise<Float32Array | undefined>;

/** Asks `embedder`; at most 500 answers are remembered. */
export function createQuestionVectors(embedder: Embedder, logger: Logger): QuestionVectors {
  const remembered = new Map<string, Float32Array>();
  return async (question) => {
    const known = remembered.get(question);
    if (known !== undefined) return known;
    try {
      const [vector] = await withinPatience(
        embedder.embed([question], { purpose: 'question', signal: AbortSignal.timeout(PATIENCE_MS) }),
      );
      if (vector === undefined) return undefined;
      const [oldest] = remembered.keys();
      if (remembered.size >= REMEMBERED_MAX && oldest !== undefined) remembered.delete(oldest);
      remembered.set(question, vector);
      return vector;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      logger.warn({ reason }, 'a question was searched for by words alone');
      return undefined;
    }
  };
}

/** The embedder is told to stop as well, but need not obey at once. */
async function withinPatience<Result>(work: Promise<Result>): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no embedding within ${PATIENCE_MS} ms`)), PATIENCE_MS);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
    // Whoever comes later is not listened to, but must not be an unhandled rejection.
    work.catch(() => undefined);
  }
}
