import { createMemoryAnomalyStore } from '@heliosiq/adapters/memory/anomaly-store.ts';
import { createMemoryEventLog } from '@heliosiq/adapters/memory/event-log.ts';
import { createMemoryLogger } from '@heliosiq/adapters/memory/logger.ts';
import { createMemoryMeter } from '@heliosiq/adapters/memory/meter.ts';
import { createMemorySeriesRegistry } from '@heliosiq/adapters/memory/series-registry.ts';
import { createMemoryStateStore } from '@heliosiq/adapters/memory/state-store.ts';
import { AssetId } from '@heliosiq/model';
import { seriesIdOf } from '@heliosiq/model/content-id.ts';
import { encodeSampleColumns } from '@heliosiq/model/sample-columns.ts';
import { signalKeyOf } from '@heliosiq/model/signal-lane.ts';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createDetect, detectGroup } from '../../packages/detect/src/detect.ts';
import { silenceDefaults } from '../../packages/detect/src/silence/silence-settings.ts';
import { tenantId } from './fault-recording.ts';

const intervalMs = 100;
const secondMs = 1000;
const hourMs = 3_600_000;
const startMs = Date.UTC(2026, 0, 5);
const patience = { timeout: 50_000, interval: 1 };

// The wall clock is the test's.
beforeEach(() => void vi.useFakeTimers({ now: startMs, toFake: ['Date'] }));
afterEach(() => void vi.useRealTimers());

test('a night in which the machine slept does not dull the watch for silence', async () => {
  const log = createMemoryEventLog({ memberSilenceMaxMs: 24 * hourMs });
  const registry = createMemorySeriesRegistry();
  const anomalies = createMemoryAnomalyStore();
  const named = { asset: AssetId.parse('buoy'), metric: 'level', labels: {} };
  const [ref = 0] = await registry.register(tenantId, [{ id: seriesIdOf(tenantId, named), ...named }]);
  let looks = 0;
  const counted = {
    ...log,
    lag: () => {
      looks += 1;
      return log.lag();
    },
  };
  const service = createDetect({
    ...{ log: counted, registry, anomalies, states: createMemoryStateStore() },
    ...{ meter: createMemoryMeter(), logger: createMemoryLogger() },
    settings: { saveAfterMs: 5, silence: { ...silenceDefaults, checkMs: 100 } },
  });
  const stop = new AbortController();
  const running = service.run(stop.signal);

  /** One sample, measured and taken now. */
  async function send(): Promise<number> {
    const at = Date.now();
    const columns = { refs: Float64Array.of(ref), times: Float64Array.of(at), values: Float64Array.of(1) };
    const value = encodeSampleColumns(columns, Int32Array.of(0), { from: 0, to: 1 });
    await log.append(tenantId, 'signals', [{ key: signalKeyOf('buoy'), id: String(at), value }]);
    vi.setSystemTime(at + intervalMs);
    return at;
  }

  async function workedOff(): Promise<void> {
    await vi.waitFor(async () => {
      const lag = (await log.lag()).filter(({ group }) => group === detectGroup);
      expect(lag.length).toBeGreaterThan(0);
      expect(lag.reduce((sum, { lagRecords }) => sum + lagRecords, 0)).toBe(0);
    }, patience);
  }

  /** Lets time pass, and the stage look around. */
  async function pass(ms: number): Promise<void> {
    const before = looks;
    vi.setSystemTime(Date.now() + ms);
    await vi.waitFor(() => expect(looks).toBeGreaterThan(before + 1), patience);
  }

  for (let sent = 0; sent < 300; sent += 1) await send();
  await workedOff();
  vi.setSystemTime(Date.now() + 8 * hourMs);
  const lastAt = await send();
  await workedOff();
  for (let waited = 0; waited < 12; waited += 1) await pass(30 * secondMs);
  const found = await anomalies.find(tenantId, {}, { limit: 10 });
  expect(found).toMatchObject([{ detector: 'silence', status: 'open', startedAt: lastAt }]);
  stop.abort();
  await running;
});
