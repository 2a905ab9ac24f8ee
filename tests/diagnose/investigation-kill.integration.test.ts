import { openDatabase } from '@heliosiq/adapters/postgres/database.ts';
import { openTestDatabase } from '@heliosiq/adapters/testing/test-postgres.ts';
import type { Client } from '@heliosiq/api';
import { InvestigationEvent, type IncidentId } from '@heliosiq/model';
import { expect, it, vi } from 'vitest';
import { startProcess, type ProgramProcess } from '../support/program-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const json = { headers: { 'content-type': 'application/json' } };

/** Sends an alert with a past of samples around it, and returns the incident that opens. */
async function openIncident(client: Client): Promise<IncidentId> {
  const at = Math.floor(Date.now() / 60_000) * 60_000 - 120_000;
  const samples = Array.from({ length: 2000 }, (_, index) => ({
    ...{ kind: 'sample', asset: `shop-${index % 10}`, metric: 'latency_seconds' },
    at: at - Math.floor(index / 10) * 60_000,
    value: 0.2 + (index % 7) / 100,
  }));
  await client.call('sendSignals', { body: JSON.stringify(samples) }, json);
  const edges = Array.from({ length: 9 }, (_, index) => ({
    from: `shop-${index}`,
    to: `shop-${index + 1}`,
    kind: 'calls',
  }));
  await client.call('putTopology', { body: { assets: [], edges } as never }); // ids are plain text before they are parsed
  const alert = {
    ...{ kind: 'alert', id: 'a1', asset: 'shop-0', at, fingerprint: 'f1' },
    status: 'firing',
    title: 'ShopIsSlow',
  };
  await client.call('sendSignals', { body: JSON.stringify([alert]) }, json);
  return vi.waitFor(
    async () => {
      const { incidents } = await client.call('listIncidents');
      const id = incidents[0]?.incident.id;
      if (id === undefined) throw new Error('no incident yet');
      return id;
    },
    { timeout: 90_000, interval: 100 },
  );
}

/** Has the incident investigated and kills the program as soon as that has begun. */
async function killDuring(program: ProgramProcess, client: Client, id: IncidentId): Promise<string> {
  // Read without a loop over the stream, which would want to end it in order when the server is gone.
  const reader = (await client.open('investigate', { params: { id } })).getReader();
  const decoder = new TextDecoder();
  let text = '';
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
    text += decoder.decode(piece.value, { stream: true });
    const data = /^data: (.*)$/m.exec(text)?.[1];
    if (data === undefined) continue;
    const event = InvestigationEvent.parse(JSON.parse(data));
    if (event.kind !== 'started') throw new Error(`the first event is ${event.kind}`);
    await program.end('SIGKILL');
    return event.investigationId;
  }
  throw new Error('the stream ended before the investigation began');
}

it(
  'an investigation whose program is killed is ended in the books and made again by the next start, never stuck as running',
  { timeout: 500_000 },
  async () => {
    await using folder = await temporaryFolder();
    await using server = await openTestDatabase();
    await using database = await openDatabase({ url: server.url });
    const start = () => startProcess(folder.path, { HELIOS_DATABASE_URL: server.url });
    let program = await start();
    const key = program.adminKey ?? '';
    const id = await openIncident(program.client(key));
    const listed = async () =>
      (await program.client(key).call('listInvestigations', { params: { id }, query: { limit: '100' } }))
        .investigations;
    await vi.waitFor(async () => expect((await listed()).some(({ status }) => status === 'done')).toBe(true), {
      ...{ timeout: 90_000, interval: 100 },
    });
    const killed = await database.withClient('*', async (connection) => {
      // An investigation takes a moment only; without the samples it cannot end before the signal does its work.
      await connection.query('lock table sample_page, sample_block in access exclusive mode');
      return killDuring(program, program.client(key), id);
    });
    program = await start();
    expect((await listed()).find((one) => one.id === killed)?.status).toMatch(/^(running|interrupted)$/);
    await vi.waitFor(
      async () => {
        const all = await listed();
        expect(all.filter(({ status }) => status === 'running')).toEqual([]);
        expect(all.find((one) => one.id === killed)).toMatchObject({ status: 'interrupted' });
        expect(all.some(({ trigger, status }) => trigger === 'restart' && status === 'done')).toBe(true);
      },
      { timeout: 120_000, interval: 500 },
    );
    const { diagnosis, timeline } = await program.client(key).call('getIncident', { params: { id } });
    const told = timeline.filter(({ kind }) => kind === 'diagnosis-made');
    expect(diagnosis).toBeDefined();
    expect(new Set(told.map((entry) => entry.id)).size).toBe(told.length);
    expect(await program.end('SIGTERM')).toBe(0);
  },
);
