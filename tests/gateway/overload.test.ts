import type { HttpDoor } from '@heliosiq/ports';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { openGateway, sample } from './open-gateway.ts';

const mebibyte = 2 ** 20;

/** A door that lets nothing go before the gate opens. */
function gatedDoor() {
  const gate = Promise.withResolvers<void>();
  const state = { inside: 0, done: 0 };
  const door: HttpDoor = {
    name: 'gated',
    method: 'POST',
    path: '/door',
    async handle() {
      state.inside++;
      await gate.promise;
      state.done++;
      return { status: 204 };
    },
  };
  return { door, state, open: gate.resolve };
}

describe('under overload', () => {
  it('doors answer 429 with Retry-After once bodies fill their memory, and take everything again afterwards', async () => {
    const { door, state, open } = gatedDoor();
    const doors = await openGateway({ httpDoors: [door], settings: { bodiesHeldBytesMax: 8 * mebibyte } });
    try {
      const plain = { method: 'POST', body: Buffer.alloc(mebibyte) };
      const zipped = { ...plain, body: gzipSync(plain.body), headers: { 'content-encoding': 'gzip' } };
      const requests = Array.from({ length: 64 }, (_, n) => doors.request('/door', n % 2 === 0 ? plain : zipped));
      const statuses: number[] = [];
      let refused = 0;
      const all = requests.map(async (request) => {
        const response = await request;
        statuses.push(response.status);
        if (response.status !== 429) return;
        refused++;
        expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
      });
      // Some of those refused were so while another was being read: what is let in holds at most the budget.
      await expect.poll(() => refused + state.inside, { timeout: 30_000 }).toBe(64);
      expect(state.inside).toBeGreaterThan(0);
      expect(state.inside).toBeLessThanOrEqual(8);
      open();
      await Promise.all(all);
      expect(statuses.filter((status) => status === 204)).toHaveLength(state.done);
      expect(new Set(statuses)).toEqual(new Set([204, 429]));
      for (let n = 0; n < 20; n++)
        expect((await doors.request('/door', n % 2 === 0 ? plain : zipped)).status).toBe(204);
    } finally {
      open();
      await doors.close();
    }
  });

  it('a sender that went away holds its bytes until the door is done with them, and no longer', async () => {
    const { door, state, open } = gatedDoor();
    const doors = await openGateway({ httpDoors: [door], settings: { bodiesHeldBytesMax: 2 * mebibyte } });
    try {
      const body = Buffer.alloc(1.5 * mebibyte);
      const leaving = new AbortController();
      const gone = doors.request('/door', { method: 'POST', body, signal: leaving.signal });
      await expect.poll(() => state.inside).toBe(1);
      leaving.abort();
      await expect(gone).rejects.toThrow('abort');
      expect((await doors.request('/door', { method: 'POST', body })).status).toBe(429);
      open();
      await expect.poll(() => state.done).toBe(1);
      expect((await doors.request('/door', { method: 'POST', body })).status).toBe(204);
    } finally {
      open();
      await doors.close();
    }
  });

  it('an event loop that is far behind sends data away with 429, and keeps answering people', async () => {
    let lagMs = 0;
    const { door, open } = gatedDoor();
    open();
    const doors = await openGateway({ httpDoors: [door], loopLagMs: () => lagMs, settings: { loopLagMaxMs: 1000 } });
    try {
      lagMs = 3500;
      const refused = await doors.request('/door', { method: 'POST', body: 'x' });
      expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '4']);
      expect((await doors.send([sample()])).status).toBe(429);
      expect((await doors.request('/api/v1/incidents')).status).toBe(200);
      expect(doors.meter.value('heliosiq_http_shed_total')).toBe(2);
      lagMs = 1000;
      expect((await doors.request('/door', { method: 'POST', body: 'x' })).status).toBe(204);
      expect((await doors.send([sample()])).status).toBe(202);
    } finally {
      await doors.close();
    }
  });
});
