import type { TopologyEdge } from './casefile.ts';

/** One direct dependency: trouble flows from `on` up to the asset that depends. */
export interface Dependency {
  readonly on: string;
  readonly kind: TopologyEdge['kind'];
}

/** Who depends on whom, in the direction opposite to the flow of symptoms; lists are sorted by name. */
export interface DependencyGraph {
  dependenciesOf(asset: string): readonly Dependency[];
  dependentsOf(asset: string): readonly string[];
}

function insert<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}

/**
 * Turns topology into dependencies: a caller depends on its callee, a service on its host, a whole on its parts.
 * Doubled edges and self-loops vanish; cycles stay.
 */
export function dependencyGraph(edges: readonly TopologyEdge[]): DependencyGraph {
  const dependencies = new Map<string, Dependency[]>();
  const dependents = new Map<string, string[]>();
  const seen = new Set<string>();
  const order = [...edges].sort((a, b) => (a.from + a.to + a.kind < b.from + b.to + b.kind ? -1 : 1));
  for (const edge of order) {
    const [dependent, on] = edge.kind === 'part-of' ? [edge.to, edge.from] : [edge.from, edge.to];
    const key = `${dependent}\u0000${on}`;
    if (dependent === on || seen.has(key)) continue;
    seen.add(key);
    insert(dependencies, dependent, { on, kind: edge.kind });
    insert(dependents, on, dependent);
  }
  return {
    dependenciesOf: (asset) => dependencies.get(asset) ?? [],
    dependentsOf: (asset) => dependents.get(asset) ?? [],
  };
}
