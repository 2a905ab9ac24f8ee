import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Client } from '@heliosiq/api';
import { describe, expect, it, vi } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { startProcess } from '../support/program-process.ts';
import { settled } from '../support/settled.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** More rounds on demand: `HELIOS_TEST_KILL_ROUNDS=50`. */
const rounds = Number(process.env['HELIOS_TEST_KILL_ROUNDS'] ?? 4);
const alertCount = 12;
/** Bodies that are acknowledged between two kills at least; most of their changes are saved in no book then. */
const bodiesPerRound = 15;
const retryMs = 50;
const outageMaxMs = 120_000;
const zeroTime = '0001-01-01T00:00:00Z';

/** A receiver that remembers the status that it was told, by the id of the message: one that comes again is the same. */
async function openReceiver() {
  const told = new Map<string, string>();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      // The cast holds for what this program sends: a body in the shape of Alertmanager.
      const { status } = JSON.parse(Buffer.concat(chunks).toString()) as { readonly status: string };
      told.set(String(request.headers['x-heliosiq-delivery']), status);
      response.writeHead(200).end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    // The cast holds for a TCP listener.
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    told,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** What an Alertmanager knows of one alert. */
interface SenderAlert {
  readonly fingerprint: string;
  readonly asset: string;
  isFiring: boolean;
  startsAt: number;
  endsAt: number;
  firings: number;
  ends: number;
}

/** Alerts that fire and end in turn; every third firing is told with the start of the one before, as senders do that forgot the end. */
function createSender() {
  const alerts = Array.from({ length: alertCount }, (_, index): SenderAlert => ({
    fingerprint: `feed${String(index).padStart(12, '0')}`,
    asset: `killed-${index}`,
    ...{ isFiring: false, startsAt: 0, endsAt: 0, firings: 0, ends: 0 },
  }));
  let moment = 0;

  /** A moment after all before. */
  function next(): number {
    moment = Math.max(moment + 1, Date.now());
    return moment;
  }

  function bodyOf(group: readonly SenderAlert[]): string {
    return JSON.stringify({
      ...{ receiver: 'heliosiq', status: 'firing', version: '4', groupKey: '{}', truncatedAlerts: 0 },
      ...{ groupLabels: {}, commonLabels: {}, commonAnnotations: {}, externalURL: 'http://alertmanager:9093' },
      alerts: group.map(({ fingerprint, asset, isFiring, startsAt, endsAt }) => ({
        status: isFiring ? 'firing' : 'resolved',
        labels: { alertname: `Lost ${asset}`, instance: asset, severity: 'critical' },
        annotations: { summary: `${asset} is lost` },
        startsAt: new Date(startsAt).toISOString(),
        endsAt: isFiring ? zeroTime : new Date(endsAt).toISOString(),
        generatorURL: 'http://prometheus:9090/graph',
        fingerprint,
      })),
    });
  }

  return {
    alerts,
    /** The next change of one alert, in a body with all that has been told of before. */
    change(number: number): string {
      const changed = alerts[(number * 5) % alertCount];
      if (changed === undefined) throw new Error('there is no such alert');
      if (changed.isFiring) {
        changed.endsAt = next();
        changed.ends += 1;
      } else {
        const isToldAgain = changed.firings > 0 && changed.firings % 3 === 0;
        if (!isToldAgain) changed.startsAt = next();
        changed.firings += 1;
      }
      changed.isFiring = !changed.isFiring;
      return bodyOf(alerts.filter(({ firings }) => firings > 0));
    },
    /** All alerts as they stand. */
    resend: () => bodyOf(alerts.filter(({ firings }) => firings > 0)),
  };
}

/** How an incident opened, ended and opened again, in order. */
async function turnsOf(client: Client, id: string) {
  const turns = new Map<number, string>();
  const limit = 1000;
  for (let skip = 0; ; skip += limit) {
    const query = { limit: String(limit), skip: String(skip) };
    const { timeline } = await client.call('listIncidentTimeline', { params: { id }, query });
    for (const { id: entryId, kind } of timeline) {
      const revision = /^incident-(?:opened|reopened|resolved):(\d+)$/.exec(entryId)?.[1];
      if (revision !== undefined) turns.set(Number(revision), kind);
    }
    if (timeline.length < limit) break;
  }
  return [...turns].toSorted(([one], [other]) => one - other).map(([revision, kind]) => ({ revision, kind }));
}

describe('alerts of a program that is killed under load', () => {
  it(
    `have lost no recurrence, opened no incident twice and told nobody twice after ${rounds} rounds of kill -9`,
    { timeout: 300_000 + rounds * 240_000 },
    async () => {
      await using folder = await temporaryFolder();
      await using receiver = await openReceiver();
      const webhooks = [{ name: 'test', url: receiver.url, secret: 'none of your business' }];
      const port = String(await freePort());
      const start = () =>
        startProcess(folder.path, { HELIOS_PORT: port, HELIOS_NOTIFY_WEBHOOKS: JSON.stringify(webhooks) });
      let program = await start();
      const key = program.adminKey ?? '';
      const url = `${program.url}/api/v1/alertmanager/webhook`;
      const sender = createSender();
      const refusals: string[] = [];
      const stopping = new AbortController();
      const beganAt = Date.now() - 1_000;
      let acknowledged = 0;

      async function post(body: string): Promise<void> {
        const response = await fetch(url, {
          method: 'POST',
          headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
          body,
          signal: AbortSignal.timeout(60_000),
        });
        const text = await response.text();
        if (response.ok) return;
        if (response.status < 500 && response.status !== 429) refusals.push(`${response.status} ${text}`);
        throw new Error(`${response.status} ${text}`);
      }

      const deliver = (body: string) => vi.waitFor(() => post(body), { interval: retryMs, timeout: outageMaxMs });
      const sending = (async () => {
        for (let number = 0; !stopping.signal.aborted; number += 1) {
          await deliver(sender.change(number));
          acknowledged += 1;
        }
      })();

      for (let round = 0; round < rounds; round += 1) {
        const enough = acknowledged + bodiesPerRound + ((round * 7) % 11);
        await vi.waitUntil(() => acknowledged > enough, { timeout: 180_000, interval: 5 });
        await program.end('SIGKILL');
        program = await start();
      }
      stopping.abort();
      await sending;
      await deliver(sender.resend());
      expect(refusals).toEqual([]);

      const client = program.client(key);
      await settled(client);
      const { incidents } = await client.call('listIncidents', { query: { limit: '500' } });
      for (const { fingerprint, asset, firings, ends } of sender.alerts) {
        const query = {
          kind: 'alert',
          asset,
          from: String(beganAt),
          to: String(Date.now() + 3_600_000),
          limit: '1000',
        } as const;
        const { signals } = await client.call('findSignals', { query });
        const begins = { firing: new Set<number | undefined>(), resolved: new Set<number | undefined>() };
        for (const signal of signals) if (signal.kind === 'alert') begins[signal.status].add(signal.startedAt);
        // A firing that goes on is told anew now and then: one begin each is what counts.
        expect([asset, begins.firing.size, begins.resolved.size]).toEqual([asset, firings, ends]);
        const owners = incidents.filter(
          ({ incident }) => incident.mergedInto === undefined && incident.alertFingerprints.includes(fingerprint),
        );
        expect([asset, owners.length]).toEqual([asset, firings > 0 ? 1 : 0]);
      }
      const news = new Map<string, string>();
      for (const { incident } of incidents) {
        const turns = await turnsOf(client, incident.id);
        for (const [index, { revision, kind }] of turns.entries()) {
          const isOver = index % 2 === 1;
          // In turn: what is open is not opened again, and what is over does not end again.
          expect([incident.title, index, kind === 'incident-resolved']).toEqual([incident.title, index, isOver]);
          news.set(`${incident.id}:${revision}:test`, isOver ? 'resolved' : 'firing');
        }
      }
      // Every message is of one turn, and every turn has its message, which says what it was: whenever the program was killed,
      // nobody was told twice, of what did not happen, or not at all.
      const told = () => new Map([...receiver.told].filter(([id]) => !id.startsWith('diagnosis:')));
      const untold = () => [...news.keys()].filter((id) => !told().has(id));
      await vi.waitFor(() => expect(untold()).toEqual([]), { timeout: 120_000, interval: 50 });
      expect(told()).toEqual(news);
      expect(await program.end('SIGTERM')).toBe(0);
    },
  );
});
