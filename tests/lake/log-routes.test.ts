import { createMemoryLogPatternStore } from '@heliosiq/adapters/memory/log-pattern-store.ts';
import { createMemoryMeter } from '@heliosiq/adapters/memory/meter.ts';
import { createMemorySignalStore } from '@heliosiq/adapters/memory/signal-store.ts';
import { createClient } from '@heliosiq/api';
import { type AssetId, HeliosError } from '@heliosiq/model';
import { createPacer } from '@heliosiq/ports';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLogSearch } from '../../packages/lake/src/logs/log-search.ts';
import { createPatternedSignals } from '../../packages/lake/src/logs/patterned-signals.ts';
import { acme, openGateway, other } from '../gateway/open-gateway.ts';
import type { OpenGateway } from '../gateway/open-gateway.ts';

const startAt = Date.UTC(2026, 4, 1);
const range = { from: String(startAt), to: String(startAt + 3_600_000) };

describe('what the gateway tells of logs', () => {
  let doors: OpenGateway;
  let token = '';
  const client = () => createClient({ baseUrl: doors.url, token });

  beforeAll(async () => {
    const [signals, patterns] = [createMemorySignalStore(), createMemoryLogPatternStore()];
    doors = await openGateway({ logs: { logs: createLogSearch({ signals, patterns }) } });
    token = await doors.keyOf('viewer');
    const store = createPatternedSignals({ signals, patterns, meter: createMemoryMeter(), pacer: createPacer() });
    await store.append(
      acme,
      Array.from({ length: 30 }, (_, index) => ({
        ...({ kind: 'log', id: `l:${index}`, severity: 'info', labels: {} } as const),
        asset: 'web' as AssetId, // a non-empty name
        at: startAt + index * 60_000,
        body: index < 20 ? `read /var/data/${index} in ${index} ms` : `peer 10.0.0.${index} left`,
      })),
    );
  });
  afterAll(() => doors.close());

  it('gives lines newest first with their pattern and parameters, page by page, and their number over time', async () => {
    const first = await client().call('searchLogs', { query: { ...range, limit: '12', steps: '60' } });
    expect(first.logs).toHaveLength(12);
    const [newest] = first.logs;
    expect(newest?.log.body).toBe('peer 10.0.0.29 left');
    expect(newest?.parameters).toEqual([{ from: 5, to: 14, kind: 'address' }]);
    expect(newest?.pattern).toMatch(/^[0-9a-f]{16}$/);
    expect(first.histogram?.counts.reduce((sum, count) => sum + count, 0)).toBe(30);
    const second = await client().call('searchLogs', {
      query: { ...range, limit: '30', after: first.next ?? '', pattern: newest?.pattern ?? '' },
    });
    expect(second.logs).toHaveLength(0);
    const rest = await client().call('searchLogs', { query: { ...range, limit: '30', after: first.next ?? '' } });
    expect(rest.logs.map(({ log }) => log.id)).toEqual(Array.from({ length: 18 }, (_, index) => `l:${17 - index}`));
    expect(rest.next).toBeUndefined();
  });

  it('gives patterns with their numbers, and one of them with its assets', async () => {
    const { patterns, known, lines } = await client().call('listLogPatterns', { query: { ...range, steps: '2' } });
    expect([known, lines]).toEqual([2, 30]);
    expect(patterns.map(({ template, lines: own }) => [template, own])).toEqual([
      ['read <path> in <duration>', 20],
      ['peer <address> left', 10],
    ]);
    const [{ id } = { id: '' }] = patterns;
    const detail = await client().call('readLogPattern', { params: { id }, query: range });
    expect(detail).toMatchObject({ pattern: { id, lines: 20 }, assets: [{ asset: 'web', lines: 20 }] });
  });

  it('refuses what is no pattern, no cursor, no range, and shows a tenant nothing of another', async () => {
    const refused = (query: Record<string, string>) =>
      expect(client().call('searchLogs', { query: { ...range, ...query } })).rejects.toBeInstanceOf(HeliosError);
    await refused({ pattern: 'x' });
    await refused({ after: 'x' });
    await refused({ to: String(startAt - 1) });
    await refused({ steps: '501' });
    const foreign = createClient({ baseUrl: doors.url, token: await doors.keyOf('viewer', other) });
    expect((await foreign.call('searchLogs', { query: range })).logs).toEqual([]);
    expect((await foreign.call('listLogPatterns', { query: range })).patterns).toEqual([]);
    const params = { id: '0123456789abcdef' };
    await expect(client().call('readLogPattern', { params, query: range })).rejects.toMatchObject({
      code: 'not-found',
    });
  });
});
