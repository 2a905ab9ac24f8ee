import dagre from '@dagrejs/dagre';
import type { Topology } from '@heliosiq/model';

const nodesShown = 30;
const wordsMax = 26;
const nodeHeight = 28;

/** A node with its place; `x` and `y` are its middle, in SVG units. */
export interface PlacedNode {
  readonly id: string;
  readonly words: string;
  readonly role: 'cause' | 'affected' | 'near';
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface PlacedEdge {
  readonly from: string;
  readonly to: string;
  /** True when both ends are part of the trouble. */
  readonly hot: boolean;
  readonly path: string;
}

export interface MapLayout {
  readonly width: number;
  readonly height: number;
  readonly nodes: readonly PlacedNode[];
  readonly edges: readonly PlacedEdge[];
}

/** Lays out the affected assets, the cause and their direct neighbours in layers, callers left of the called. */
export function layoutMap({ edges }: Topology, affected: readonly string[], cause: string | undefined): MapLayout {
  const core = new Set<string>([...(cause === undefined ? [] : [cause]), ...affected].slice(0, nodesShown));
  const shown = new Set(core);
  for (const edge of edges) {
    for (const [near, other] of [
      [edge.from, edge.to],
      [edge.to, edge.from],
    ] as const) {
      if (core.has(other) && shown.size < nodesShown) shown.add(near);
    }
  }
  const inside = edges.filter((edge) => shown.has(edge.from) && shown.has(edge.to) && edge.from !== edge.to);
  const graph = new dagre.graphlib.Graph({ directed: true });
  graph.setGraph({ rankdir: 'LR', nodesep: 10, ranksep: 46, marginx: 6, marginy: 6 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const id of shown) graph.setNode(id, { width: shorten(id).length * 6.4 + 20, height: nodeHeight });
  for (const edge of inside) graph.setEdge(edge.from, edge.to);
  dagre.layout(graph);
  const { width = 0, height = 0 } = graph.graph();
  return {
    width: Math.ceil(width),
    height: Math.ceil(height),
    nodes: [...shown].map((id): PlacedNode => {
      const place = graph.node(id);
      const role = id === cause ? 'cause' : core.has(id) ? 'affected' : 'near';
      return { id, words: shorten(id), role, x: place.x, y: place.y, width: place.width, height: place.height };
    }),
    edges: inside.map(({ from, to }) => ({
      from,
      to,
      hot: core.has(from) && core.has(to),
      path: pathThrough(graph.edge(from, to).points ?? []),
    })),
  };
}

function pathThrough(points: readonly { readonly x: number; readonly y: number }[]): string {
  return points.map(({ x, y }, index) => `${index === 0 ? 'M' : 'L'}${x.toFixed(1)} ${y.toFixed(1)}`).join(' ');
}

/** A long name keeps its beginning and its end. */
function shorten(id: string): string {
  return id.length <= wordsMax ? id : `${id.slice(0, 14)}…${id.slice(-(wordsMax - 15))}`;
}
