import { expect, it } from 'vitest';
import { assetOfAttributes, otlpAssetRules } from './resource-identity.ts';

const assetOf = (resource: Record<string, string>, item: Record<string, string> = {}) =>
  assetOfAttributes(new Map(Object.entries(resource)), new Map(Object.entries(item)), otlpAssetRules);

it.each([
  [{ 'service.name': 'cart', 'host.name': 'h1' }, 'cart'],
  [{ 'service.name': 'cart', 'service.namespace': 'shop' }, 'shop/cart'],
  [{ 'device.id': 'pump-7', 'service.name': 'agent' }, 'pump-7'],
  [{ 'service.name': 'unknown_service:node', 'host.name': 'h1' }, 'h1'],
  [{ 'service.name': 'unknown_service:node' }, 'unknown_service:node'],
  [{ 'k8s.namespace.name': 'prod', 'k8s.pod.name': 'cart-0', 'k8s.node.name': 'n1' }, 'prod/cart-0'],
  [{ 'host.name': ' ' }, 'unnamed'],
  [{ 'host.name': `x${'\u{1F600}'.repeat(150)}` }, `x${'\u{1F600}'.repeat(149)}\u{FFFD}`],
])('%j is the asset %s', (resource, asset) => {
  expect(assetOf(resource)).toBe(asset);
});

it('the attributes of a point win over those of its resource', () => {
  expect(assetOf({ 'service.name': 'gateway' }, { 'device.id': 'pump-7' })).toBe('pump-7');
});
