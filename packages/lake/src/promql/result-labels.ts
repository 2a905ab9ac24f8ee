import type { SeriesRef } from '@heliosiq/model';
import type { ResultLabels } from '@heliosiq/ports';

/** What an asset is called where a sender named none. */
const unnamedAsset = 'unnamed';

/**
 * The labels under which PromQL knows a series, without its metric: those it was written with, and `asset` where they do
 * not name the asset already. Samples that came by remote write have thus exactly the labels that they were sent with.
 */
export function resultLabelsOf({ asset, labels }: SeriesRef): ResultLabels {
  return isNamedBy(asset, labels) ? labels : { ...labels, asset };
}

function isNamedBy(asset: string, labels: Readonly<Record<string, string>>): boolean {
  if (labels['asset'] !== undefined || asset === unnamedAsset) return true;
  const values = Object.values(labels).map((value) => value.trim());
  // Joined from several, such as namespace and pod, or cut because it was too long.
  return (
    values.some((value) => value === asset || (asset.length >= 300 && value.startsWith(asset))) ||
    isJoined(asset, values)
  );
}

function isJoined(asset: string, values: readonly string[]): boolean {
  return values.some(
    (value) => value !== '' && asset.startsWith(`${value}/`) && values.includes(asset.slice(value.length + 1)),
  );
}
