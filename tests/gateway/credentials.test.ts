import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { acme, logLine, openGateway, other, problemIn, sample } from './open-gateway.ts';
import type { OpenGateway } from './open-gateway.ts';

let doors: OpenGateway;

beforeAll(async () => {
  doors = await openGateway();
});
afterAll(() => doors.close());

describe('an API key', () => {
  it.each([
    ['none', ''],
    ['an unknown one', 'hk_0199d3a0-0000-7000-8000-000000000000_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'],
    ['a malformed one', 'hk_nonsense'],
    ['a token of another kind', 'eyJhbGciOiJub25lIn0.e30.'],
  ])('is needed: %s is unauthenticated', async (_what, token) => {
    const response = await doors.request('/api/v1/whoami', {}, token);
    expect(await problemIn(response)).toMatchObject({
      status: 401,
      code: 'unauthenticated',
      field: 'authorization',
      cure: expect.any(String),
    });
    expect(response.headers.get('www-authenticate')).toBe('Bearer');
  });

  it('with another id than its own is refused', async () => {
    const [first, second] = [await doors.keyOf('admin'), await doors.keyOf('viewer')];
    const swapped = `${second.slice(0, 40)}${first.slice(40)}`;
    expect((await doors.request('/api/v1/whoami', {}, swapped)).status).toBe(401);
  });

  it('of too small a role is forbidden, and nothing is stored', async () => {
    const before = (await doors.stored()).length;
    const viewer = await doors.keyOf('viewer');
    const { status, body } = await doors.send([sample()], {}, viewer);
    expect([status, body.code, body.cure]).toEqual([403, 'forbidden', 'Use a credential of the role operator']);
    expect((await doors.request('/api/v1/keys')).status).toBe(403);
    expect((await doors.stored()).length).toBe(before);
  });

  it('writes to its own tenant and to no other', async () => {
    await doors.send([logLine('theirs')], {}, await doors.keyOf('operator', other));
    expect(await doors.storedAssets(other)).toEqual(['theirs']);
    expect(await doors.storedAssets(acme)).not.toContain('theirs');
  });

  it('is made once, listed without its secret, and refused from the moment it is revoked', async () => {
    const admin = await doors.keyOf('admin');
    const made = await doors.request('/api/v1/keys', { method: 'POST', body: '{"name":"ci","role":"viewer"}' }, admin);
    expect(made.status).toBe(201);
    const { key, secret } = (await made.json()) as { key: { id: string }; secret: string };
    expect(await (await doors.request('/api/v1/whoami', {}, secret)).json()).toEqual({
      tenantId: acme,
      actor: `key:${key.id}`,
      role: 'viewer',
    });
    const list = await (await doors.request('/api/v1/keys', {}, admin)).text();
    expect(list).toContain(key.id);
    expect(list).not.toContain(secret.slice(-43));
    expect((await doors.request(`/api/v1/keys/${key.id}`, { method: 'DELETE' }, admin)).status).toBe(204);
    expect((await doors.request('/api/v1/whoami', {}, secret)).status).toBe(401);
    expect((await doors.request(`/api/v1/keys/${key.id}`, { method: 'DELETE' }, admin)).status).toBe(404);
  });

  it('never gets into the log', async () => {
    const secret = await doors.keyOf('viewer');
    await doors.send([sample({ value: 'x' }), sample()], {}, secret);
    await doors.request('/api/v1/incidents/x', {}, secret);
    expect(JSON.stringify(doors.logger.lines)).not.toContain(secret.slice(-43));
  });
});

describe('the loopback session', () => {
  let demo: OpenGateway;
  beforeAll(async () => {
    demo = await openGateway({ loopbackSession: { tenantId: acme, role: 'operator' } });
  });
  afterAll(() => demo.close());

  /** Sends any header, also those that `fetch` keeps to itself. */
  function ask(method: string, headers: Record<string, string>): Promise<number | undefined> {
    const { port } = new URL(demo.url);
    return new Promise((resolve, reject) => {
      const path = method === 'GET' ? '/api/v1/whoami' : '/api/v1/signals';
      const outgoing = httpRequest({
        host: '127.0.0.1',
        port,
        path,
        method,
        headers: { host: `localhost:${port}`, ...headers },
      });
      outgoing.on('response', (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      outgoing.on('error', reject);
      outgoing.end(method === 'GET' ? undefined : '[]');
    });
  }
  const json = { 'content-type': 'application/json' };

  it('serves this machine without a key', async () => {
    expect(await ask('GET', {})).toBe(200);
    expect(await ask('POST', json)).toBe(202);
    expect(
      await ask('POST', {
        ...json,
        origin: demo.url.replace('127.0.0.1', 'localhost'),
        'sec-fetch-site': 'same-origin',
      }),
    ).toBe(202);
  });

  it('does not serve a page that was rebound to this machine', async () => {
    expect(await ask('GET', { host: 'evil.example' })).toBe(401);
    expect(await ask('GET', { host: `evil.example:${new URL(demo.url).port}` })).toBe(401);
    expect(await ask('GET', { host: 'localhost:1' })).toBe(401);
  });

  it('does not let another site change anything', async () => {
    expect(await ask('POST', { ...json, origin: 'https://evil.example' })).toBe(403);
    expect(await ask('POST', { ...json, origin: 'null' })).toBe(403);
    expect(await ask('POST', { ...json, 'sec-fetch-site': 'cross-site' })).toBe(403);
    expect(await ask('GET', { 'sec-fetch-site': 'cross-site' })).toBe(401);
  });

  it('does not serve what a proxy on this machine forwards', async () => {
    expect(await ask('GET', { 'x-forwarded-for': '203.0.113.9' })).toBe(401);
  });

  it('does not stand in for a bad credential', async () => {
    expect(await ask('GET', { authorization: 'Bearer hk_wrong' })).toBe(401);
  });
});
