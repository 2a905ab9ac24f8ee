import type { Edge } from '@heliosiq/model';
import type { MapSubject } from './map-layout.ts';

const coreMax = 24;
const nodesMax = 30;
const neighboursUpTo = 4;

export interface ShownNodes {
  /** The cause and the affected. */
  readonly core: ReadonlySet<string>;
  /** The core, what lies between its members, and a few neighbours of a small one. */
  readonly shown: ReadonlySet<string>;
}

/** Chooses what a map shows, so that a map of a few affected assets in a large fleet stays small. */
export function nodesToShow(edges: readonly Edge[], { affected, cause, felt }: MapSubject): ShownNodes {
  const wanted = [cause, felt, ...affected].filter((id) => id !== undefined);
  const core = new Set(wanted.slice(0, coreMax));
  const shown = new Set(core);
  const callees = calleesOf(edges);
  for (const id of core) {
    for (const between of pathToCore(callees, id, core)) if (shown.size < nodesMax) shown.add(between);
  }
  if (shown.size < neighboursUpTo) {
    for (const { from, to } of edges) {
      if (shown.size >= neighboursUpTo) break;
      if (core.has(from)) shown.add(to);
      else if (core.has(to)) shown.add(from);
    }
  }
  return { core, shown };
}

function calleesOf(edges: readonly Edge[]): ReadonlyMap<string, readonly string[]> {
  const callees = new Map<string, string[]>();
  for (const { from, to } of edges) {
    const known = callees.get(from);
    if (known === undefined) callees.set(from, [to]);
    else known.push(to);
  }
  return callees;
}

/** The unaffected assets on the shortest ways from an asset to the next members of the core below it. */
function pathToCore(
  callees: ReadonlyMap<string, readonly string[]>,
  start: string,
  core: ReadonlySet<string>,
): readonly string[] {
  const cameFrom = new Map<string, string>();
  const between = new Set<string>();
  let edge = [start];
  while (edge.length > 0) {
    const next: string[] = [];
    for (const id of edge) {
      for (const callee of callees.get(id) ?? []) {
        if (callee === start || cameFrom.has(callee)) continue;
        cameFrom.set(callee, id);
        if (core.has(callee)) {
          for (let at = id; at !== start; at = cameFrom.get(at) ?? start) between.add(at);
        } else next.push(callee);
      }
    }
    edge = next;
  }
  return [...between];
}
