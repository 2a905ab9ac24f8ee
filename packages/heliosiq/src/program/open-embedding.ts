import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createGeminiEmbedder } from '@heliosiq/adapters/http-embedder/gemini-embedder.ts';
import { createOpenAiEmbedder } from '@heliosiq/adapters/http-embedder/openai-embedder.ts';
import { openEmbeddingCache } from '@heliosiq/knowledge/embedding/embedding-cache.ts';
import type { EmbeddingCache } from '@heliosiq/knowledge/embedding/embedding-cache.ts';
import { openLocalEmbedder } from '@heliosiq/knowledge/embedding/local-embedder.ts';
import { installOnnxRuntime } from '@heliosiq/knowledge/embedding/onnx-runtime.ts';
import { HeliosError } from '@heliosiq/model';
import type { Embedder } from '@heliosiq/ports';
import type { Config } from '../config/settings.ts';

type EmbeddingConfig = Pick<Config, 'data' | 'embeddingModel' | 'embeddingUrl' | 'embeddingProtocol' | 'embeddingKey'>;

/** What embeds, and where vectors are kept on disk. */
export interface OpenedEmbedding {
  readonly embedder: Embedder;
  readonly openCache: () => Promise<EmbeddingCache>;
}

export interface OpenEmbeddingOptions {
  /** Threads of a local model; 1 when absent. */
  readonly threads?: number;
  /** Told in words when the runtime of a local model has to be installed. */
  readonly onProgress: (message: string) => void;
  readonly signal?: AbortSignal;
}

/** The folder of the data folder that models and their runtime are kept in. */
export function modelsFolder(config: Pick<Config, 'data'>): string {
  return join(config.data, 'models');
}

/**
 * Opens the embedder that the configuration names, or the local model that was pulled; `undefined` when there is none or
 * it is `off`. A local model's runtime is installed when it is missing. The stack closes what holds threads or files.
 */
export async function openEmbedding(
  config: EmbeddingConfig,
  stack: AsyncDisposableStack,
  { threads = 1, onProgress, signal }: OpenEmbeddingOptions,
): Promise<OpenedEmbedding | undefined> {
  const embedder = await embedderOf();
  if (embedder === undefined) return undefined;
  const openCache = async (): Promise<EmbeddingCache> =>
    stack.use(
      await openEmbeddingCache({ folder: join(config.data, 'embeddings'), model: await embedder.model(signal) }),
    );
  return { embedder, openCache };

  async function embedderOf(): Promise<Embedder | undefined> {
    const { embeddingModel, embeddingUrl, embeddingProtocol, embeddingKey } = config;
    if (embeddingModel === 'off') return undefined;
    if (embeddingUrl !== undefined) {
      if (embeddingModel === undefined) {
        throw new HeliosError('config-invalid', 'embedding.url is set without embedding.model', {
          cure: 'name the model in embedding.model',
        });
      }
      const create = embeddingProtocol === 'gemini' ? createGeminiEmbedder : createOpenAiEmbedder;
      return create({
        url: embeddingUrl,
        model: embeddingModel,
        ...(embeddingKey !== undefined && { key: embeddingKey }),
      });
    }
    const folder = modelsFolder(config);
    const modelFolder = embeddingModel ?? (await pulledModel(folder));
    if (modelFolder === undefined) return undefined;
    if (!existsSync(modelFolder)) {
      throw new HeliosError('config-invalid', `${modelFolder}: there is no such model folder`, {
        cure: 'set HELIOS_EMBEDDING_MODEL to the folder of an embedding model, or run `heliosiq models pull`',
      });
    }
    const runtimeModule = await installOnnxRuntime({ folder, onProgress, ...(signal && { signal }) });
    return stack.use(await openLocalEmbedder({ modelFolder, runtimeModule, threads }));
  }
}

async function pulledModel(folder: string): Promise<string | undefined> {
  if (!existsSync(folder)) return undefined;
  const names = (await readdir(folder)).sort();
  const name = names.find((each) => existsSync(join(folder, each, 'tokenizer.json')));
  return name === undefined ? undefined : join(folder, name);
}
