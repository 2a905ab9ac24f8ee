import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomBytes, randomUUID } from 'node:crypto';
import { topicShape } from '@heliosiq/model';
import { rejectedHeaders, replayRejected, type EventLog } from '../src/event-log.ts';
import { describeMembership, type OpenedEventLog } from './event-log-membership.ts';
import { idsOf, readInBackground, readPages, textRecord, textRecords } from './event-log-reading.ts';
import { freshTenant } from './fresh-tenant.ts';

export interface EventLogConformanceOptions {
  /** Promises that an engine keeps in a way that this suite cannot bring about, each with the reason. */
  readonly skips?: Readonly<Partial<Record<'retention' | 'another', string>>>;
}

const partitions = topicShape('signals').partitions;

/** The promises of `EventLog`. `open` gives an empty log of its own at each call. */
export function eventLogConformance(
  name: string,
  open: () => Promise<OpenedEventLog>,
  options: EventLogConformanceOptions = {},
): void {
  describe(`${name} as an event log`, () => {
    let opened: OpenedEventLog;
    let log: EventLog;

    beforeAll(async () => {
      opened = await open();
      log = opened.log;
    });
    afterAll(async () => {
      await opened[Symbol.asyncDispose]();
    });

    const freshGroup = (): string => `group-${randomUUID()}`;

    it('delivers the records of a key in the order of their appends, unchanged', async () => {
      const tenantId = freshTenant();
      for (let append = 0; append < 5; append += 1) {
        await log.append(tenantId, 'signals', textRecords(40, 7, `a${append}`));
      }
      const headers = { 'content-type': 'application/json', naïve: 'ünï©ode' };
      await log.append(tenantId, 'signals', [{ ...textRecord('schlüssel-🔑', 'last', 'wert ✓'), headers }]);
      await using reading = readInBackground(log, tenantId, { group: freshGroup(), topics: ['signals'] });
      await reading.until(({ records }) => records.length >= 201, 'all records are delivered');
      for (let key = 0; key < 7; key += 1) {
        const seen = reading.records.filter((record) => record.key === `key-${key}`);
        const sent = Array.from({ length: 5 }, (_, append) => textRecords(40, 7, `a${append}`)).flat();
        expect(idsOf(seen)).toEqual(idsOf(sent.filter((record) => record.key === `key-${key}`)));
        expect(new Set(seen.map((record) => record.partition)).size).toBe(1);
        expect(seen.map((record) => record.offset)).toEqual(
          seen.map((record) => record.offset).toSorted((a, b) => a - b),
        );
      }
      const last = reading.records.find((record) => record.id === 'last');
      expect(last).toMatchObject({ tenantId, topic: 'signals', key: 'schlüssel-🔑', headers });
      expect(Buffer.from(last?.value ?? []).toString()).toBe('wert ✓');
      expect(Math.abs((last?.appendedAt ?? 0) - Date.now())).toBeLessThan(60_000);
    });

    it('keeps every record of concurrent appends, once each, and the order of calls per key', async () => {
      const tenantId = freshTenant();
      const appends = Array.from({ length: 60 }, (_, append) =>
        log.append(tenantId, 'signals', [
          textRecord('one-key', `c-${append}-0`),
          textRecord('one-key', `c-${append}-1`),
        ]),
      );
      await Promise.all(appends);
      await using reading = readInBackground(log, tenantId, { group: freshGroup(), topics: ['signals'] });
      await reading.until(({ records }) => records.length >= 120, 'all records are delivered');
      expect(idsOf(reading.records)).toEqual(Array.from({ length: 120 }, (_, index) => `c-${index >> 1}-${index & 1}`));
    });

    it('delivers again what was not committed, and begins behind what was', async () => {
      const tenantId = freshTenant();
      const group = freshGroup();
      const shared = { group, topics: ['signals'] as const, startAt: 'latest' as const };
      {
        await using reading = readInBackground(log, tenantId, { ...shared, commits: false });
        await reading.until(({ assigned }) => assigned.length > 0, 'partitions are assigned');
        await log.append(tenantId, 'signals', textRecords(20));
        await reading.until(({ records }) => records.length >= 20, 'all records are delivered');
      }
      {
        await using reading = readInBackground(log, tenantId, shared);
        await reading.until(({ records }) => records.length >= 20, 'all records are delivered again');
        expect(new Set(idsOf(reading.records))).toEqual(new Set(idsOf(textRecords(20))));
      }
      await log.append(tenantId, 'signals', textRecords(5, 5, 'later'));
      await using reading = readInBackground(log, tenantId, shared);
      await reading.until(({ records }) => records.length >= 5, 'later records are delivered');
      expect(new Set(idsOf(reading.records))).toEqual(new Set(idsOf(textRecords(5, 5, 'later'))));
    });

    it('takes the commit of a batch as one of all earlier batches of its partition, wherever a batch ends', async () => {
      const tenantId = freshTenant();
      const shared = { group: freshGroup(), topics: ['signals'] as const, startAt: 'latest' as const };
      {
        await using reading = readInBackground(log, tenantId, { ...shared, commits: false, batchRecordsMax: 10 });
        await reading.until(({ assigned }) => assigned.length > 0, 'partitions are assigned');
        await log.append(tenantId, 'signals', textRecords(35, 1));
        await reading.until(({ records }) => records.length >= 35, 'all records are delivered');
        for (const batch of reading.batches) expect(batch.records.length).toBeLessThanOrEqual(10);
        expect(idsOf(reading.records)).toEqual(idsOf(textRecords(35, 1)));
        const third = reading.batches.find((batch) => batch.records.some((record) => record.id === 'r-25'));
        await third?.commit();
      }
      await using reading = readInBackground(log, tenantId, shared);
      await reading.until(({ records }) => records.at(-1)?.id === 'r-34', 'the rest is delivered');
      expect(Number(reading.records[0]?.id.slice(2))).toBeGreaterThan(25);
      expect(idsOf(reading.records)).toEqual(idsOf(textRecords(35, 1)).slice(-reading.records.length));
    });

    it('gives every group every record', async () => {
      const tenantId = freshTenant();
      await log.append(tenantId, 'incidents', textRecords(30));
      const groups = Array.from({ length: 3 }, () =>
        readInBackground(log, tenantId, { group: freshGroup(), topics: ['incidents'] }),
      );
      try {
        for (const reading of groups) await reading.until(({ records }) => records.length >= 30, 'each group sees all');
        for (const reading of groups) expect(new Set(idsOf(reading.records)).size).toBe(30);
      } finally {
        await Promise.all(groups.map((reading) => reading[Symbol.asyncDispose]()));
      }
    });

    it.each([
      ['two', ['anomalies', 'diagnoses']],
      ['three, a number of partitions that no budget divides evenly by', ['anomalies', 'incidents', 'diagnoses']],
    ] as const)('reads several topics with one consumer: %s', async (_, topics) => {
      const tenantId = freshTenant();
      for (const topic of topics) await log.append(tenantId, topic, textRecords(10, 10, topic));
      await using reading = readInBackground(log, tenantId, { group: freshGroup(), topics });
      await reading.until(({ records }) => records.length >= 10 * topics.length, 'records of all topics are delivered');
      expect(new Set(reading.records.map((record) => record.topic))).toEqual(new Set(topics));
      expect(new Set(reading.assigned.map((call) => call.topic))).toEqual(new Set(topics));
    });

    it('begins at the end with `latest`, and only for a group without a committed offset', async () => {
      const tenantId = freshTenant();
      await log.append(tenantId, 'signals', textRecords(10, 10, 'before'));
      await using reading = readInBackground(log, tenantId, {
        group: freshGroup(),
        topics: ['signals'],
        startAt: 'latest',
      });
      await reading.until(({ assigned }) => assigned.length > 0, 'partitions are assigned');
      await log.append(tenantId, 'signals', textRecords(10, 10, 'after'));
      await reading.until(({ records }) => records.length >= 10, 'later records are delivered');
      expect(new Set(idsOf(reading.records))).toEqual(new Set(idsOf(textRecords(10, 10, 'after'))));
    });

    it('wakes a waiting consumer quickly', async () => {
      const tenantId = freshTenant();
      await using reading = readInBackground(log, tenantId, {
        group: freshGroup(),
        topics: ['signals'],
        startAt: 'latest',
      });
      await reading.until(({ assigned }) => assigned.length > 0, 'partitions are assigned');
      // Polling alone would take about a second after each append; a busy machine may be slow in single rounds.
      const delaysMs: number[] = [];
      while (delaysMs.length < 20 && !delaysMs.some((delayMs) => delayMs < 300)) {
        await log.append(tenantId, 'signals', [textRecord('k', `wake-${delaysMs.length}`)]);
        const appendedAt = performance.now();
        await reading.until(({ records }) => records.length > delaysMs.length, 'the record is delivered');
        delaysMs.push(performance.now() - appendedAt);
      }
      expect(Math.min(...delaysMs)).toBeLessThan(300);
    });

    describeMembership(() => opened, options.skips?.another);

    it('keeps a rejected record with its reason, and appends it again on request, once, with its id', async () => {
      const tenantId = freshTenant();
      const shared = { group: freshGroup(), topics: ['anomalies'] as const, startAt: 'latest' as const };
      await using reading = readInBackground(log, tenantId, shared);
      await reading.until(({ assigned }) => assigned.length > 0, 'partitions are assigned');
      await log.append(tenantId, 'anomalies', [textRecord('k', 'good'), textRecord('k', 'bad', 'not json')]);
      await reading.until(({ records }) => records.length >= 2, 'both records are delivered');
      const batch = reading.batches.find((one) => one.records.some((record) => record.id === 'bad'));
      const bad = reading.records.find((record) => record.id === 'bad');
      if (batch === undefined || bad === undefined) throw new Error('the record was delivered in a batch');
      await batch.reject(bad, 'value: expected JSON');

      const kept = await log.read(tenantId, 'anomalies-rejected', { partition: 0, fromOffset: 0, recordsMax: 100 });
      expect(kept.records).toHaveLength(1);
      expect(kept.records[0]).toMatchObject({ key: 'k', id: 'bad', tenantId });
      expect(kept.records[0]?.headers).toMatchObject({
        [rejectedHeaders.reason]: 'value: expected JSON',
        [rejectedHeaders.topic]: 'anomalies',
        [rejectedHeaders.partition]: String(bad.partition),
        [rejectedHeaders.offset]: String(bad.offset),
      });

      const first = await replayRejected(log, tenantId, 'anomalies');
      expect(first.replayed).toBe(1);
      expect(await replayRejected(log, tenantId, 'anomalies', { fromOffset: first.nextOffset })).toMatchObject({
        replayed: 0,
      });
      await reading.until(({ records }) => records.length >= 3, 'the record comes again');
      const again = reading.records[2];
      expect(again).toMatchObject({ key: 'k', id: 'bad' });
      expect(Buffer.from(again?.value ?? []).toString()).toBe('not json');
    });

    it('shows a tenant its own records alone, page by page to the end', async () => {
      const [tenantId, otherTenantId] = [freshTenant(), freshTenant()];
      for (let append = 0; append < 4; append += 1) {
        await log.append(tenantId, 'diagnoses', textRecords(10, 1, `own-${append}`));
        await log.append(otherTenantId, 'diagnoses', textRecords(10, 1, `foreign-${append}`));
      }
      const all = await Promise.all(
        Array.from({ length: partitions }, (_, partition) =>
          readPages(log, tenantId, { topic: 'diagnoses', partition, recordsMax: 7 }),
        ),
      );
      const records = all.flatMap((part) => part.records);
      expect(idsOf(records)).toEqual(
        Array.from({ length: 4 }, (_, append) => idsOf(textRecords(10, 1, `own-${append}`))).flat(),
      );
      const middle = records[13];
      if (middle === undefined) throw new Error('forty records were read');
      const rest = await readPages(log, tenantId, {
        ...{ topic: 'diagnoses', partition: middle.partition, recordsMax: 10_000 },
        fromOffset: middle.offset,
      });
      expect(idsOf(rest.records)).toEqual(idsOf(records.slice(13)));
      await expect(
        log.read(tenantId, 'diagnoses', { partition: 0, fromOffset: 0, recordsMax: 10_001 }),
      ).rejects.toMatchObject({ code: 'invalid-request' });
    });

    it('says how far each group is behind', async () => {
      const tenantId = freshTenant();
      const group = freshGroup();
      const lagOf = async (): Promise<number> => {
        const ours = (await log.lag()).filter((lag) => lag.group === group);
        expect(ours.every((lag) => lag.topic === 'signals' && lag.endOffset >= lag.committedOffset)).toBe(true);
        return ours.reduce((sum, lag) => sum + lag.lagRecords, 0);
      };
      await using reading = readInBackground(log, tenantId, { group, topics: ['signals'], startAt: 'latest' });
      await reading.until(({ assigned }) => assigned.length > 0, 'partitions are assigned');
      await log.append(tenantId, 'signals', textRecords(25));
      await reading.until(({ records }) => records.length >= 25, 'all records are delivered');
      await expect.poll(lagOf, { timeout: 30_000 }).toBe(0);
      await reading[Symbol.asyncDispose]();
      await log.append(tenantId, 'signals', textRecords(7));
      expect(await lagOf()).toBe(7);
    });

    it('takes records of up to 1 MB and as many as come', async () => {
      const tenantId = freshTenant();
      const big = Array.from({ length: 12 }, (_, index) => ({
        key: `big-${index}`,
        id: `big-${index}`,
        value: randomBytes(1_000_000),
      }));
      await Promise.all(big.map((record) => log.append(tenantId, 'signals', [record])));
      await using reading = readInBackground(log, tenantId, { group: freshGroup(), topics: ['signals'] });
      await reading.until(({ records }) => records.length >= big.length, 'the large records are delivered');
      for (const record of reading.records) {
        const sent = big.find((one) => one.id === record.id);
        expect(sent?.value.equals(record.value)).toBe(true);
      }
    });

    it('ends `batches` without error on abort and on disposal, waiting or not', async () => {
      const tenantId = freshTenant();
      const aborted = readInBackground(log, tenantId, { group: freshGroup(), topics: ['signals'], startAt: 'latest' });
      await aborted.until(({ assigned }) => assigned.length > 0, 'partitions are assigned');
      await aborted.halt();
      await aborted[Symbol.asyncDispose]();

      const consumer = log.consumer({ group: freshGroup(), topics: ['signals'] });
      await log.append(tenantId, 'signals', textRecords(3));
      let batches = 0;
      for await (const batch of consumer.batches(new AbortController().signal)) {
        batches += batch.records.length > 0 ? 1 : 0;
        await consumer[Symbol.asyncDispose]();
      }
      expect(batches).toBe(1);
      await consumer[Symbol.asyncDispose]();
    });

    it('appends nothing for an empty list or an aborted signal', async () => {
      const tenantId = freshTenant();
      await log.append(tenantId, 'incidents', []);
      await expect(
        log.append(tenantId, 'incidents', textRecords(1), { signal: AbortSignal.abort(new Error('gone')) }),
      ).rejects.toThrow('gone');
      for (let partition = 0; partition < partitions; partition += 1) {
        const slice = await log.read(tenantId, 'incidents', { partition, fromOffset: 0, recordsMax: 10 });
        expect(slice.records).toEqual([]);
      }
    });

    it('removes records by age alone and goes on behind them', async (context) => {
      if (options.skips?.retention !== undefined) return context.skip(options.skips.retention);
      await using own = await open();
      const tenantId = freshTenant();
      const group = freshGroup();
      await own.log.append(tenantId, 'signals', textRecords(30));
      await own.log.append(tenantId, 'incidents', textRecords(4));
      expect(await own.log.enforceRetention(Date.now() + topicShape('signals').retentionMs - 60_000)).toBe(0);
      expect(await own.log.enforceRetention(Date.now() + topicShape('signals').retentionMs + 60_000)).toBe(30);
      await own.log.append(tenantId, 'signals', textRecords(6, 6, 'young'));
      await using reading = readInBackground(own.log, tenantId, { group, topics: ['signals'] });
      await reading.until(({ records }) => records.length >= 6, 'the young records are delivered');
      expect(new Set(idsOf(reading.records))).toEqual(new Set(idsOf(textRecords(6, 6, 'young'))));
      await expect
        .poll(async () => (await own.log.lag()).reduce((sum, lag) => sum + lag.lagRecords, 0), { timeout: 5000 })
        .toBe(0);
    });

    it('forgets a group that nobody has used for a long time, and no other', async (context) => {
      if (options.skips?.retention !== undefined) return context.skip(options.skips.retention);
      await using own = await open();
      const tenantId = freshTenant();
      const groups = async (): Promise<number> => new Set((await own.log.lag()).map((lag) => lag.group)).size;
      {
        await using reading = readInBackground(own.log, tenantId, { group: freshGroup(), topics: ['incidents'] });
        await reading.until(({ assigned }) => assigned.length > 0, 'partitions are assigned');
      }
      await own.log.enforceRetention(Date.now() + 86_400_000);
      expect(await groups()).toBe(1);
      await own.log.enforceRetention(Date.now() + 30 * 86_400_000);
      expect(await groups()).toBe(0);
    });
  });
}
