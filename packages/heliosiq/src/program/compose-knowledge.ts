import { join } from 'node:path';
import { createKnowledge } from '@heliosiq/knowledge';
import type { Knowledge } from '@heliosiq/knowledge';
import { createDocumentFeeds } from '@heliosiq/knowledge/feeds/document-feeds.ts';
import type { DocumentFeed } from '@heliosiq/knowledge/feeds/document-feeds.ts';
import { createIncidentFeed } from '@heliosiq/knowledge/feeds/incident-feed.ts';
import { createInsightFeed } from '@heliosiq/knowledge/feeds/insight-feed.ts';
import { createSnapshotFolder } from '@heliosiq/knowledge/snapshot-folder.ts';
import { untilAborted } from '@heliosiq/knowledge/until-aborted.ts';
import type { GoldFacts, Logger, Meter, Service } from '@heliosiq/ports';
import type { PortName, ProgramPorts } from './program-ports.ts';
import type { RoleContext } from './role-context.ts';
import { createRerankByModel, isReranking } from './rerank-by-model.ts';
import { createSearchByMeaning } from './search-by-meaning.ts';

/** The ports of the library and of what fills it. */
export const knowledgeNeeds = [
  'documents',
  'sharedIndex',
  'states',
  'incidents',
  'diagnoses',
  'topology',
  'tenants',
  'lease',
] as const satisfies readonly PortName[];

const feedEveryS = 10;
const repositoryEveryS = 60;
const webEveryS = 300;
const followEveryMs = 30_000;

/** One library for all roles of a process, so that its indexes are in memory once. */
const libraries = new WeakMap<RoleContext, Knowledge>();

/** The library of a process, made at the first call. */
export function libraryOf(
  ports: Pick<ProgramPorts, 'documents' | 'sharedIndex' | 'states'>,
  context: RoleContext,
): Knowledge {
  const known = libraries.get(context);
  if (known !== undefined) return known;
  const knowledge = createKnowledge({
    documents: ports.documents,
    state: ports.states,
    now: context.now,
    ...(ports.sharedIndex === undefined
      ? { snapshots: createSnapshotFolder(join(context.config.data, 'search')) }
      : { sharedIndex: ports.sharedIndex }),
  });
  libraries.set(context, knowledge);
  return knowledge;
}

/** The library, and the services that fill it, keep it on disk and give its passages vectors. */
export function composeKnowledge(
  ports: Pick<ProgramPorts, (typeof knowledgeNeeds)[number]>,
  context: RoleContext,
  facts: GoldFacts,
): { readonly knowledge: Knowledge; readonly services: readonly Service[] } {
  const { config } = context;
  const knowledge = libraryOf(ports, context);
  const shared = { ...ports, ...context, library: knowledge };
  const feeds = config.knowledgeSources.map((source): DocumentFeed => {
    const { name, folder, git, branch, path, web, allowPrivate, tags, everyS } = source;
    const common = { tenantId: config.tenant, name, ...(tags && { tags }) };
    if (web !== undefined) {
      const access = allowPrivate === undefined ? {} : { allowPrivate };
      return { ...common, web, ...access, everyS: everyS ?? webEveryS };
    }
    if (git === undefined) return { ...common, folder: folder ?? '', everyS: everyS ?? feedEveryS };
    const place = { ...(branch !== undefined && { branch }), ...(path !== undefined && { path }) };
    return { ...common, git, ...place, everyS: everyS ?? repositoryEveryS };
  });
  return {
    knowledge,
    services: [
      createIndexKeeper({ knowledge, logger: context.logger, meter: context.meter }),
      createSearchByMeaning({ ...context, knowledge }),
      ...(isReranking(config) ? [createRerankByModel({ ...context, knowledge })] : []),
      createIncidentFeed(shared),
      createInsightFeed({ ...shared, facts }),
      ...(feeds.length === 0
        ? []
        : [createDocumentFeeds({ ...shared, feeds, clonesFolder: join(config.data, 'repositories') })]),
    ],
  };
}

/** Follows what other programs store, keeps indexes on disk, and tells how much of them is in memory. */
function createIndexKeeper({
  knowledge,
  logger,
  meter,
}: {
  readonly knowledge: Knowledge;
  readonly logger: Logger;
  readonly meter: Meter;
}): Service {
  const passages = meter.gauge({ name: 'heliosiq_search_passages', help: 'Passages in the search indexes in memory.' });
  const vectors = meter.gauge({
    name: 'heliosiq_search_vectors',
    help: 'Passages that have a vector of the model in use.',
  });
  const bytes = meter.gauge({ name: 'heliosiq_search_index_bytes', help: 'Bytes of the search indexes in memory.' });
  const save = async (): Promise<void> => {
    await knowledge.saveSnapshots().catch((error: unknown) => {
      // Without a snapshot the next start is slower, and right.
      const reason = error instanceof Error ? error.message : String(error);
      logger.warn({ reason }, 'the search index could not be kept on disk');
    });
  };
  return {
    name: 'search-index',
    async run(signal) {
      while (!signal.aborted) {
        const figures = await knowledge.figures();
        passages.set(figures.passages);
        vectors.set(figures.vectors);
        bytes.set(figures.bytes);
        await untilAborted(followEveryMs, signal);
        if (!signal.aborted) await knowledge.follow(signal);
        await save();
      }
    },
  };
}
