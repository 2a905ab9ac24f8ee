import { TenantId } from '@heliosiq/model';
import type { AssetId } from '@heliosiq/model';
import { describe, expect, it } from 'vitest';
import { createSeriesNaming } from './stored-labels.ts';

const tenantId = TenantId.parse('acme');
const naming = createSeriesNaming(
  {
    assetLabels: ['instance'],
    // The cast holds: neither text is empty.
    assetOf: (labels) => (labels['instance'] ?? 'unnamed') as AssetId,
    unitOf: (metric) => (metric.endsWith('_seconds') ? 's' : undefined),
  },
  { cluster: 'eu-1' },
);

function words(asset: string, metric: string, labels: Record<string, string>) {
  return { asset: asset as AssetId, metric, labels }; // a name that is not empty
}

describe('the labels of a series on a server', () => {
  it('are its own where they name the asset, and one more where they do not', () => {
    expect(naming.labelsOf(words('web', 'up', { instance: 'web' }))).toEqual({
      __name__: 'up',
      instance: 'web',
      cluster: 'eu-1',
    });
    expect(naming.labelsOf(words('web', 'up', {}))).toMatchObject({ heliosiq_asset: 'web' });
    expect(naming.labelsOf(words('unnamed', 'up', {}))).not.toHaveProperty('heliosiq_asset');
  });

  it('read as the series that was written, whatever its names', () => {
    for (const one of [
      words('web', 'up', { instance: 'web' }),
      words('pump/7', 'temperature °C', { 'http.status': '500', cluster: 'of its own', __name__: 'x', empty: '' }),
      words('unnamed', 'U__x', { heliosiq_asset: 'a', heliosiq_empty: 'b', U__y: 'c', '': 'd' }),
    ]) {
      expect(naming.seriesOf(tenantId, naming.labelsOf(one))).toMatchObject(one);
    }
  });

  it('cannot be passed off as those of another by a label of the sender', () => {
    expect(naming.labelsOf(words('web', 'up', { cluster: 'us-2' }))['cluster']).toBe('eu-1');
  });

  it('of somebody else are read with the asset and the unit that they tell', () => {
    const stored = { __name__: 'latency_seconds', instance: 'db', cluster: 'eu-1', 'http.route': '/x' };
    expect(naming.seriesOf(tenantId, stored)).toMatchObject({
      ...{ asset: 'db', metric: 'latency_seconds', unit: 's' },
      labels: { instance: 'db', 'http.route': '/x' },
    });
    expect(naming.seriesOf(tenantId, { instance: 'db' })).toBeUndefined();
  });
});
