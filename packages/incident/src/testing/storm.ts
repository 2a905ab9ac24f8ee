import { type Alert, AssetId, type Topology } from '@heliosiq/model';

/** A storm of alerts with its causes known. */
export interface Storm {
  readonly topology: Topology;
  /** In the order of their event times. */
  readonly alerts: readonly Alert[];
  /** Assets by the cause that put them in trouble. */
  readonly causes: readonly (readonly AssetId[])[];
}

/**
 * `alertsCount` alerts within a minute over trees of services, one tree of callers for each cause; each asset fires several
 * rules, again and again. With `isMapped` false nobody knows who calls whom, and labels alone tell.
 */
export function stormOf(given: {
  readonly alertsCount: number;
  readonly assetsCount: number;
  readonly causesCount: number;
  readonly rulesPerAsset: number;
  readonly startAt: number;
  readonly isMapped: boolean;
  /** From 0 to below 1, the same for the same call. */
  readonly random: () => number;
}): Storm {
  const { alertsCount, assetsCount, causesCount, rulesPerAsset, startAt, random } = given;
  const causes = Array.from({ length: causesCount }, (): AssetId[] => []);
  const edges: { from: AssetId; to: AssetId; kind: 'calls' }[] = [];
  const clusterOf = new Map<AssetId, number>();
  for (let index = 0; index < assetsCount; index += 1) {
    const cause = index % causesCount;
    const tree = causes[cause];
    if (tree === undefined) continue;
    const asset = AssetId.parse(`c${cause}-service-${tree.length}`);
    const parent = tree[Math.floor(random() * tree.length)];
    // Trouble flows from the called to the caller: each new service calls one that is there.
    if (parent !== undefined) edges.push({ from: asset, to: parent, kind: 'calls' });
    tree.push(asset);
    clusterOf.set(asset, cause);
  }
  const assets = causes.flat();
  const alerts = Array.from({ length: alertsCount }, (_, index): Alert => {
    const asset = assets[Math.floor(random() * assets.length)] ?? assets[0] ?? AssetId.parse('none');
    const rule =
      ['HighLatency', 'ErrorsBurn', 'QueueGrows', 'PodRestarts'][Math.floor(random() * rulesPerAsset)] ?? 'Down';
    const at = startAt + Math.floor((index * 60_000) / alertsCount);
    return {
      kind: 'alert',
      id: `${asset}-${rule}-${index}`,
      asset,
      at,
      fingerprint: `${asset}/${rule}`,
      status: 'firing',
      title: `${rule} on ${asset}`,
      severity: 'high',
      labels: { alertname: rule, service: asset, cluster: `cluster-${clusterOf.get(asset) ?? 0}` },
    };
  });
  const topology = given.isMapped
    ? { assets: assets.map((id) => ({ id, labels: {} })), edges }
    : { assets: [], edges: [] };
  return { topology, alerts, causes };
}
