import type { AssetId } from '@heliosiq/model';
import type { Neighbourhood } from './neighbourhood.ts';

/** How near something is to an incident, and why it belongs to it. */
export interface Belonging {
  /** Edges to the nearest affected asset; what belongs by likeness counts as the farthest that still belongs. */
  readonly hops: number;
  readonly reason: string;
}

/** Which of several assets is nearest, and how they are connected, in words; undefined when none is near. */
export function nearestAsset(
  asset: AssetId,
  others: Iterable<AssetId>,
  neighbourhood: Neighbourhood,
): Belonging | undefined {
  let nearest: { readonly asset: AssetId; readonly hops: number } | undefined;
  for (const other of others) {
    const hops = neighbourhood.hops(asset, other);
    if (hops === undefined || (nearest !== undefined && hops >= nearest.hops)) continue;
    nearest = { asset: other, hops };
    if (hops === 0) break;
  }
  if (nearest === undefined) return undefined;
  return { hops: nearest.hops, reason: connectionWords(asset, nearest, neighbourhood) };
}

function connectionWords(
  asset: AssetId,
  nearest: { readonly asset: AssetId; readonly hops: number },
  neighbourhood: Neighbourhood,
): string {
  if (nearest.hops === 0) return `${asset} is affected`;
  if (nearest.hops > 1) return `${asset} is ${nearest.hops} steps from ${nearest.asset}`;
  if (neighbourhood.callees(asset).includes(nearest.asset)) return `${asset} calls ${nearest.asset}`;
  if (neighbourhood.callees(nearest.asset).includes(asset)) return `${nearest.asset} calls ${asset}`;
  return `${asset} and ${nearest.asset} are connected`;
}
