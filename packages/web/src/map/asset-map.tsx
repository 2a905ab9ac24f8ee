import type { AssetId, InferredEdge, Topology } from '@heliosiq/model';
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { apiQuery } from '../app/queries.ts';
import { percent } from '../words/numbers.ts';
import { layoutMap, roleSigns } from './map-layout.ts';
import type { MapRole, PlacedNode } from './map-layout.ts';
import { useWidth } from './use-width.ts';

export interface AssetMapProps {
  readonly affected: readonly AssetId[];
  readonly cause?: string;
  readonly felt?: string;
  /** Probability (0..1) that an asset is the cause, of those that are suspected; it colours the node. */
  readonly suspicion: ReadonlyMap<string, number>;
  /** Connections that nobody declared; drawn as broken lines. */
  readonly inferred: readonly InferredEdge[];
}

/** Who calls whom among the affected assets and what lies between them. */
export function AssetMap({ affected, cause, felt, suspicion, inferred }: AssetMapProps) {
  const topology = useQuery({ ...apiQuery('getTopology'), staleTime: 60_000 });
  const { ref, width } = useWidth<HTMLDivElement>();
  const map = useMemo(
    () =>
      topology.data === undefined || width === 0
        ? undefined
        : layoutMap(withInferred(topology.data, inferred), { affected, cause, felt }, width),
    [topology.data, inferred, affected, cause, felt, width],
  );
  const broken = new Set(inferred.map(({ from, to }) => `${from}>${to}`));
  for (const { from, to } of topology.data?.edges ?? []) broken.delete(`${from}>${to}`);
  if (topology.isError || (map !== undefined && map.nodes.length < 2)) return null;
  return (
    <section aria-label="Map" className="card grid min-w-0 gap-3">
      <div className="flex flex-wrap items-baseline justify-between gap-x-4">
        <h2 className="font-semibold">Where it is</h2>
        <p className="text-xs text-soft">
          Arrows go from the caller to what it calls; the more it is suspected, the fuller a node.
          {broken.size > 0 && ' Broken arrows are inferred, nobody declared them.'}
        </p>
      </div>
      <div ref={ref} className="min-h-40 overflow-x-auto">
        {map !== undefined && (
          <svg
            viewBox={`0 0 ${map.width} ${map.height}`}
            width={map.width}
            height={map.height}
            className="mx-auto h-auto max-w-full min-w-[min(100%,16rem)] text-ink"
            role="list"
            aria-label="Assets of this incident"
          >
            <Arrowheads />
            {map.edges.map((edge) => (
              <path
                key={`${edge.from}>${edge.to}`}
                d={edge.path}
                className={`fill-none ${edge.isHot ? 'stroke-critical' : 'stroke-soft'}`}
                strokeWidth={edge.isHot ? 2 : 1}
                strokeDasharray={broken.has(`${edge.from}>${edge.to}`) ? '5 4' : undefined}
                markerEnd={edge.isHot ? 'url(#arrow-hot)' : 'url(#arrow)'}
              />
            ))}
            {map.nodes.map((node) => (
              <MapNode key={node.id} node={node} suspicion={suspicion.get(node.id) ?? 0} />
            ))}
          </svg>
        )}
      </div>
    </section>
  );
}

/** The topology with connections that are inferred, as far as it does not tell of them. */
function withInferred(topology: Topology, inferred: readonly InferredEdge[]): Topology {
  const declared = new Set(topology.edges.map(({ from, to }) => `${from}>${to}`));
  const added = inferred.filter(({ from, to }) => !declared.has(`${from}>${to}`));
  return {
    ...topology,
    edges: [...topology.edges, ...added.map(({ from, to }) => ({ from, to, kind: 'calls' as const }))],
  };
}

function Arrowheads() {
  return (
    <defs aria-hidden>
      {(['arrow', 'arrow-hot'] as const).map((id) => (
        <marker
          key={id}
          id={id}
          viewBox="0 0 8 8"
          refX="7.5"
          refY="4"
          markerWidth="8"
          markerHeight="8"
          markerUnits="userSpaceOnUse"
          orient="auto"
        >
          <path d="M0 0.5 L8 4 L0 7.5 Z" className={id === 'arrow' ? 'fill-soft' : 'fill-critical'} />
        </marker>
      ))}
    </defs>
  );
}

/** A suspicion below this is not drawn, and the fullest node is still read easily. */
const suspicionShown = 0.02;
const fillMax = 0.4;

interface RoleLook {
  readonly border: string;
  readonly word: string;
}

const roleLooks: Readonly<Record<MapRole, RoleLook>> = {
  cause: { border: 'fill-accent/8 stroke-accent', word: 'fill-accent font-semibold' },
  felt: { border: 'fill-raised stroke-critical', word: 'fill-critical' },
  affected: { border: 'fill-raised stroke-critical', word: 'fill-critical' },
  near: { border: 'fill-card stroke-line', word: 'fill-soft' },
};

interface MapNodeProps {
  readonly node: PlacedNode;
  /** 0..1 */
  readonly suspicion: number;
}

function MapNode({ node: { id, lines, role, x, y, width, height }, suspicion }: MapNodeProps) {
  const look = roleLooks[role];
  const { sign, words } = roleSigns[role];
  const isSuspected = suspicion >= suspicionShown;
  const suspected = isSuspected ? `, suspected with ${percent(suspicion)}` : '';
  const top = height / 2 - ((lines.length + (sign === '' ? 0 : 1)) * 14) / 2 + 10.5;
  return (
    <g
      transform={`translate(${x - width / 2} ${y - height / 2})`}
      role="listitem"
      aria-label={`${id}, ${words}${suspected}`}
    >
      <title>{`${id}${suspected}`}</title>
      <rect
        width={width}
        height={height}
        rx={8}
        className={look.border}
        strokeWidth={role === 'cause' ? 2.5 : 1.5}
        strokeDasharray={role === 'near' && !isSuspected ? '4 3' : undefined}
      />
      {isSuspected && (
        <rect width={width} height={height} rx={8} className="fill-accent" fillOpacity={fillMax * suspicion} />
      )}
      {lines.map((line, index) => (
        <text key={line} x={width / 2} y={top + index * 14} textAnchor="middle" className="fill-current text-[12px]">
          {line}
        </text>
      ))}
      <text x={width / 2} y={top + lines.length * 14} textAnchor="middle" className={`text-[11px] ${look.word}`}>
        {sign}
      </text>
    </g>
  );
}
