import { createMemoryJobBoard } from '@heliosiq/adapters/memory/job-board.ts';
import { createClient } from '@heliosiq/api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { acme, openGateway, other } from './open-gateway.ts';

const at = Date.UTC(2026, 0, 5);
const retention = { name: 'retention', about: 'forgets what is older than is kept', everyMs: 3_600_000 };

let gateway: Awaited<ReturnType<typeof openGateway>>;
const jobs = createMemoryJobBoard();
const clientOf = async (role: 'viewer' | 'operator' | 'admin', tenantId = acme) =>
  createClient({ baseUrl: gateway.url, token: await gateway.keyOf(role, tenantId) });

beforeAll(async () => {
  gateway = await openGateway({ jobs: { jobs } });
});
afterAll(() => gateway.close());

describe('the doors of jobs', () => {
  it('tell where each job of the tenant stands, and its runs', async () => {
    await jobs.plan(acme, retention, at);
    await jobs.take(acme, 'retention', { holder: 'one', at, until: at + 1 });
    const run = {
      startedAt: at,
      durationMs: 12,
      outcome: 'done',
      detail: 'forgotten: 3 of kind log',
      actor: 'schedule',
    } as const;
    await jobs.finish(acme, { id: 'r1', job: 'retention', ...run }, { holder: 'one', at: at + 3_600_000 });
    expect(await (await clientOf('viewer')).call('readJobs', { query: {} })).toEqual({
      jobs: [{ ...retention, nextAt: at + 3_600_000, lastRun: run }],
      runs: [{ id: 'r1', job: 'retention', ...run }],
    });
    expect(await (await clientOf('viewer', other)).call('readJobs', { query: {} })).toEqual({ jobs: [], runs: [] });
  });

  it('take a wish for a run from an admin, for the own tenant, under a name that is there', async () => {
    await jobs.plan(other, retention, at);
    const asked = (await clientOf('admin')).call('runJob', { params: { name: 'retention' } });
    expect(await asked).toEqual({ name: 'retention', requested: true });
    expect(await jobs.list(acme)).toMatchObject([{ requestedBy: expect.stringMatching(/^key:/) }]);
    expect((await jobs.list(other))[0]?.requestedBy).toBeUndefined();
    for (const role of ['viewer', 'operator'] as const) {
      const refused = (await clientOf(role)).call('runJob', { params: { name: 'retention' } });
      await expect(refused).rejects.toMatchObject({ code: 'forbidden' });
    }
    const unknown = (await clientOf('admin')).call('runJob', { params: { name: 'coffee' } });
    await expect(unknown).rejects.toMatchObject({ code: 'not-found' });
  });
});
