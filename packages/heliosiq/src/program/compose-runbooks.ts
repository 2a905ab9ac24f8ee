import type { PassageSearch } from '@heliosiq/ports';
import { libraryOf } from './compose-knowledge.ts';
import type { ProgramPorts } from './program-ports.ts';
import type { RoleContext } from './role-context.ts';

/** What other programs stored is looked at this often, when a search comes. */
const followEveryMs = 30_000;
const followTimeMs = 2_000;

/**
 * The search in runbooks for a role that fills no library: it reads what other roles or programs stored, and keeps its index up to date
 * by itself, at most every half a minute.
 */
export function composeRunbooks(
  ports: Pick<ProgramPorts, 'documents' | 'sharedIndex' | 'states'>,
  context: RoleContext,
): Pick<PassageSearch, 'search'> {
  const knowledge = libraryOf(ports, context);
  let followedAt = Number.NEGATIVE_INFINITY;
  return {
    async search(tenantId, query, options) {
      if (performance.now() - followedAt >= followEveryMs) {
        followedAt = performance.now();
        await knowledge.follow(AbortSignal.timeout(followTimeMs));
      }
      return knowledge.search(tenantId, query, options);
    },
  };
}
