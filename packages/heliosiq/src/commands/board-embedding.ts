import { availableParallelism } from 'node:os';
import type { BoardEmbedding } from '@heliosiq/knowledge/boards/retrieval.ts';
import { HeliosError } from '@heliosiq/model';
import { openEmbedding } from '../program/open-embedding.ts';
import { configOf, configOrExit } from './setting-options.ts';
import { progressOf } from './progress.ts';
import { complain } from './terminal.ts';

/** A board is run alone on the machine; a running program leaves the cores to the other stages. */
const THREADS_MAX = 2;

/** The embedder that the environment and the configuration file name, with its progress on standard error. */
export async function boardEmbedding(stack: AsyncDisposableStack): Promise<BoardEmbedding> {
  const { config } = configOrExit(configOf({}));
  const opened = await openEmbedding(config, stack, {
    threads: Math.min(THREADS_MAX, availableParallelism()),
    onProgress: complain,
  });
  if (opened === undefined) {
    throw new HeliosError('config-invalid', 'there is no embedding model', {
      cure: 'set HELIOS_EMBEDDING_MODEL to the folder of an embedding model, or use --mode lexical',
    });
  }
  return {
    embedder: opened.embedder,
    cache: await opened.openCache(),
    onProgress: progressOf('embedding passages'),
  };
}
