import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { request } from 'node:https';
import type { RequestOptions } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApiKey, createAuthenticator } from '../../packages/gateway/src/gateway.ts';
import { createMemoryLogger } from '@heliosiq/adapters/memory/logger.ts';
import { createMemoryMeter } from '@heliosiq/adapters/memory/meter.ts';
import { createMemoryTenantStore } from '@heliosiq/adapters/memory/tenant-store.ts';
import { acme, openGateway, other } from './open-gateway.ts';
import type { OpenGateway } from './open-gateway.ts';

let folder: string;
let doors: OpenGateway;
let key: string;
const file = (name: string): string => join(folder, name);
const openssl = (...words: string[]): void => {
  execFileSync('openssl', words, { cwd: folder, stdio: 'pipe' });
};

function authority(name: string): void {
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', `${name}.key`];
  openssl('req', '-x509', ...key, '-out', `${name}.crt`, '-days', '2', '-subj', `/CN=${name}`);
}

function certificate(name: string, { subject, by }: { readonly subject: string; readonly by: string }): void {
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', `${name}.key`];
  openssl('req', ...key, '-out', `${name}.csr`, '-subj', subject);
  writeFileSync(file('names'), 'subjectAltName=DNS:localhost,IP:127.0.0.1');
  const signer = ['-CA', `${by}.crt`, '-CAkey', `${by}.key`, '-CAcreateserial'];
  openssl('x509', '-req', '-in', `${name}.csr`, ...signer, '-out', `${name}.crt`, '-days', '2', '-extfile', 'names');
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'heliosiq-tls-'));
  authority('house');
  authority('stranger');
  certificate('server', { subject: '/CN=localhost', by: 'house' });
  certificate('plant', { subject: '/O=Acme, Inc./OU=a\\+b/CN=plant-7', by: 'house' });
  certificate('short', { subject: '/CN=plant-8', by: 'house' });
  certificate('unlisted', { subject: '/CN=plant-9', by: 'house' });
  certificate('forged', { subject: '/CN=plant-8', by: 'stranger' });
  const tenants = createMemoryTenantStore();
  for (const id of [acme, other]) await tenants.addTenant({ id, name: id, createdAt: 0 });
  key = (await createApiKey({ tenants, now: Date.now }, { tenantId: acme, name: 'k', role: 'viewer' })).secret;
  doors = await openGateway({
    tenants,
    authenticator: createAuthenticator({
      tenants,
      meter: createMemoryMeter(),
      logger: createMemoryLogger(),
      now: Date.now,
      clients: [
        { subject: 'CN=plant-7,OU=a\\+b,O=Acme\\, Inc.', tenant: acme, role: 'operator' },
        { subject: 'CN=plant-8', tenant: other, role: 'viewer' },
      ],
    }),
    tls: { certFile: file('server.crt'), keyFile: file('server.key'), clientCaFile: file('house.crt') },
  });
}, 120_000);
afterAll(async () => {
  await doors.close();
  rmSync(folder, { recursive: true });
});

async function whoami(options: RequestOptions): Promise<{ readonly status: number; readonly body: unknown }> {
  return new Promise((resolve, reject) => {
    const { port } = new URL(doors.url);
    const trust = { ca: readFileSync(file('house.crt')), host: 'localhost', family: 4, port, path: '/api/v1/whoami' };
    request({ ...trust, agent: false, ...options }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) }));
    })
      .on('error', reject)
      .end();
  });
}

const show = (name: string): RequestOptions => ({
  cert: readFileSync(file(`${name}.crt`)),
  key: readFileSync(file(`${name}.key`)),
});

describe('HTTPS', () => {
  it('serves keys as before', async () => {
    expect(doors.url).toMatch(/^https:/);
    expect(await whoami({ headers: { authorization: `Bearer ${key}` } })).toMatchObject({
      status: 200,
      body: { tenantId: acme, role: 'viewer' },
    });
    expect(await whoami({})).toMatchObject({ status: 401 });
  });

  it('takes a client certificate whose subject is listed as a credential', async () => {
    expect(await whoami(show('plant'))).toEqual({
      status: 200,
      body: { tenantId: acme, actor: 'certificate:CN=plant-7,OU=a\\+b,O=Acme\\, Inc.', role: 'operator' },
    });
    expect(await whoami(show('short'))).toMatchObject({ status: 200, body: { tenantId: other, role: 'viewer' } });
  });

  it.each(['unlisted', 'forged'])('takes no certificate that is %s', async (name) => {
    expect(await whoami(show(name))).toMatchObject({ status: 401, body: { code: 'unauthenticated' } });
  });

  it('goes by the key where a request has both', async () => {
    const options = { ...show('short'), headers: { authorization: `Bearer ${key}` } };
    expect(await whoami(options)).toMatchObject({ status: 200, body: { tenantId: acme } });
    const wrong = { ...show('short'), headers: { authorization: 'Bearer hk_wrong' } };
    expect(await whoami(wrong)).toMatchObject({ status: 401 });
  });

  it('hangs up on a sender that speaks plain HTTP, and goes on', async () => {
    const { port } = new URL(doors.url);
    const outcome = await new Promise((resolve) => {
      httpRequest({ host: '127.0.0.1', port, path: '/health/live' }, (response) => resolve(response.statusCode))
        .on('error', () => resolve('hung up'))
        .end();
    });
    expect(['hung up', 400]).toContain(outcome);
    expect(await whoami(show('short'))).toMatchObject({ status: 200 });
  });

  it('is on further addresses too', async () => {
    const { url } = await doors.gateway.alsoListen({ host: '127.0.0.1', port: 0, paths: ['/api/v1/whoami'] });
    const { port } = new URL(url);
    expect(url).toMatch(/^https:/);
    expect(await whoami({ ...show('short'), port })).toMatchObject({ status: 200, body: { tenantId: other } });
  });

  it('takes over a renewed certificate, keeps the old one while the files are unusable', async () => {
    for (const end of ['crt', 'key']) copyFileSync(file(`server.${end}`), file(`moving.${end}`));
    const moving = await openGateway({
      tls: { certFile: file('moving.crt'), keyFile: file('moving.key') },
      settings: { certificateCheckMs: 20 },
    });
    const { url: further } = await moving.gateway.alsoListen({ host: '127.0.0.1', port: 0, paths: ['/health/live'] });
    const shown = (url: string) =>
      new Promise<string>((resolve, reject) => {
        const socket = connect(
          { host: '127.0.0.1', port: Number(new URL(url).port), rejectUnauthorized: false },
          () => {
            resolve(socket.getPeerX509Certificate()?.subject ?? 'none');
            socket.destroy();
          },
        ).on('error', reject);
      });
    try {
      expect(await shown(moving.url)).toBe('CN=localhost');
      writeFileSync(file('moving.crt'), 'half written');
      await expect
        .poll(() => moving.logger.lines.some(({ message }) => message === 'certificate-not-renewed'))
        .toBe(true);
      expect(await shown(moving.url)).toBe('CN=localhost');
      for (const end of ['crt', 'key']) copyFileSync(file(`short.${end}`), file(`moving.${end}`));
      await expect.poll(() => shown(moving.url)).toBe('CN=plant-8');
      await expect.poll(() => shown(further)).toBe('CN=plant-8');
    } finally {
      await moving.close();
    }
  });

  it('is refused at the start with files that cannot be read or do not belong together', async () => {
    const good = { certFile: file('server.crt'), keyFile: file('server.key') };
    const refused = { code: 'config-invalid', cure: expect.any(String) };
    await expect(openGateway({ tls: { ...good, keyFile: file('gone.key') } })).rejects.toMatchObject(refused);
    await expect(openGateway({ tls: { ...good, keyFile: file('house.key') } })).rejects.toMatchObject(refused);
    await expect(openGateway({ tls: { ...good, certFile: file('names') } })).rejects.toMatchObject(refused);
  });
});
