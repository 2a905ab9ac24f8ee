import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Incident, newIncidentId } from '@heliosiq/model';
import { describe, expect, it } from 'vitest';
import { acme, logLine, openGateway, other, problemIn, sample } from './open-gateway.ts';

async function withGateway<Result>(
  changes: Parameters<typeof openGateway>[0],
  use: (doors: Awaited<ReturnType<typeof openGateway>>) => Promise<Result>,
): Promise<Result> {
  const doors = await openGateway(changes);
  try {
    return await use(doors);
  } finally {
    await doors.close();
  }
}

describe('an idempotency key', () => {
  const body = JSON.stringify([{ kind: 'log', asset: 'web', at: Date.now(), body: 'once' }]);

  it('makes a second sending the first one again', () =>
    withGateway({}, async (doors) => {
      const first = await doors.send(body, { 'idempotency-key': 'k1' });
      const second = await doors.send(body, { 'idempotency-key': 'k1' });
      expect([first.status, second.status, second.body]).toEqual([202, 202, first.body]);
      expect([first.headers.get('idempotent-replayed'), second.headers.get('idempotent-replayed')]).toEqual([
        null,
        'true',
      ]);
      expect(await doors.stored()).toHaveLength(1);
    }));

  it('lets twins at the same time run once', () =>
    withGateway({}, async (doors) => {
      const answers = await Promise.all(
        Array.from({ length: 10 }, () => doors.send(body, { 'idempotency-key': 'k2' })),
      );
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
      expect(await doors.stored()).toHaveLength(1);
    }));

  it('is a conflict with another body, and free for another tenant', () =>
    withGateway({}, async (doors) => {
      await doors.send(body, { 'idempotency-key': 'k3' });
      const conflict = await doors.send([sample()], { 'idempotency-key': 'k3' });
      expect([conflict.status, conflict.body.field]).toEqual([409, 'idempotency-key']);
      const free = await doors.send([sample()], { 'idempotency-key': 'k3' }, await doors.keyOf('operator', other));
      expect(free.status).toBe(202);
    }));
});

describe('limits', () => {
  it('answer 429 with Retry-After to a tenant above its rate, not to others, and count it', () =>
    withGateway({ settings: { requestsPerMinute: 3 } }, async (doors) => {
      for (let n = 0; n < 3; n++) expect((await doors.send([sample()])).status).toBe(202);
      const refused = await doors.request('/api/v1/whoami');
      expect(await problemIn(refused)).toMatchObject({ status: 429, code: 'rate-limited', cure: expect.any(String) });
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
      expect((await doors.request('/api/v1/whoami', {}, await doors.keyOf('viewer', other))).status).toBe(200);
      expect(doors.meter.value('heliosiq_http_rate_limited_total', { limit: 'tenant', tenant: acme })).toBe(1);
    }));

  it('answer 429 when too many bodies are in memory, and store what was acknowledged', () => {
    const gate = Promise.withResolvers<void>();
    return withGateway({ settings: { bodiesHeldBytesMax: 100 } }, async (doors) => {
      const append = doors.log.append.bind(doors.log);
      doors.log.append = async (...args) => {
        await gate.promise;
        return append(...args);
      };
      const first = doors.send([logLine('web')]);
      let status = 202;
      while (status === 202) {
        const second = doors.send([logLine('second')]);
        status = (await Promise.race([second, first])).status;
      }
      gate.resolve();
      expect(status).toBe(429);
      expect((await first).status).toBe(202);
      expect(await doors.storedAssets()).toContain('web');
      expect((await doors.send([logLine('db')])).status).toBe(202);
    });
  });

  it('cut off a sender that does not finish its headers', () =>
    withGateway({ settings: { headersTimeoutMs: 300, requestTimeoutMs: 600 } }, async (doors) => {
      const socket = connect(Number(new URL(doors.url).port), '127.0.0.1');
      socket.write('POST /api/v1/signals HTTP/1.1\r\nhost: x\r\n');
      const chunks: Buffer[] = [];
      for await (const chunk of socket) chunks.push(chunk as Buffer);
      expect(Buffer.concat(chunks).toString()).toMatch(/^HTTP\/1.1 408 .*problem\+json/s);
    }));
});

describe('the live stream', () => {
  it('brings a tenant its incidents as they happen, and what it missed after a reconnect', () =>
    withGateway({}, async (doors) => {
      const first = await doors.request('/api/v1/stream');
      expect(first.headers.get('content-type')).toBe('text/event-stream');
      const tell = (incident: Incident) =>
        doors.log.append(incident.tenantId, 'incidents', [
          {
            key: incident.id,
            id: incident.id,
            value: Buffer.from(JSON.stringify({ kind: 'incident-opened', incident })),
          },
        ]);
      const [theirs, ours, missed] = [incidentOf(other), incidentOf(acme), incidentOf(acme)];
      const seen = eventsIn(first);
      await tell(theirs);
      await tell(ours);
      const event = await seen.next();
      expect(event.value).toMatchObject({ event: 'incident', data: { kind: 'incident', incident: { id: ours.id } } });
      await seen.return();
      await tell(missed);
      const again = eventsIn(
        await doors.request('/api/v1/stream', { headers: { 'last-event-id': event.value?.id ?? '' } }),
      );
      expect((await again.next()).value).toMatchObject({ data: { incident: { id: missed.id } } });
    }));

  it('ends when the doors close', async () => {
    const doors = await openGateway();
    const response = await doors.request('/api/v1/stream');
    const closing = doors.close();
    expect(await response.text()).toContain('retry:');
    await closing;
  });
});

describe('the page', () => {
  it('is served with a strict policy, its paths lead to index.html, and hashed files may be cached for good', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'heliosiq-web-'));
    await mkdir(join(folder, 'assets'));
    await writeFile(join(folder, 'index.html'), '<!doctype html><title>built</title>');
    await writeFile(join(folder, 'assets', 'app-1a2b.js'), 'export {};');
    await withGateway({ webFolder: folder }, async (doors) => {
      for (const path of ['/', '/incidents/some-id']) {
        const page = await fetch(`${doors.url}${path}`);
        expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('built')]);
        expect(page.headers.get('content-security-policy')).toMatch(/^default-src 'none'; script-src 'self';/);
        expect(page.headers.get('cache-control')).toBe('no-cache');
      }
      const asset = await fetch(`${doors.url}/assets/app-1a2b.js`);
      expect(asset.headers.get('cache-control')).toContain('immutable');
      expect(asset.headers.get('content-type')).toContain('javascript');
      for (const path of ['/assets/gone.js', '/api/v1/gone', '/..%2f..%2fetc/passwd', '/.env']) {
        expect([path, (await fetch(`${doors.url}${path}`)).ok]).toEqual([path, false]);
      }
    });
    await rm(folder, { recursive: true });
  });

  it('that is not built says how to build it', () =>
    withGateway({ webFolder: join(tmpdir(), 'heliosiq-not-built') }, async (doors) => {
      const page = await fetch(doors.url);
      expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('npm run build')]);
    }));
});

describe('a process of one role', () => {
  it('serves its own part, health and metrics; other paths are unknown and not in its contract', () =>
    withGateway({ lake: undefined, incidents: undefined, knowledge: undefined }, async (doors) => {
      expect((await doors.send([sample()])).status).toBe(202);
      expect((await fetch(`${doors.url}/health/live`)).status).toBe(200);
      for (const path of ['/api/v1/incidents', '/api/v1/stream', '/api/v1/documents', '/']) {
        expect(await problemIn(await doors.request(path))).toMatchObject({ status: 404, code: 'not-found' });
      }
      const contract = (await (await fetch(`${doors.url}/openapi.json`)).json()) as { paths: Record<string, object> };
      expect(Object.keys(contract.paths)).toContain('/metrics');
      expect(Object.keys(contract.paths)).not.toContain('/api/v1/incidents');
      expect(Object.keys(contract.paths['/api/v1/signals'] ?? {})).toEqual(['post']);
      const wrongMethod = await doors.request('/api/v1/signals');
      expect([wrongMethod.status, wrongMethod.headers.get('allow')]).toEqual([405, 'POST, OPTIONS']);
    }));
});

describe('operations', () => {
  it('tell life, readiness, metrics and contract without a credential, and whoever has no component ready says 503', () => {
    const checks = [{ name: 'store', check: async () => Promise.reject(new Error('secret detail')) }];
    return withGateway({ checks }, async (doors) => {
      expect((await fetch(`${doors.url}/health/live`)).status).toBe(200);
      const ready = await fetch(`${doors.url}/health/ready`);
      const text = await ready.text();
      expect(ready.status).toBe(503);
      expect(JSON.parse(text)).toMatchObject({ ready: false, components: [{ name: 'store', ok: false }] });
      expect(text).not.toContain('secret detail');
      expect(await (await fetch(`${doors.url}/metrics`)).text()).toBe('# metrics\n');
      expect(await (await fetch(`${doors.url}/openapi.json`)).json()).toMatchObject({ openapi: '3.1.0' });
    });
  });

  it('count requests by route pattern and never by raw path', () =>
    withGateway({}, async (doors) => {
      const response = await doors.request(`/api/v1/incidents/${newIncidentId()}`);
      await response.text();
      await expect
        .poll(() =>
          doors.meter.value('heliosiq_http_requests_total', {
            method: 'GET',
            route: '/api/v1/incidents/:id',
            status: '404',
          }),
        )
        .toBe(1);
    }));

  it('keep a sane request id, replace another, and pass it on to the log records', () =>
    withGateway({}, async (doors) => {
      const { headers } = await doors.send([sample()], { 'x-request-id': 'trace-1' });
      expect(headers.get('x-request-id')).toBe('trace-1');
      expect((await doors.stored())[0]?.headers).toMatchObject({ 'correlation-id': 'trace-1' });
      const replaced = await doors.request('/health/live', { headers: { 'x-request-id': 'a b<script>' } });
      expect(replaced.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    }));

  it('say which port is taken', () =>
    withGateway({}, async (doors) => {
      const port = Number(new URL(doors.url).port);
      await expect(openGateway({}, port)).rejects.toMatchObject({ code: 'port-in-use', cure: expect.any(String) });
    }));
});

function incidentOf(tenantId: typeof acme): Incident {
  const at = Date.now();
  return Incident.parse({
    id: newIncidentId(),
    tenantId,
    revision: 1,
    title: 'Latency',
    status: 'open',
    severity: 'high',
    fingerprint: 'f',
    startedAt: at,
    openedAt: at,
    updatedAt: at,
    lastSeenAt: at,
    reopenedCount: 0,
    assets: [],
    anomalyIds: [],
    alertFingerprints: [],
    occurrences: 1,
  });
}

/** The events of an SSE answer, without its comments. */
async function* eventsIn(response: Response) {
  let text = '';
  for await (const chunk of response.body ?? []) {
    text += new TextDecoder().decode(chunk);
    for (let end = text.indexOf('\n\n'); end !== -1; end = text.indexOf('\n\n')) {
      const fields = new Map(
        text
          .slice(0, end)
          .split('\n')
          .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
      );
      text = text.slice(end + 2);
      const data = fields.get('data');
      if (data !== undefined) yield { id: fields.get('id'), event: fields.get('event'), data: JSON.parse(data) };
    }
  }
}
