import { TenantId, Topology } from '@heliosiq/model';
import type { TopologyStore } from '@heliosiq/ports';
import { describe, expect, it } from 'vitest';
import { createTopologyIntake } from './topology-intake.ts';

const principal = { tenantId: TenantId.parse('acme'), actor: 'test', role: 'operator' } as const;

function openIntake() {
  const stored: Topology[] = [];
  const store: TopologyStore = {
    put: async (_tenantId, topology) => void stored.push(topology),
    ensureAssets: async () => {},
    get: async () => ({ assets: [], edges: [] }),
  };
  return { intake: createTopologyIntake({ topology: store }), stored };
}

describe('topology', () => {
  it('is stored without duplicates and without edges to oneself', async () => {
    const { intake, stored } = openIntake();
    const topology = Topology.parse({
      assets: [{ id: 'a' }, { id: 'a', class: 'service' }],
      edges: [
        { from: 'a', to: 'b', kind: 'calls' },
        { from: 'a', to: 'b', kind: 'calls' },
        { from: 'a', to: 'a', kind: 'calls' },
      ],
    });
    expect(await intake.put(principal, topology)).toEqual({ assets: 1, edges: 1 });
    expect(stored).toEqual([
      { assets: [{ id: 'a', class: 'service', labels: {} }], edges: [{ from: 'a', to: 'b', kind: 'calls' }] },
    ]);
  });

  it('with names that no store keeps is refused as a whole, naming the field', async () => {
    const { intake, stored } = openIntake();
    const topology = Topology.parse({ assets: [{ id: 'a', labels: { os: 'li\0nux' } }], edges: [] });
    await expect(intake.put(principal, topology)).rejects.toMatchObject({ field: 'assets[0].labels.os' });
    expect(stored).toHaveLength(0);
  });
});
