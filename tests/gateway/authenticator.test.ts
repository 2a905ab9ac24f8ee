import { createMemoryLogger } from '@heliosiq/adapters/memory/logger.ts';
import { createMemoryMeter } from '@heliosiq/adapters/memory/meter.ts';
import { createMemoryTenantStore } from '@heliosiq/adapters/memory/tenant-store.ts';
import { describe, expect, it } from 'vitest';
import { createApiKey, createAuthenticator } from '../../packages/gateway/src/gateway.ts';
import type { AuthenticatorDeps } from '../../packages/gateway/src/gateway.ts';
import { acme, openGateway, other } from './open-gateway.ts';

/** An authenticator over a store that counts what is asked of it, with a clock of its own. */
async function setUp(changes: Partial<AuthenticatorDeps> = {}) {
  const store = createMemoryTenantStore();
  const meter = createMemoryMeter();
  const calls = { findKey: 0, touchKey: 0, tenants: 0 };
  const state = { at: Date.now(), isDown: false };
  const now = (): number => state.at;
  const tenants: typeof store = {
    ...store,
    async findKey(secretHash) {
      calls.findKey++;
      if (state.isDown) throw new Error('the store is down');
      return store.findKey(secretHash);
    },
    async touchKey(...use) {
      calls.touchKey++;
      return store.touchKey(...use);
    },
    async tenants() {
      calls.tenants++;
      return store.tenants();
    },
  };
  for (const id of [acme, other]) await store.addTenant({ id, name: id, createdAt: 0 });
  const make = () => createAuthenticator({ tenants, meter, logger: createMemoryLogger(), now, ...changes });
  const { key, secret } = await createApiKey({ tenants, now }, { tenantId: acme, name: 'k', role: 'operator' });
  return {
    authenticator: make(),
    make,
    store,
    meter,
    calls,
    state,
    key,
    secret,
    token: { kind: 'token', token: secret } as const,
  };
}

describe('a key', () => {
  it('is looked up once for any number of requests, at once or in a row, and its use noted once', async () => {
    const { authenticator, calls, token, state } = await setUp();
    await Promise.all(Array.from({ length: 100 }, () => authenticator.authenticate(token)));
    for (let n = 0; n < 100; n++) await authenticator.authenticate(token);
    expect(calls).toMatchObject({ findKey: 1, touchKey: 1 });
    for (let n = 0; n < 11; n++) {
      state.at += 5000;
      await authenticator.authenticate(token);
    }
    expect(calls).toMatchObject({ findKey: 12, touchKey: 1 });
    state.at += 5000;
    await authenticator.authenticate(token);
    expect(calls.touchKey).toBe(2);
  });

  it('is known without a wait for 5 s after it was checked, in its exact form and until it is revoked', async () => {
    const { authenticator, key, secret, state, token } = await setUp();
    expect(authenticator.known(token)).toBeUndefined();
    const principal = await authenticator.authenticate(token);
    expect(authenticator.known(token)).toBe(principal);
    const otherId = secret.replace(key.id, '00000000-0000-7000-8000-000000000000');
    const otherForm = secret.replace(`${key.id}_`, `${key.id}-`);
    for (const wrong of [otherId, otherForm, `${secret}x`, secret.slice(0, -1)]) {
      expect(authenticator.known({ kind: 'token', token: wrong })).toBeUndefined();
    }
    state.at += 5000;
    expect(authenticator.known(token)).toBeUndefined();
    await authenticator.authenticate(token);
    await authenticator.revokeKey(acme, key.id);
    expect(authenticator.known(token)).toBeUndefined();
  });

  it('that was revoked is refused here at once, and elsewhere within 5 s', async () => {
    const { authenticator, make, token, key, state } = await setUp();
    const elsewhere = make();
    await Promise.all([authenticator.authenticate(token), elsewhere.authenticate(token)]);
    expect(await authenticator.revokeKey(acme, key.id)).toBe(true);
    await expect(authenticator.authenticate(token)).rejects.toMatchObject({ code: 'unauthenticated' });
    state.at += 5000;
    await expect(elsewhere.authenticate(token)).rejects.toMatchObject({ code: 'unauthenticated' });
  });

  it('that is revoked while it is being looked up is not remembered as good', async () => {
    const { authenticator, token, key } = await setUp();
    const early = authenticator.authenticate(token);
    await authenticator.revokeKey(acme, key.id);
    await early.catch(() => undefined);
    await expect(authenticator.authenticate(token)).rejects.toMatchObject({ code: 'unauthenticated' });
  });

  it('that was good a minute ago still is while the store cannot be asked, and no longer than that', async () => {
    const { authenticator, token, state } = await setUp();
    await authenticator.authenticate(token);
    state.isDown = true;
    state.at += 59_000;
    expect(await authenticator.authenticate(token)).toMatchObject({ tenantId: acme });
    state.at += 1000;
    await expect(authenticator.authenticate(token)).rejects.toThrow('the store is down');
    state.isDown = false;
    expect(await authenticator.authenticate(token)).toMatchObject({ tenantId: acme });
  });

  it('is a password too, for any user but another tenant', async () => {
    const { authenticator, secret, calls } = await setUp();
    for (const user of ['', 'acme', 'prometheus', 'nobody']) {
      const principal = await authenticator.authenticate({ kind: 'password', user, password: secret });
      expect(principal).toMatchObject({ tenantId: acme, role: 'operator' });
    }
    const wrong = authenticator.authenticate({ kind: 'password', user: 'other', password: secret });
    await expect(wrong).rejects.toMatchObject({ code: 'unauthenticated' });
    const guess = authenticator.authenticate({ kind: 'password', user: 'acme', password: 'acme' });
    await expect(guess).rejects.toMatchObject({ code: 'unauthenticated' });
    expect(calls.tenants).toBe(1);
  });
});

describe('a client certificate', () => {
  const clients = [{ subject: 'CN=plant-7, O=Acme', tenant: acme, role: 'operator' }] as const;

  it('speaks for the tenant that its subject is listed with, however the subject is written', async () => {
    const { authenticator } = await setUp({ clients });
    for (const subject of ['CN=plant-7,O=Acme', 'O=Acme\nCN=plant-7', 'cn=plant-7,o=Acme']) {
      expect(await authenticator.authenticate({ kind: 'certificate', subject })).toEqual({
        tenantId: acme,
        actor: 'certificate:CN=plant-7,O=Acme',
        role: 'operator',
      });
    }
    for (const subject of ['CN=plant-8,O=Acme', 'O=Acme,CN=plant-7', '', 'plant-7']) {
      const refused = authenticator.authenticate({ kind: 'certificate', subject });
      await expect(refused).rejects.toMatchObject({ code: 'unauthenticated' });
    }
  });

  it('is not listed when it is no name, or twice', async () => {
    const [client] = clients;
    await expect(setUp({ clients: [client, client] })).rejects.toMatchObject({ code: 'config-invalid' });
    await expect(setUp({ clients: [{ ...client, subject: 'x' }] })).rejects.toMatchObject({ code: 'config-invalid' });
  });
});

describe('bad credentials', () => {
  it('are limited for each sender that is named, counted by kind, and leave good ones alone', async () => {
    const { authenticator, meter, token } = await setUp({ badCredentialsPerMinute: 2 });
    const guess = (from?: string) => authenticator.authenticate({ kind: 'password', user: 'u', password: 'p' }, from);
    for (const from of ['10.0.0.1', '10.0.0.1', 'mqtt-client', undefined, undefined, undefined]) {
      await expect(guess(from)).rejects.toMatchObject({ code: 'unauthenticated' });
    }
    await expect(guess('10.0.0.1')).rejects.toMatchObject({ code: 'rate-limited', retryAfterS: expect.any(Number) });
    expect(await authenticator.authenticate(token, '10.0.0.1')).toMatchObject({ tenantId: acme });
    expect(meter.value('heliosiq_credentials_refused_total', { kind: 'password' })).toBe(7);
    expect(meter.value('heliosiq_http_rate_limited_total', { limit: 'address', tenant: '' })).toBe(1);
  });
});

describe('a request', () => {
  it('may carry a key as Basic, and is told what is wrong with another form', async () => {
    const doors = await openGateway();
    try {
      const key = await doors.keyOf('viewer');
      const ask = async (authorization: string) => {
        const response = await fetch(`${doors.url}/api/v1/whoami`, { headers: { authorization } });
        return { status: response.status, body: (await response.json()) as Record<string, string> };
      };
      const basic = (pair: string): string => `Basic ${Buffer.from(pair).toString('base64')}`;
      for (const user of ['acme', '', 'grafana']) {
        expect(await ask(basic(`${user}:${key}`))).toMatchObject({ status: 200, body: { tenantId: acme } });
      }
      expect(await ask(`basic ${Buffer.from(`x:${key}`).toString('base64url')}`)).toMatchObject({ status: 200 });
      for (const wrong of [
        basic(`other:${key}`),
        basic(key),
        basic('acme:'),
        'Basic',
        'Basic !',
        'Digest x=y',
        'Bearer',
      ]) {
        const { status, body } = await ask(wrong);
        expect([wrong, status, body['code']]).toEqual([wrong, 401, 'unauthenticated']);
      }
    } finally {
      await doors.close();
    }
  });
});
