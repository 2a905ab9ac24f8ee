import { existsSync } from 'node:fs';
import { createHttpReranker } from '@heliosiq/adapters/http-reranker/http-reranker.ts';
import type { Knowledge } from '@heliosiq/knowledge';
import { openLocalReranker } from '@heliosiq/knowledge/embedding/local-reranker.ts';
import { installOnnxRuntime } from '@heliosiq/knowledge/embedding/onnx-runtime.ts';
import { untilAborted } from '@heliosiq/knowledge/until-aborted.ts';
import { HeliosError } from '@heliosiq/model';
import type { Logger, Reranker, Service } from '@heliosiq/ports';
import type { Config } from '../config/settings.ts';
import { modelsFolder } from './open-embedding.ts';

type RerankConfig = Pick<
  Config,
  'data' | 'rerankModel' | 'rerankUrl' | 'rerankProtocol' | 'rerankKey' | 'rerankDepth' | 'rerankTimeoutMs'
>;

export interface RerankByModelDeps {
  readonly knowledge: Pick<Knowledge, 'rerank'>;
  readonly config: RerankConfig;
  readonly logger: Logger;
}

const RETRY_PAUSE_MS = 60_000;

/** Whether a model is named that reads passages again. */
export function isReranking({ rerankModel, rerankUrl }: RerankConfig): boolean {
  return rerankModel !== undefined || rerankUrl !== undefined;
}

/** Opens the reranking model that is configured and hands it to the library. One that cannot be opened is tried again every minute. */
export function createRerankByModel({ knowledge, config, logger }: RerankByModelDeps): Service {
  return {
    name: 'rerank-by-model',
    async run(signal) {
      while (!signal.aborted) {
        try {
          await using stack = new AsyncDisposableStack();
          const reranker = await openReranker(config, stack, { logger, signal });
          logger.info({ model: reranker.label }, 'a model orders the best passages of a search');
          const { rerankDepth: depth, rerankTimeoutMs: patienceMs } = config;
          await knowledge.rerank({ reranker, depth, patienceMs, logger }, signal);
        } catch (error) {
          if (signal.aborted) return;
          const reason = error instanceof Error ? error.message : String(error);
          const cure = error instanceof HeliosError ? error.cure : undefined;
          logger.warn({ reason, ...(cure !== undefined && { cure }) }, 'the reranking model is off for now');
          await untilAborted(RETRY_PAUSE_MS, signal);
        }
      }
    },
  };
}

async function openReranker(
  { data, rerankModel: model, rerankUrl: url, rerankProtocol: protocol, rerankKey: key, rerankTimeoutMs }: RerankConfig,
  stack: AsyncDisposableStack,
  { logger, signal }: { readonly logger: Logger; readonly signal: AbortSignal },
): Promise<Reranker> {
  if (url !== undefined) {
    if (model === undefined && protocol === 'cohere') {
      throw new HeliosError('config-invalid', 'knowledge.rerank.url is set without knowledge.rerank.model', {
        cure: 'name the model in knowledge.rerank.model',
      });
    }
    return createHttpReranker({
      url,
      protocol,
      model: model ?? 'the model',
      timeoutMs: rerankTimeoutMs,
      ...(key !== undefined && { key }),
    });
  }
  if (model === undefined || !existsSync(model)) {
    throw new HeliosError('config-invalid', `${model ?? ''}: there is no such model folder`, {
      cure: 'set knowledge.rerank.model to the folder of a cross-encoder in ONNX form, or knowledge.rerank.url',
    });
  }
  const runtimeModule = await installOnnxRuntime({
    folder: modelsFolder({ data }),
    onProgress: (message) => logger.info({}, message),
    signal,
  });
  return stack.use(await openLocalReranker({ modelFolder: model, runtimeModule }));
}
