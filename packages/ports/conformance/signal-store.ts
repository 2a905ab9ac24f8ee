import type { AssetId, DiscreteSignal, Log } from '@heliosiq/model';
import { beforeAll, describe, expect, it } from 'vitest';
import type { SignalPlace, SignalStore } from '../src/signal-store.ts';
import { freshTenant } from './fresh-tenant.ts';
import type { OpenStore } from './open-store.ts';

const startAt = Date.UTC(2026, 0, 30);
const dayMs = 86_400_000;
const everything = { from: 0, to: startAt + 1e12 };
const pump = 'pump-7' as AssetId; // a non-empty name
const fan = 'fan-1' as AssetId; // a non-empty name

function logOf(number: number, body = `line ${number}`, asset = pump): Log {
  return { kind: 'log', id: `l${number}`, asset, at: startAt + number, body, severity: 'info', labels: {} };
}

const event: DiscreteSignal = {
  kind: 'event',
  id: 'e1',
  asset: pump,
  at: startAt,
  title: 'Door opened',
  severity: 'low',
  labels: { side: 'left' },
};
const change: DiscreteSignal = {
  kind: 'change',
  id: 'c1',
  asset: fan,
  at: startAt + 1000,
  change: 'deploy',
  title: 'fan 2.1',
  actor: 'kim',
  labels: {},
};
const alert: DiscreteSignal = {
  kind: 'alert',
  id: 'a1',
  asset: fan,
  at: startAt + 2000,
  fingerprint: 'f',
  status: 'firing',
  title: 'Fan is 100% LOUD_ly',
  severity: 'high',
  labels: { team: 'night' },
};

/** The promises of `SignalStore`. */
export function signalStoreConformance(name: string, open: OpenStore<SignalStore>): void {
  describe(`${name} as a signal store`, () => {
    let store: SignalStore;
    beforeAll(async () => {
      store = await open();
    });

    it('returns every kind as it was, newest first', async () => {
      const tenantId = freshTenant();
      await store.append(tenantId, [alert, event, change, logOf(500)]);
      expect(await store.find(tenantId, {}, everything, { limit: 10 })).toEqual([alert, change, logOf(500), event]);
    });

    it('changes nothing when a signal is appended again, in one call or later', async () => {
      const tenantId = freshTenant();
      await store.append(tenantId, [event, event]);
      await store.append(tenantId, [event]);
      expect(await store.find(tenantId, {}, everything, { limit: 10 })).toEqual([event]);
    });

    it('takes kind, id and time together as the identity', async () => {
      const tenantId = freshTenant();
      const later = { ...event, at: event.at + 5 };
      const other: DiscreteSignal = { ...logOf(0), id: event.id };
      await store.append(tenantId, [event, later, other]);
      expect(await store.find(tenantId, {}, everything, { limit: 10 })).toHaveLength(3);
    });

    it('filters by kind, asset and text, all of which must match', async () => {
      const tenantId = freshTenant();
      const loud = logOf(700, 'the pump was LOUD');
      await store.append(tenantId, [alert, event, change, loud]);
      async function found(filter: Parameters<SignalStore['find']>[1]): Promise<string[]> {
        return (await store.find(tenantId, filter, everything, { limit: 10 })).map((signal) => signal.id);
      }
      expect(await found({ kinds: ['change', 'event'] })).toEqual(['c1', 'e1']);
      expect(await found({ assets: ['fan-1'] })).toEqual(['a1', 'c1']);
      expect(await found({ text: 'loud' })).toEqual(['a1', 'l700']);
      expect(await found({ text: 'LOUD', assets: ['pump-7'] })).toEqual(['l700']);
      expect(await found({ kinds: [] })).toEqual([]);
      expect(await found({ assets: [] })).toEqual([]);
    });

    it('filters by severity, which is not that of a label, and which a change does not have', async () => {
      const tenantId = freshTenant();
      const odd: DiscreteSignal = {
        ...logOf(900, 'a\u0000b \ud800 "severity":"high" {'),
        labels: { severity: 'high' },
      };
      const { labels: _, ...rest } = logOf(800);
      const labelsFirst: DiscreteSignal = { labels: { severity: 'low', note: 'a "}" b' }, ...rest };
      await store.append(tenantId, [alert, event, change, odd, labelsFirst]);
      async function found(filter: Parameters<SignalStore['find']>[1]): Promise<string[]> {
        return (await store.find(tenantId, filter, everything, { limit: 10 })).map((signal) => signal.id);
      }
      expect(await found({ severities: ['high'] })).toEqual(['a1']);
      expect(await found({ severities: ['low'] })).toEqual(['e1']);
      expect(await found({ severities: ['info', 'low'], kinds: ['log'] })).toEqual(['l900', 'l800']);
      expect(await found({ severities: [] })).toEqual([]);
    });

    it('takes the searched text literally', async () => {
      const tenantId = freshTenant();
      await store.append(tenantId, [alert, logOf(1, String.raw`C:\pump`)]);
      async function found(text: string): Promise<number> {
        return (await store.find(tenantId, { text }, everything, { limit: 10 })).length;
      }
      expect(await found('100% loud')).toBe(1);
      expect(await found('100%loud')).toBe(0);
      expect(await found('loud_ly')).toBe(1);
      expect(await found('loud.ly')).toBe(0);
      expect(await found('fan_is')).toBe(0);
      expect(await found(String.raw`:\p`)).toBe(1);
    });

    it('includes the start of a range and excludes its end', async () => {
      const tenantId = freshTenant();
      await store.append(
        tenantId,
        [1, 2, 3, 4].map((number) => logOf(number)),
      );
      const found = await store.find(tenantId, {}, { from: startAt + 2, to: startAt + 4 }, { limit: 10 });
      expect(found.map((signal) => signal.id)).toEqual(['l3', 'l2']);
      expect(await store.find(tenantId, {}, { from: -Infinity, to: Infinity }, { limit: 10 })).toHaveLength(4);
    });

    it('keeps signals of any time: years apart, before 1970 and far ahead', async () => {
      const tenantId = freshTenant();
      const times = [-1, 0, 1, startAt - 4000 * dayMs, startAt - dayMs, startAt + 45 * dayMs, startAt + 40_000 * dayMs];
      await store.append(
        tenantId,
        times.map((at, index) => ({ ...logOf(index), at })),
      );
      const found = await store.find(tenantId, {}, { from: -10, to: startAt + 1e14 }, { limit: 10 });
      expect(found.map((signal) => signal.at)).toEqual(times.toSorted((a, b) => b - a));
    });

    it('keeps the newest when there are more than asked for', async () => {
      const tenantId = freshTenant();
      await store.append(
        tenantId,
        Array.from({ length: 50 }, (_, number) => logOf(number)),
      );
      const found = await store.find(tenantId, {}, everything, { limit: 2 });
      expect(found.map((signal) => signal.id)).toEqual(['l49', 'l48']);
    });

    it('keeps concurrent appends into new months complete', async () => {
      const tenantId = freshTenant();
      const months = Array.from({ length: 6 }, (_, month) => Date.UTC(2031, month, 3));
      await Promise.all(
        Array.from({ length: 6 }, (_, writer) =>
          store.append(
            tenantId,
            months.map((at, month) => ({ ...logOf(0), id: `${writer}-${month}`, at })),
          ),
        ),
      );
      expect(await store.find(tenantId, {}, { from: 0, to: Date.UTC(2032, 0) }, { limit: 100 })).toHaveLength(36);
    });

    it('keeps text with NUL, quotes, half surrogates and line ends', async () => {
      const tenantId = freshTenant();
      const odd = logOf(1, 'a\u0000b "c" \\ \ud800 \n\r\u2028 {}, 日本');
      const others = [logOf(2, '\n'), logOf(3, '\\N'), logOf(4, '')];
      await store.append(tenantId, [odd, ...others]);
      expect(await store.find(tenantId, { text: '日本' }, everything, { limit: 1 })).toEqual([odd]);
      const found = await store.find(tenantId, {}, everything, { limit: 10 });
      expect(found.toReversed()).toEqual([odd, ...others]);
    });

    it('shows a tenant nothing of another', async () => {
      const tenantId = freshTenant();
      await store.append(tenantId, [event]);
      expect(await store.find(freshTenant(), {}, everything, { limit: 10 })).toEqual([]);
    });

    it('finds logs by their patterns, and leaves a pattern as it was when a log is appended again', async () => {
      const tenantId = freshTenant();
      const logs = [1, 2, 3].map((number) => logOf(number));
      await store.append(tenantId, [...logs, event], { patternOf: ({ id }) => (id === 'l3' ? undefined : `p-${id}`) });
      await store.append(tenantId, logs, { patternOf: () => 'another' });
      const found = async (patterns: readonly string[]): Promise<(string | undefined)[][]> =>
        (await store.findLogs(tenantId, { patterns }, everything, { limit: 10 })).map(({ log, pattern }) => [
          log.id,
          pattern,
        ]);
      expect(await found(['p-l1', 'p-l2', 'p-l3'])).toEqual([
        ['l2', 'p-l2'],
        ['l1', 'p-l1'],
      ]);
      expect(await found(['another'])).toEqual([]);
      expect(await store.findLogs(tenantId, { assets: ['pump-7'] }, everything, { limit: 1 })).toEqual([
        { log: logOf(3) },
      ]);
      expect(await store.find(tenantId, { patterns: ['p-l1'] }, everything, { limit: 10 })).toEqual([logOf(1)]);
    });

    it('gives logs page by page, each once, also where many are of one moment', async () => {
      const tenantId = freshTenant();
      const logs = Array.from({ length: 25 }, (_, number) => ({ ...logOf(100 + number), at: startAt + (number % 3) }));
      await store.append(tenantId, logs);
      const seen: string[] = [];
      for (let after: { at: number; id: string } | undefined, page = 0; page < 10; page += 1) {
        const found = await store.findLogs(tenantId, {}, everything, {
          limit: 4,
          ...(after === undefined ? {} : { after }),
        });
        seen.push(...found.map(({ log }) => log.id));
        const last = found.at(-1)?.log;
        if (last === undefined) break;
        after = { at: last.at, id: last.id };
      }
      expect(seen).toHaveLength(25);
      expect(new Set(seen)).toEqual(new Set(logs.map(({ id }) => id)));
    });

    it('gives signals page by page, each once and in one order, also where many are of one moment', async () => {
      const tenantId = freshTenant();
      const logs = Array.from({ length: 25 }, (_, number) => ({ ...logOf(100 + number), at: startAt + (number % 3) }));
      const events = logs.slice(0, 5).map(({ id, at }) => ({ ...event, id, at }));
      await store.append(tenantId, [...logs, ...events]);
      const keyOf = ({ at, kind, id }: SignalPlace): string => `${at} ${kind} ${id}`;
      const seen: string[] = [];
      for (let after: SignalPlace | undefined, page = 0; page < 12; page += 1) {
        const found = await store.find(tenantId, {}, everything, { limit: 4, ...(after !== undefined && { after }) });
        seen.push(...found.map(keyOf));
        after = found.at(-1);
        if (after === undefined) break;
      }
      const whole = await store.find(tenantId, {}, everything, { limit: 100 });
      expect(seen).toEqual(whole.map(keyOf));
      expect(new Set(seen)).toEqual(new Set([...logs, ...events].map(keyOf)));
    });

    it('counts logs by what is asked for, most lines first', async () => {
      const tenantId = freshTenant();
      const logs = [1, 2, 3, 4, 5].map((number) => logOf(number * 1000, 'line', number === 5 ? fan : pump));
      await store.append(tenantId, [...logs, event], {
        patternOf: ({ at }) => (at > startAt + 4000 ? undefined : 'p'),
      });
      const count = (question: Parameters<SignalStore['countLogs']>[3]) =>
        store.countLogs(tenantId, {}, everything, question);
      const ends = (first: number, last: number) => ({
        firstAt: startAt + first * 1000,
        lastAt: startAt + last * 1000,
      });
      expect(await count({ by: [], limit: 10 })).toEqual([{ lines: 5, ...ends(1, 5) }]);
      expect(await count({ by: ['pattern'], limit: 10 })).toEqual([{ pattern: 'p', lines: 4, ...ends(1, 4) }]);
      expect(await count({ by: ['asset', 'severity'], limit: 10 })).toEqual([
        { asset: 'pump-7', severity: 'info', lines: 4, ...ends(1, 4) },
        { asset: 'fan-1', severity: 'info', lines: 1, ...ends(5, 5) },
      ]);
      expect(await count({ by: ['time'], stepMs: 4000, limit: 10 })).toEqual([
        { at: startAt, lines: 3, ...ends(1, 3) },
        { at: startAt + 4000, lines: 2, ...ends(4, 5) },
      ]);
      expect(await count({ by: ['asset'], limit: 1 })).toHaveLength(1);
      expect(await store.countLogs(tenantId, { text: 'nothing' }, everything, { by: [], limit: 1 })).toEqual([]);
      await expect(count({ by: ['time'], limit: 10 })).rejects.toMatchObject({ code: 'invalid-request' });
    });

    it('refuses a limit outside 1 to 100,000', async () => {
      for (const limit of [0, 100_001, 1.5, Number.NaN]) {
        await expect(store.find(freshTenant(), {}, everything, { limit })).rejects.toMatchObject({
          code: 'invalid-request',
        });
      }
    });
  });
}
