import dagre from '@dagrejs/dagre';
import type { Topology } from '@heliosiq/model';
import { nameLines } from './name-lines.ts';
import { nodesToShow } from './nodes-to-show.ts';

const charWidth = 6.7;
const lineHeight = 14;
const paddingX = 20;
const paddingY = 14;

/** What an asset has to do with the incident; `near` is an unaffected asset between or next to the affected ones. */
export type MapRole = 'cause' | 'felt' | 'affected' | 'near';

/** What stands on a node of each role, so that colour is not the only sign, and what it is called in full. */
export const roleSigns: Readonly<Record<MapRole, { readonly sign: string; readonly words: string }>> = {
  cause: { sign: '★ likely cause', words: 'most likely cause' },
  felt: { sign: '! felt here', words: 'felt here' },
  affected: { sign: '! affected', words: 'affected' },
  near: { sign: '', words: 'not affected' },
};

/** A node with its place; `x` and `y` are its middle, in SVG units. */
export interface PlacedNode {
  readonly id: string;
  readonly lines: readonly string[];
  readonly role: MapRole;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

interface PlacedEdge {
  readonly from: string;
  readonly to: string;
  /** True when both ends are part of the trouble. */
  readonly isHot: boolean;
  readonly path: string;
}

export interface MapLayout {
  readonly width: number;
  readonly height: number;
  readonly nodes: readonly PlacedNode[];
  readonly edges: readonly PlacedEdge[];
}

/** Whose trouble is drawn. */
export interface MapSubject {
  readonly affected: readonly string[];
  readonly cause: string | undefined;
  /** Where users feel it. */
  readonly felt: string | undefined;
}

/** How dense a layout is; `LR` puts callers left of the called, `TB` above them. */
interface Density {
  readonly direction: 'LR' | 'TB';
  readonly lengthMax: number;
  readonly linesMax: number;
  readonly rankGap: number;
}

/** From the most comfortable to the narrowest. */
const densities: readonly Density[] = [
  { direction: 'LR', lengthMax: 22, linesMax: 2, rankGap: 44 },
  { direction: 'LR', lengthMax: 15, linesMax: 3, rankGap: 26 },
  { direction: 'TB', lengthMax: 15, linesMax: 3, rankGap: 34 },
];

/**
 * Lays out the affected assets, the cause and what lies between them in layers, callers before the called, as
 * comfortably as fits into `widthMax`; the narrowest layout where none fits.
 */
export function layoutMap(topology: Topology, subject: MapSubject, widthMax: number): MapLayout {
  const layouts = densities.map((density) => layoutWith(topology, subject, density));
  const [first, ...others] = layouts;
  if (first === undefined) throw new Error('there is no way to lay out a map');
  return (
    layouts.find(({ width }) => width <= widthMax) ??
    others.reduce((best, layout) => (layout.width < best.width ? layout : best), first)
  );
}

function layoutWith({ edges }: Topology, subject: MapSubject, density: Density): MapLayout {
  const { core, shown } = nodesToShow(edges, subject);
  const inside = edges.filter((edge) => shown.has(edge.from) && shown.has(edge.to) && edge.from !== edge.to);
  const graph = new dagre.graphlib.Graph({ directed: true });
  graph.setGraph({ rankdir: density.direction, nodesep: 12, ranksep: density.rankGap, marginx: 4, marginy: 4 });
  graph.setDefaultEdgeLabel(() => ({}));
  const linesOf = new Map([...shown].map((id) => [id, nameLines(id, density.lengthMax, density.linesMax)]));
  for (const [id, lines] of linesOf) {
    const { sign } = roleSigns[roleOf(id, subject, core)];
    const longest = Math.max(...lines.map((line) => line.length), sign.length);
    graph.setNode(id, {
      width: longest * charWidth + paddingX,
      height: (lines.length + (sign === '' ? 0 : 1)) * lineHeight + paddingY,
    });
  }
  for (const edge of inside) graph.setEdge(edge.from, edge.to);
  dagre.layout(graph);
  const { width = 0, height = 0 } = graph.graph();
  return {
    width: Math.ceil(width),
    height: Math.ceil(height),
    nodes: [...linesOf].map(([id, lines]): PlacedNode => {
      const { x, y, width: nodeWidth, height: nodeHeight } = graph.node(id);
      return { id, lines, role: roleOf(id, subject, core), x, y, width: nodeWidth, height: nodeHeight };
    }),
    edges: inside.map(({ from, to }) => ({
      from,
      to,
      isHot: core.has(from) && core.has(to),
      path: pathThrough(graph.edge(from, to).points ?? []),
    })),
  };
}

function roleOf(id: string, { cause, felt }: MapSubject, core: ReadonlySet<string>): MapRole {
  if (id === cause) return 'cause';
  if (id === felt) return 'felt';
  return core.has(id) ? 'affected' : 'near';
}

/** A smooth line: quadratic curves through the middles of dagre's points. */
function pathThrough(points: readonly { readonly x: number; readonly y: number }[]): string {
  const [first, ...rest] = points;
  const last = rest.at(-1);
  if (first === undefined || last === undefined) return '';
  const at = (x: number, y: number): string => `${x.toFixed(1)} ${y.toFixed(1)}`;
  const curves = rest.slice(0, -1).map((point, index) => {
    const after = rest[index + 1] ?? last;
    const isLast = index === rest.length - 2;
    const end = isLast ? last : { x: (point.x + after.x) / 2, y: (point.y + after.y) / 2 };
    return `Q${at(point.x, point.y)} ${at(end.x, end.y)}`;
  });
  return [`M${at(first.x, first.y)}`, ...(curves.length === 0 ? [`L${at(last.x, last.y)}`] : curves)].join(' ');
}
