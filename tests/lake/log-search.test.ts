import { createMemoryLogPatternStore } from '@heliosiq/adapters/memory/log-pattern-store.ts';
import { createMemoryMeter } from '@heliosiq/adapters/memory/meter.ts';
import { createMemorySignalStore } from '@heliosiq/adapters/memory/signal-store.ts';
import { createLogSearch } from '../../packages/lake/src/logs/log-search.ts';
import { createPatternedSignals } from '../../packages/lake/src/logs/patterned-signals.ts';
import type { AssetId, Log, Severity, TenantId } from '@heliosiq/model';
import { HeliosError } from '@heliosiq/model';
import { type LogPatternStore, createPacer } from '@heliosiq/ports';
import { expect, test } from 'vitest';

const tenantId = 'acme' as TenantId; // a slug
const startAt = Date.UTC(2026, 0, 30);
const hour = { from: startAt, to: startAt + 3_600_000 };

function logOf(number: number, body: string, severity: Severity = 'info', asset = 'pump-7'): Log {
  // The cast holds: the name is not empty.
  const of = asset as AssetId;
  return { kind: 'log', id: `l${number}`, asset: of, at: startAt + number * 1000, body, severity, labels: {} };
}

function world(patterns: LogPatternStore = createMemoryLogPatternStore()) {
  const stored = createMemorySignalStore();
  const open = () =>
    createPatternedSignals({ signals: stored, patterns, meter: createMemoryMeter(), pacer: createPacer() });
  return { stored, patterns, open, signals: open(), search: createLogSearch({ signals: stored, patterns }) };
}

/** Sixty sessions of six users, and an error every tenth line. */
const lines = Array.from({ length: 60 }, (_, index) =>
  index % 10 === 9
    ? logOf(index, `ERROR disk ${index} of 10.0.0.${index} is full`, 'high', 'fan-1')
    : logOf(index, `session closed for user ${['ann', 'bob', 'cyd', 'dan', 'eve', 'fay'][index % 6] ?? ''}`),
);

test('lines are counted by what they have in common, also those from before a word became a parameter', async () => {
  const { signals, search } = world();
  for (const line of lines) await signals.append(tenantId, [line]);
  const { uses, patterns, lines: total } = await search.patterns(tenantId, {}, hour, { limit: 10, steps: 6 });
  expect([patterns, total]).toEqual([2, 60]);
  expect(uses.map(({ template, lines: own, worst }) => [template, own, worst])).toEqual([
    ['session closed for user <word>', 54, 'info'],
    ['ERROR disk <number> of <address> is full', 6, 'high'],
  ]);
  const [sessions] = uses;
  expect(sessions?.histogram.counts).toEqual([54, 0, 0, 0, 0, 0]);
  expect(sessions).toMatchObject({ firstAt: startAt, lastAt: startAt + 58_000 });
  expect(sessions?.example).toMatchObject({ asset: 'pump-7', body: 'session closed for user cyd' });
});

test('a pattern finds all its lines, page by page, also by an id that it has outgrown', async () => {
  const { signals, stored, search } = world();
  for (const line of lines) await signals.append(tenantId, [line]);
  const [first] = await stored.findLogs(tenantId, { text: 'user ann' }, { ...hour, to: startAt + 1 }, { limit: 1 });
  const { uses } = await search.patterns(tenantId, {}, hour, { limit: 1, steps: 1 });
  expect(first?.pattern).not.toBe(uses[0]?.id);
  for (const pattern of [first?.pattern ?? '', uses[0]?.id ?? '']) {
    const seen: string[] = [];
    let page = await search.find(tenantId, { pattern }, hour, { limit: 20 });
    for (;;) {
      seen.push(...page.logs.map(({ log }) => log.id));
      if (page.next === undefined) break;
      page = await search.find(tenantId, { pattern }, hour, { limit: 20, after: page.next });
    }
    expect(new Set(seen).size).toBe(54);
    expect(seen).toHaveLength(54);
  }
});

test('words, asset, severity and pattern narrow lines, counts and patterns alike', async () => {
  const { signals, search } = world();
  await signals.append(tenantId, lines);
  const question = { asset: 'fan-1', severity: 'high', text: 'DISK 1' } as const;
  const { logs } = await search.find(tenantId, question, hour, { limit: 10 });
  expect(logs.map(({ log }) => log.id)).toEqual(['l19']);
  expect((await search.patterns(tenantId, question, hour, { limit: 10, steps: 1 })).lines).toBe(1);
  const { counts, stepMs } = await search.histogram(
    tenantId,
    { asset: 'fan-1' },
    { from: startAt, to: startAt + 60_000 },
    { steps: 6 },
  );
  expect([stepMs, counts]).toEqual([10_000, [1, 1, 1, 1, 1, 1]]);
  const id = (await search.patterns(tenantId, question, hour, { limit: 1, steps: 1 })).uses[0]?.id ?? '';
  expect(await search.spread(tenantId, id, hour)).toEqual({
    assets: [{ asset: 'fan-1', lines: 6 }],
    severities: [{ severity: 'high', lines: 6 }],
  });
  expect(await search.spread(tenantId, '0000000000000000', hour)).toBeUndefined();
});

test('a line has the same pattern in another process, after a restart, and when it is written again', async () => {
  const one = world();
  await one.signals.append(tenantId, lines);
  const other = world();
  for (const line of lines.toReversed()) await other.open().append(tenantId, [line]);
  const meaning = async ({ search, stored }: typeof one) => {
    const { uses } = await search.patterns(tenantId, {}, hour, { limit: 10, steps: 1 });
    const found = await Promise.all(uses.map(({ id }) => search.find(tenantId, { pattern: id }, hour, { limit: 100 })));
    const ids = found.map(({ logs }) => logs.map(({ log }) => log.id));
    return {
      patterns: uses.map(({ id }) => id),
      ids,
      stored: (await stored.find(tenantId, {}, hour, { limit: 100 })).length,
    };
  };
  expect(await meaning(other)).toEqual(await meaning(one));
  await one.open().append(tenantId, lines);
  expect(await meaning(other)).toEqual(await meaning(one));
});

test('what the catalogue could not take is there when it can again', async () => {
  const patterns = createMemoryLogPatternStore();
  let isOut = true;
  const outage: LogPatternStore = {
    ...patterns,
    async put(...given) {
      if (isOut) throw new HeliosError('unavailable', 'the database is out');
      return patterns.put(...given);
    },
  };
  const { signals, stored, search } = world(outage);
  await expect(signals.append(tenantId, lines)).rejects.toMatchObject({ code: 'unavailable' });
  expect(await stored.find(tenantId, {}, hour, { limit: 1 })).toEqual([]);
  isOut = false;
  await signals.append(tenantId, lines);
  expect((await search.patterns(tenantId, {}, hour, { limit: 10, steps: 1 })).patterns).toBe(2);
});

test('tenants have catalogues of their own', async () => {
  const { signals, search } = world();
  const other = 'other' as TenantId; // a slug
  await signals.append(tenantId, lines);
  await signals.append(other, lines.slice(0, 1));
  expect((await search.patterns(other, {}, hour, { limit: 10, steps: 1 })).lines).toBe(1);
});

test('writers of one tenant at the same time leave no line without its pattern in the catalogue', async () => {
  const { signals, search } = world();
  await Promise.all(lines.map((line) => signals.append(tenantId, [line])));
  expect(await search.patterns(tenantId, {}, hour, { limit: 10, steps: 1 })).toMatchObject({ patterns: 2, lines: 60 });
  const { uses } = await search.patterns(tenantId, {}, hour, { limit: 10, steps: 1 });
  expect(uses.reduce((sum, use) => sum + use.lines, 0)).toBe(60);
});
