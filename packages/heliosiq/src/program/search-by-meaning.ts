import type { Knowledge } from '@heliosiq/knowledge';
import { HeliosError } from '@heliosiq/model';
import type { Logger, Service } from '@heliosiq/ports';
import type { Config } from '../config/settings.ts';
import { openEmbedding } from './open-embedding.ts';

export interface SearchByMeaningDeps {
  readonly knowledge: Pick<Knowledge, 'embed'>;
  readonly config: Config;
  readonly logger: Logger;
}

const RETRY_PAUSE_MS = 60_000;

/**
 * Opens the embedding model that is configured and embeds what is in use, behind the back of searches. Without a model it
 * has nothing to do. A model that cannot be opened, or that fails, is tried again every minute: searches go by words then.
 */
export function createSearchByMeaning({ knowledge, config, logger }: SearchByMeaningDeps): Service {
  return {
    name: 'search-by-meaning',
    async run(signal) {
      while (!signal.aborted) {
        try {
          await using stack = new AsyncDisposableStack();
          const onProgress = (message: string): void => logger.info({}, message);
          const opened = await openEmbedding(config, stack, { onProgress, signal });
          if (opened === undefined) {
            logger.info({}, 'no embedding model: documents are searched by their words');
            return await untilAborted(signal);
          }
          const { embedder } = opened;
          await knowledge.embed({ embedder, cache: await opened.openCache(), logger }, signal);
        } catch (error) {
          if (signal.aborted) return;
          const reason = error instanceof Error ? error.message : String(error);
          const cure = error instanceof HeliosError ? error.cure : undefined;
          logger.warn({ reason, ...(cure !== undefined && { cure }) }, 'search by meaning is off for now');
          await untilAborted(signal, RETRY_PAUSE_MS);
        }
      }
    },
  };
}

/** Resolves when the signal aborts, or after `timeoutMs` if that is sooner. */
function untilAborted(signal: AbortSignal, timeoutMs?: number): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = timeoutMs === undefined ? undefined : setTimeout(end, timeoutMs);
    signal.addEventListener('abort', end, { once: true });
    if (signal.aborted) end();
  });
}
