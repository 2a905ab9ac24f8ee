import { createMemoryAnomalyStore } from '@heliosiq/adapters/memory/anomaly-store.ts';
import { createMemoryEventLog } from '@heliosiq/adapters/memory/event-log.ts';
import { createMemoryLogger } from '@heliosiq/adapters/memory/logger.ts';
import { createMemoryMeter } from '@heliosiq/adapters/memory/meter.ts';
import { createMemorySeriesRegistry } from '@heliosiq/adapters/memory/series-registry.ts';
import { createMemoryStateStore } from '@heliosiq/adapters/memory/state-store.ts';
import type { Anomaly } from '@heliosiq/model';
import { decodeSampleColumns, encodeSampleColumns } from '@heliosiq/model/sample-columns.ts';
import { type AnomalyStore, type EventLog, type NewRecord, type StateStore, rejectedHeaders } from '@heliosiq/ports';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createDetect, detectGroup } from '../../packages/detect/src/detect.ts';
import type { DetectSettings } from '../../packages/detect/src/detect.ts';
import { announcedById, recordedWith, tenantId } from './fault-recording.ts';

const registry = createMemorySeriesRegistry();
const { before, after } = await recordedWith(registry);

let log: EventLog;
let states: StateStore;
let anomalies: AnomalyStore;
let meter = createMemoryMeter();
let stop: AbortController;
let running: Promise<void> | undefined;

/** Ports put in front of the real ones for one run of the stage. */
interface Fronts {
  readonly log?: EventLog;
  readonly states?: StateStore;
  readonly settings?: Partial<DetectSettings>;
}

function start(fronts: Fronts = {}): Promise<void> {
  stop = new AbortController();
  meter = createMemoryMeter();
  const service = createDetect({
    log: fronts.log ?? log,
    registry,
    states: fronts.states ?? states,
    anomalies,
    meter,
    logger: createMemoryLogger(),
    settings: { saveAfterMs: 5, ...fronts.settings },
  });
  running = service.run(stop.signal);
  running.catch(() => undefined);
  return running;
}

async function finish(): Promise<void> {
  stop.abort();
  await Promise.allSettled([running]);
  running = undefined;
}

async function settled(): Promise<void> {
  await vi.waitFor(
    async () => {
      const lag = (await log.lag()).filter(({ group }) => group === detectGroup);
      expect(lag.length).toBeGreaterThan(0);
      expect(lag.reduce((sum, { lagRecords }) => sum + lagRecords, 0)).toBe(0);
    },
    { timeout: 30_000, interval: 5 },
  );
}

const send = (records: readonly NewRecord[]): Promise<void> => log.append(tenantId, 'signals', records);

/** Everything that the outside can see: stored anomalies and announced events. */
async function outcome(): Promise<{ stored: readonly Anomaly[]; announced: Record<string, string> }> {
  const stored = await anomalies.find(tenantId, {}, { limit: 1000 });
  return {
    stored: stored.toSorted((a, b) => a.id.localeCompare(b.id)),
    announced: Object.fromEntries([...(await announcedById(log))].toSorted(([a], [b]) => a.localeCompare(b))),
  };
}

function openWorld(): void {
  log = createMemoryEventLog();
  states = createMemoryStateStore();
  anomalies = createMemoryAnomalyStore();
}

/** What an uninterrupted run over the whole recording gives. */
async function uninterrupted(): Promise<Awaited<ReturnType<typeof outcome>>> {
  openWorld();
  void start();
  await send(before);
  await send(after);
  await settled();
  await finish();
  const seen = await outcome();
  await log[Symbol.asyncDispose]();
  openWorld();
  return seen;
}

beforeEach(openWorld);
afterEach(async () => {
  await finish();
  await log[Symbol.asyncDispose]();
});

test('alerts pass by: nothing is read from the states of a tenant who sends nothing else, and the log is worked off', async () => {
  const asked: string[] = [];
  const get: StateStore['get'] = (tenant, scope, keys) => {
    asked.push(scope);
    return states.get(tenant, scope, keys);
  };
  void start({ states: { ...states, get } });
  const alert = { kind: 'alert', id: 'a1', asset: 'web', at: 1, fingerprint: 'f', status: 'firing', title: 'slow' };
  await send([{ key: 'lane-1', id: 'a1', value: Buffer.from(JSON.stringify(alert)) }]);
  await settled();
  expect(asked).toEqual([]);
  await send(before.slice(0, 1));
  await settled();
  expect(asked).not.toEqual([]);
});

test('the fault of every series becomes an anomaly that tells when, how much and why', async () => {
  void start();
  await send([...before, ...after]);
  await settled();
  const { stored } = await outcome();
  const faults = stored.filter(({ startedAt }) => startedAt === Date.UTC(2026, 0, 5) + 620 * 300_000);
  expect(faults.map(({ series }) => series.asset).sort()).toEqual(['cart', 'db', 'web']);
  for (const fault of faults) {
    expect(fault).toMatchObject({ status: 'closed', direction: 'up', tenantId });
    expect(fault.value).toBeGreaterThan(0.39);
    expect(fault.explanation).toMatch(/^p99 latency of \w+ .*40\d(\.\d+)? ms/);
  }
});

describe('the same anomalies, ids and contents as without a break', () => {
  test('after a restart in the middle of the fault', async () => {
    const expected = await uninterrupted();
    void start();
    await send(before);
    await settled();
    await finish();
    void start();
    await send(after);
    await settled();
    expect(await outcome()).toEqual(expected);
    expect(expected.stored.length).toBeGreaterThanOrEqual(3);
  });

  test('when every record is delivered twice, and again after the end', async () => {
    const expected = await uninterrupted();
    void start();
    await send(before);
    await send(before);
    await send(after);
    await settled();
    await send([...after, ...before]);
    await settled();
    expect(await outcome()).toEqual(expected);
  });

  test('when fewer models fit in memory than there are series', async () => {
    const expected = await uninterrupted();
    void start({ settings: { heldBytesMax: 1 } });
    // Record by record, so that models leave memory and come back many times.
    for (const record of [...before, ...after]) {
      await send([record]);
      await settled();
    }
    expect(meter.value('heliosiq_detect_series')).toBe(0);
    expect(await outcome()).toEqual(expected);
  });
});

describe('a crash between two effects is made good by the next start', () => {
  const crash = new Error('the machine is gone');

  /** A log that fails at the first append of anomalies, after or before it has happened. */
  const logFailingAtAppend = (happens: boolean): EventLog => {
    let failed = false;
    return {
      ...log,
      append: async (tenant, topic, records, options) => {
        const fails = topic === 'anomalies' && !failed;
        failed ||= fails;
        if (!fails || happens) await log.append(tenant, topic, records, options);
        if (fails) throw crash;
      },
    };
  };

  /** A log whose batches can never be committed. */
  const logFailingAtCommit = (): EventLog => ({
    ...log,
    consumer: (options) => {
      const consumer = log.consumer(options);
      return {
        async *batches(signal) {
          for await (const batch of consumer.batches(signal)) {
            yield { ...batch, commit: () => Promise.reject(crash), reject: batch.reject };
          }
        },
        [Symbol.asyncDispose]: () => consumer[Symbol.asyncDispose](),
      };
    },
  });

  const statesFailingAtPut = (happens: boolean): StateStore => ({
    get: states.get,
    put: async (...entries) => {
      if (happens) await states.put(...entries);
      throw crash;
    },
  });

  const crashes: readonly (readonly [string, () => Fronts])[] = [
    ['before anomalies are announced', () => ({ log: logFailingAtAppend(false) })],
    ['after anomalies are announced, before models are saved', () => ({ log: logFailingAtAppend(true) })],
    ['while models are saved', () => ({ states: statesFailingAtPut(false) })],
    ['after models are saved', () => ({ states: statesFailingAtPut(true) })],
    ['after models are saved, before offsets are committed', () => ({ log: logFailingAtCommit() })],
  ];

  test.each(crashes)('%s', async (_, fronts) => {
    const expected = await uninterrupted();
    void start();
    await send(before);
    await settled();
    await finish();
    const doomed = start(fronts());
    await send(after);
    await expect(doomed).rejects.toThrow('the machine is gone');
    void start();
    await settled();
    expect(await outcome()).toEqual(expected);
  });
});

test('partitions that come later cost those nothing that were held all along', async () => {
  const expected = await uninterrupted();
  const another = 9999;
  const growing: EventLog = {
    ...log,
    consumer: (options) => {
      const consumer = log.consumer(options);
      return {
        async *batches(signal) {
          for await (const batch of consumer.batches(signal)) {
            yield batch;
            await options.onAssigned?.(batch.topic, [another]);
          }
        },
        [Symbol.asyncDispose]: () => consumer[Symbol.asyncDispose](),
      };
    },
  };
  void start({ log: growing, settings: { saveAfterMs: 3_600_000 } });
  await send(before);
  await send(after);
  await settled();
  await finish();
  expect(await outcome()).toEqual(expected);
});

test('a poison record is rejected with its reason and the rest goes on', async () => {
  const expected = await uninterrupted();
  void start();
  await send(before);
  const whole = after[0]?.value ?? Buffer.of();
  const columns = { refs: Float64Array.of(2 ** 50), times: Float64Array.of(1), values: Float64Array.of(1) };
  await send([
    { key: 'web', id: 'poison-1', value: whole.subarray(0, -1) },
    { key: 'web', id: 'poison-2', value: Buffer.of(1) },
    { key: 'web', id: 'poison-3', value: encodeSampleColumns(columns, Int32Array.of(0), { from: 0, to: 1 }) },
  ]);
  await send(after);
  await settled();
  expect(await outcome()).toEqual(expected);
  const { records } = await log.read(tenantId, 'signals-rejected', { partition: 0, fromOffset: 0, recordsMax: 10 });
  expect(records.map(({ id }) => id)).toEqual(['poison-1', 'poison-2', 'poison-3']);
  for (const { headers } of records) expect(headers?.[rejectedHeaders.reason]).toBeTruthy();
  expect(meter.value('heliosiq_detect_records_rejected_total')).toBe(3);
});

test('signals of other kinds and values that are no finite numbers change nothing', async () => {
  const expected = await uninterrupted();
  void start();
  await send(before);
  const odd = [Number.NaN, Infinity, -Infinity].map((value, index) => {
    const columns = {
      refs: Float64Array.of(refOf(before[0])),
      times: Float64Array.of(Date.UTC(2026, 0, 20) + index),
      values: Float64Array.of(value),
    };
    const bytes = encodeSampleColumns(columns, Int32Array.of(0), { from: 0, to: 1 });
    return { key: before[0]?.key ?? '', id: `odd-${index}`, value: bytes };
  });
  await send([...odd, { key: 'web', id: 'other', value: Buffer.from('{"kind":"event"}') }]);
  await send(after);
  await settled();
  expect(await outcome()).toEqual(expected);
  expect(meter.value('heliosiq_detect_records_rejected_total')).toBe(0);
});

/** The number of the one series of a recorded record. */
function refOf(record: NewRecord | undefined): number {
  const columns = decodeSampleColumns(record?.value ?? Buffer.of());
  return (columns.ok ? columns.value.refs[0] : undefined) ?? 0;
}

test('a stored model that cannot be read is learnt anew and stops nothing', async () => {
  void start();
  await send(before);
  await settled();
  await finish();
  const broken: StateStore = {
    put: states.put,
    get: async (...asked) => (await states.get(...asked)).map(({ key }) => ({ key, bytes: Buffer.from('old') })),
  };
  void start({ states: broken });
  await send(after);
  await settled();
  expect(meter.value('heliosiq_detect_samples_total')).toBeGreaterThan(0);
});
