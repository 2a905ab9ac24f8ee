import { analyse } from '@heliosiq/knowledge/analyser.ts';
import type { SharedSearchIndex } from '@heliosiq/ports';
import type { Config } from '../config/settings.ts';

/**
 * Opens the search index that programs share, where one is configured; the stack closes it. The terms of words are those of
 * the index in process.
 */
export async function openSharedIndex(
  {
    knowledgeIndex,
    knowledgeIndexUrl,
    databaseUrl,
  }: Pick<Config, 'knowledgeIndex' | 'knowledgeIndexUrl' | 'databaseUrl'>,
  stack: AsyncDisposableStack,
): Promise<SharedSearchIndex | undefined> {
  const url = knowledgeIndexUrl ?? databaseUrl;
  if (knowledgeIndex === 'local' || url === undefined) return undefined;
  const { openPgvectorSearchIndex } = await import('@heliosiq/adapters/pgvector/search-index.ts');
  return stack.use(await openPgvectorSearchIndex({ url, terms: analyse }));
}
