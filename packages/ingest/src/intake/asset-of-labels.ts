import type { AssetId } from '@heliosiq/model';

/** Labels that name an asset, the best first; `a/b` = both, joined by a slash. */
export const assetLabelsDefault: readonly string[] = [
  'asset',
  'device_id',
  'service_name',
  'namespace/pod',
  'instance',
  'host',
  'hostname',
  'job',
];

/** The asset of what has none of the labels. */
export const unnamedAsset = 'unnamed';

const assetLengthMax = 300;

/** The asset that labels speak of: the first rule whose labels are all there and not empty. */
export function assetOfLabels(
  labels: Readonly<Record<string, string>>,
  rules: readonly string[] = assetLabelsDefault,
): AssetId {
  for (const rule of rules) {
    if (!rule.includes('/')) {
      const name = labels[rule]?.trim() ?? '';
      if (name === '') continue;
      return (name.length > assetLengthMax ? name.slice(0, assetLengthMax).trim() : name) as AssetId; // as below
    }
    const parts = rule.split('/').map((name) => labels[name]?.trim() ?? '');
    // The cast holds: trimmed parts that are not empty, cut to what an asset's name may have.
    if (parts.every((part) => part !== '')) return parts.join('/').slice(0, assetLengthMax).trim() as AssetId;
  }
  return unnamedAsset as AssetId; // a valid name
}
