import type { HttpDoor } from '@heliosiq/ports';
import { describe, expect, it } from 'vitest';
import { openGateway, problemIn } from './open-gateway.ts';

const traces: HttpDoor = {
  name: 'traces',
  method: 'POST',
  path: '/v1/traces',
  handle: async () => ({ status: 200, body: 'taken' }),
};
const writer: HttpDoor = { ...traces, name: 'writer', path: '/write' };

describe('a further address', () => {
  it('serves its paths like the main one, and nothing else', async () => {
    const doors = await openGateway({ httpDoors: [traces, writer] });
    try {
      const { url } = await doors.gateway.alsoListen({ host: '127.0.0.1', port: 0, paths: ['/v1/traces'] });
      const headers = { authorization: `Bearer ${await doors.keyOf('operator')}` };
      const post = (path: string) => fetch(`${url}${path}`, { method: 'POST', headers, body: 'x' });
      expect(await (await post('/v1/traces?a=1')).text()).toBe('taken');
      expect((await fetch(`${url}/v1/traces`, { method: 'POST', body: 'x' })).status).toBe(401);
      expect((await fetch(`${url}/v1/traces`)).status).toBe(405);
      for (const path of ['/write', '/api/v1/signals']) expect((await problemIn(await post(path))).status).toBe(404);
      for (const path of ['/', '/metrics', '/health/live', '/v1/logs']) {
        expect((await problemIn(await fetch(`${url}${path}`))).status).toBe(404);
      }
      const main = await fetch(`${doors.url}/v1/traces`, { method: 'POST', headers, body: 'x' });
      expect(await main.text()).toBe('taken');
    } finally {
      await doors.close();
    }
  });

  it('says which port is taken, and goes with the gateway once requests under way have their answer', async () => {
    const gate = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    const slow: HttpDoor = {
      ...traces,
      handle: async () => {
        begun.resolve();
        await gate.promise;
        return { status: 200, body: 'taken' };
      },
    };
    const doors = await openGateway({ httpDoors: [slow] });
    const address = { host: '127.0.0.1', paths: ['/v1/traces'] };
    const taken = doors.gateway.alsoListen({ ...address, port: Number(new URL(doors.url).port) });
    await expect(taken).rejects.toMatchObject({ code: 'port-in-use' });
    const { url } = await doors.gateway.alsoListen({ ...address, port: 0 });
    const headers = { authorization: `Bearer ${await doors.keyOf('operator')}` };
    const answer = fetch(`${url}/v1/traces`, { method: 'POST', headers, body: 'x' });
    await begun.promise;
    const closing = doors.close();
    gate.resolve();
    expect(await (await answer).text()).toBe('taken');
    await closing;
    await expect(fetch(`${url}/v1/traces`)).rejects.toThrow('fetch failed');
  });
});
