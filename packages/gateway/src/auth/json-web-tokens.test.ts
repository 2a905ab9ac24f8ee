import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SignJWT, UnsecuredJWT, exportJWK, exportSPKI, generateKeyPair } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { createJsonWebTokens } from './json-web-tokens.ts';

const issuer = 'https://login.example.org';
const audience = 'heliosiq';
const secret = 'a secret of thirty-two bytes or more';
const deps = { isTenant: async (id: string) => id === 'acme', now: Date.now };
const claims = { tenant: 'acme', role: 'operator' };

type Signing = { readonly alg: string; readonly key: CryptoKey | Uint8Array; readonly kid?: string };
let rsa: Awaited<ReturnType<typeof generateKeyPair>>;
let ec: Awaited<ReturnType<typeof generateKeyPair>>;

beforeAll(async () => {
  rsa = await generateKeyPair('RS256', { extractable: true });
  ec = await generateKeyPair('ES256', { extractable: true });
});

const bySecret: Signing = { alg: 'HS256', key: new TextEncoder().encode(secret) };

function tokenOf(
  payload: Record<string, unknown>,
  { alg, key, kid }: Signing = bySecret,
  expires: string | number = '5m',
) {
  return new SignJWT({ iss: issuer, aud: audience, sub: 'alice', ...payload })
    .setProtectedHeader({ alg, ...(kid === undefined ? {} : { kid }) })
    .setExpirationTime(expires)
    .sign(key);
}

async function publicKeys() {
  return {
    keys: [
      { ...(await exportJWK(rsa.publicKey)), kid: 'r' },
      { ...(await exportJWK(ec.publicKey)), kid: 'e' },
    ],
  };
}

describe('a token signed with the secret', () => {
  const tokens = createJsonWebTokens({ issuer, audience, secret }, deps);

  it('speaks for its tenant, role and subject', async () => {
    expect(await tokens.principalOf(await tokenOf(claims))).toEqual({
      tenantId: 'acme',
      actor: 'jwt:alice',
      role: 'operator',
    });
  });

  it.each([
    ['of another issuer', { iss: 'https://evil.example' }],
    ['for another audience', { aud: 'somebody-else' }],
  ])('%s is refused', async (_what, changes) => {
    await expect(tokens.principalOf(await tokenOf({ ...claims, ...changes }))).rejects.toMatchObject({
      code: 'unauthenticated',
    });
  });

  it('is refused when it has expired, never expires, is unsigned, or is signed by another secret', async () => {
    const otherKey = new TextEncoder().encode('another secret of thirty-two bytes or more');
    const endless = await new SignJWT({ iss: issuer, aud: audience, ...claims })
      .setProtectedHeader({ alg: 'HS256' })
      .sign(bySecret.key);
    const bad = [
      await tokenOf(claims, bySecret, Math.floor(Date.now() / 1000) - 60),
      endless,
      new UnsecuredJWT({ iss: issuer, aud: audience, ...claims }).setExpirationTime('5m').encode(),
      await tokenOf(claims, { alg: 'HS256', key: otherKey }),
      'nonsense',
      'a.b.c',
    ];
    for (const token of bad) await expect(tokens.principalOf(token)).rejects.toMatchObject({ code: 'unauthenticated' });
  });

  it.each([
    ['an unknown tenant', { tenant: 'nobody' }, 'claim tenant'],
    ['no tenant', { tenant: undefined }, 'claim tenant'],
    ['a tenant that is no name', { tenant: ['acme'] }, 'claim tenant'],
    ['an unknown role', { role: 'root' }, 'claim role'],
  ])('with %s is forbidden, and the claim is named', async (_what, changes, field) => {
    await expect(tokens.principalOf(await tokenOf({ ...claims, ...changes }))).rejects.toMatchObject({
      code: 'forbidden',
      field,
    });
  });

  it('is refused from its expiry on, also when it was good a moment ago', async () => {
    const clock = { at: Date.now() };
    const watched = createJsonWebTokens({ issuer, audience, secret }, { ...deps, now: () => clock.at });
    const expiresAt = Math.floor(clock.at / 1000) + 60;
    const token = await tokenOf(claims, bySecret, expiresAt);
    // Within the tolerance for clocks that differ.
    clock.at = (expiresAt + 4) * 1000;
    for (let n = 0; n < 2; n++) expect(await watched.principalOf(token)).toMatchObject({ tenantId: 'acme' });
    clock.at = (expiresAt + 5) * 1000;
    await expect(watched.principalOf(token)).rejects.toMatchObject({ code: 'unauthenticated' });
  });

  it('that is good does not make a changed copy of it good', async () => {
    const token = await tokenOf(claims);
    const [head, , signature] = token.split('.');
    const [, otherClaims] = (await tokenOf({ ...claims, role: 'admin' })).split('.');
    await tokens.principalOf(token);
    for (const changed of [`${token.slice(0, -4)}AAAA`, `${head}.${otherClaims}.${signature}`]) {
      await expect(tokens.principalOf(changed)).rejects.toMatchObject({ code: 'unauthenticated' });
    }
    expect(await tokens.principalOf(token)).toMatchObject({ role: 'operator' });
  });

  it('may name tenant and role in claims of other names', async () => {
    const renamed = createJsonWebTokens({ issuer, audience, secret, tenantClaim: 'org', roleClaim: 'level' }, deps);
    expect(await renamed.principalOf(await tokenOf({ org: 'acme', level: 'viewer' }))).toMatchObject({
      role: 'viewer',
    });
  });
});

describe('a token signed with a private key', () => {
  it('is verified with the public key of its id, RS256 and ES256', async () => {
    const tokens = createJsonWebTokens({ issuer, audience, jwks: await publicKeys() }, deps);
    for (const signing of [
      { alg: 'RS256', key: rsa.privateKey, kid: 'r' },
      { alg: 'ES256', key: ec.privateKey, kid: 'e' },
    ]) {
      expect(await tokens.principalOf(await tokenOf(claims, signing))).toMatchObject({ tenantId: 'acme' });
    }
  });

  it('is refused when its key is unknown, and HS256 with the public key as secret is, too', async () => {
    const stranger = await generateKeyPair('RS256');
    const publicText = new TextEncoder().encode(await exportSPKI(rsa.publicKey));
    const forged = [
      await tokenOf(claims, { alg: 'RS256', key: stranger.privateKey, kid: 'r' }),
      await tokenOf(claims, { alg: 'RS256', key: stranger.privateKey, kid: 'x' }),
      await tokenOf(claims, { alg: 'HS256', key: publicText, kid: 'r' }),
    ];
    for (const settings of [{ jwks: await publicKeys() }, { jwks: await publicKeys(), secret }]) {
      const tokens = createJsonWebTokens({ issuer, audience, ...settings }, deps);
      for (const token of forged)
        await expect(tokens.principalOf(token)).rejects.toMatchObject({ code: 'unauthenticated' });
    }
  });

  it('is verified with keys that are fetched, and is no reason to refuse anybody while they cannot be', async () => {
    const keys = JSON.stringify(await publicKeys());
    const server = createServer((_request, response) => response.end(keys)).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const jwksUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`;
    const token = await tokenOf(claims, { alg: 'ES256', key: ec.privateKey, kid: 'e' });
    expect(await createJsonWebTokens({ issuer, audience, jwksUrl }, deps).principalOf(token)).toMatchObject({
      role: 'operator',
    });
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await expect(createJsonWebTokens({ issuer, audience, jwksUrl }, deps).principalOf(token)).rejects.toMatchObject({
      code: 'unavailable',
    });
  });
});

describe('a secret', () => {
  it('of fewer than 32 bytes is refused at the start', () => {
    expect(() => createJsonWebTokens({ issuer, audience, secret: 'short' }, deps)).toThrow(/32 bytes/);
  });
});
