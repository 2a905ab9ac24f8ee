import type { AssetId } from '@heliosiq/model';
import { storableText } from '@heliosiq/model/storable-text.ts';
import { assetOfLabels, unnamedAsset } from '../intake/asset-of-labels.ts';
import { attributeText } from './attribute-value.ts';
import type { Attributes } from './attribute-value.ts';
import { boundedText, labelValueLengthMax } from './label-limits.ts';
import { prometheusLabelName } from './prometheus-names.ts';

/** Attributes that name an asset, the best first; `a/b` = both, joined by a slash. */
export const otlpAssetRules: readonly string[] = [
  'device.id',
  'service.namespace/service.name',
  'service.name',
  'k8s.namespace.name/k8s.pod.name',
  'k8s.pod.name',
  'k8s.namespace.name/k8s.deployment.name',
  'k8s.namespace.name/k8s.statefulset.name',
  'k8s.namespace.name/k8s.daemonset.name',
  'host.name',
  'k8s.node.name',
  'host.id',
  'container.name',
  'faas.name',
  'cloud.resource_id',
];

/**
 * Resource attributes that become labels. What changes with every release (`service.version`) or start (`process.pid`)
 * is not among them: it would end every series of the resource and begin others.
 */
export const otlpResourceLabels: readonly string[] = [
  'service.namespace',
  'service.name',
  'deployment.environment',
  'deployment.environment.name',
  'k8s.cluster.name',
  'k8s.namespace.name',
  'k8s.deployment.name',
  'k8s.statefulset.name',
  'k8s.daemonset.name',
  'k8s.job.name',
  'k8s.cronjob.name',
  'k8s.node.name',
  'k8s.pod.name',
  'k8s.container.name',
  'container.name',
  'host.name',
  'cloud.region',
  'cloud.availability_zone',
];

/** What SDKs call a service that was given no name (semantic conventions, `service.name`). */
const unknownService = /^unknown_service(?::|$)/;

/** The asset that the attributes of a resource and of one of its items speak of; the item's win. */
export function assetOfAttributes(resource: Attributes, item: Attributes, rules: readonly string[]): AssetId {
  const named: Record<string, string> = {};
  for (const rule of rules) {
    for (const name of rule.split('/')) {
      const value = item.get(name) ?? resource.get(name);
      if (value !== undefined) named[name] = attributeText(value);
    }
  }
  const service = named['service.name'] ?? '';
  if (unknownService.test(service)) delete named['service.name'];
  const asset = assetOfLabels(named, rules);
  return asset === unnamedAsset ? storableAsset(service) : storableAsset(asset);
}

/** The asset of each item of a resource; items that say nothing of their own share the resource's. */
export function assetOfItems(resource: Attributes, rules: readonly string[]): (item: Attributes) => AssetId {
  const names = new Set(rules.flatMap((rule) => rule.split('/')));
  const shared = assetOfAttributes(resource, new Map(), rules);
  return (item) => {
    for (const name of item.keys()) if (names.has(name)) return assetOfAttributes(resource, item, rules);
    return shared;
  };
}

/** A name as an asset: `unnamed` where it is empty. */
export function storableAsset(name: string): AssetId {
  // Trimming and cutting come first, because a cut may go through a pair of surrogates. The cast holds: neither the
  // length nor the ends of the name change.
  return storableText(assetOfLabels({ name }, ['name'])) as AssetId;
}

/**
 * The labels of a resource: those of `names`, and as in Prometheus `job` (`namespace/name` of the service) and
 * `instance` (`service.instance.id`).
 */
export function labelsOfResource(resource: Attributes, names: readonly string[]): Record<string, string> {
  const labels: Record<string, string> = {};
  const textOf = (name: string): string => boundedText(attributeText(resource.get(name)), labelValueLengthMax);
  for (const name of names) {
    const text = textOf(name);
    if (text !== '') labels[prometheusLabelName(name)] = text;
  }
  const service = textOf('service.name');
  const namespace = textOf('service.namespace');
  const instance = textOf('service.instance.id');
  if (service !== '')
    labels['job'] = boundedText(namespace === '' ? service : `${namespace}/${service}`, labelValueLengthMax);
  if (instance !== '') labels['instance'] = instance;
  return labels;
}
