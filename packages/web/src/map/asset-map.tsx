import type { AssetId } from '@heliosiq/model';
import { useQuery } from '@tanstack/react-query';
import { apiQuery } from '../app/queries.ts';
import { layoutMap } from './map-layout.ts';
import type { PlacedNode } from './map-layout.ts';

/** Who calls whom among the affected assets and their neighbours; callers on the left. */
export function AssetMap({ affected, cause }: { readonly affected: readonly AssetId[]; readonly cause?: string }) {
  const topology = useQuery({ ...apiQuery('getTopology'), staleTime: 60_000 });
  if (topology.data === undefined) return null;
  const map = layoutMap(topology.data, affected, cause);
  if (map.nodes.length < 2) return null;
  return (
    <section aria-label="Map" className="card grid gap-2">
      <h2 className="font-semibold">Where it is</h2>
      <div className="overflow-x-auto">
        <svg
          viewBox={`0 0 ${map.width} ${map.height}`}
          width={map.width}
          height={map.height}
          className="h-auto max-w-none min-w-full text-ink"
          role="img"
          aria-label={`Map of ${map.nodes.length} assets around the incident`}
        >
          {map.edges.map((edge) => (
            <path
              key={`${edge.from}>${edge.to}`}
              d={edge.path}
              className={`fill-none ${edge.hot ? 'stroke-critical' : 'stroke-line'}`}
              strokeWidth={edge.hot ? 2 : 1.5}
            />
          ))}
          {map.nodes.map((node) => (
            <MapNode key={node.id} node={node} />
          ))}
        </svg>
      </div>
      <p className="flex flex-wrap gap-x-4 text-xs text-soft">
        <span>
          <span className="text-critical">●</span> affected
        </span>
        {cause !== undefined && (
          <span>
            <span className="text-accent">●</span> most likely cause
          </span>
        )}
        <span>lines go from caller to called</span>
      </p>
    </section>
  );
}

function MapNode({ node }: { readonly node: PlacedNode }) {
  const border = node.role === 'cause' ? 'stroke-accent' : node.role === 'affected' ? 'stroke-critical' : 'stroke-line';
  return (
    <g transform={`translate(${node.x - node.width / 2} ${node.y - node.height / 2})`}>
      <title>{node.id}</title>
      <rect
        width={node.width}
        height={node.height}
        rx={7}
        className={`fill-raised ${border}`}
        strokeWidth={node.role === 'near' ? 1 : 2}
      />
      <text x={node.width / 2} y={node.height / 2 + 4} textAnchor="middle" className="fill-current text-[11px]">
        {node.words}
      </text>
    </g>
  );
}
