import { assetLabelsDefault } from '../intake/asset-of-labels.ts';

const dayMs = 86_400_000;

/** How the door for remote write behaves. */
export interface RemoteWriteSettings {
  /** Labels that name the asset of a series, the best first; `a/b` = both. */
  readonly assetLabels: readonly string[];
  /** Label by which replicas of one Prometheus tell themselves apart. */
  readonly haReplicaLabel: string;
  /** Label that names the group of such replicas. */
  readonly haClusterLabel: string;
  /** Silence after which another replica is taken. */
  readonly haFailoverMs: number;
  /** A sample may be this much older than now. */
  readonly ageMaxMs: number;
  /** A sample may be this much ahead of now: clocks differ. */
  readonly futureMaxMs: number;
  /** Bytes of a body after decompression. */
  readonly decodedBytesMax: number;
  /** Samples and other signals of one request, those that native histograms become included. */
  readonly signalsMax: number;
  /** Series whose identity is kept in memory, of all tenants together; a kilobyte each at most. */
  readonly seriesCachedMax: number;
}

export const remoteWriteDefaults: RemoteWriteSettings = {
  assetLabels: assetLabelsDefault,
  haReplicaLabel: '__replica__',
  haClusterLabel: 'cluster',
  haFailoverMs: 30_000,
  ageMaxMs: 400 * dayMs,
  futureMaxMs: 10 * 60_000,
  decodedBytesMax: 32 * 2 ** 20,
  signalsMax: 200_000,
  seriesCachedMax: 400_000,
};
