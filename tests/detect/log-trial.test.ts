import { createMemoryLogger } from '@heliosiq/adapters/memory/logger.ts';
import { createMemorySignalStore } from '@heliosiq/adapters/memory/signal-store.ts';
import { createMemoryStateStore } from '@heliosiq/adapters/memory/state-store.ts';
import type { Log, SensitivityLevel } from '@heliosiq/model';
import { expect, test, vi } from 'vitest';
import { judgeStoredLogs } from '../../packages/detect/src/backtest/log-trial.ts';
import { createLogWatch } from '../../packages/detect/src/log-watch/log-watch.ts';
import { defaultSeriesSettings } from '../../packages/detect/src/series-settings.ts';
import { logService, serviceAsset } from '../../packages/detect/src/testing/log-service.ts';
import { logRecordsOf, logTenant, watchRecords } from '../../packages/detect/src/testing/watched-logs.ts';

vi.setConfig({ testTimeout: 120_000 });

const hourMs = 3_600_000;
const lines = [...logService({ seed: 5, minutes: 8 * 60, requestsPerMinute: 1 })];
const begin = lines[0]?.at ?? 0;
const error = { at: begin + 7 * hourMs, body: 'FATAL volume data-3 went read only', severity: 'critical' } as const;
// Every line has a moment of its own, so that a store has them in one order alone.
const records = logRecordsOf(
  [...lines, error, { ...error, at: error.at + 60_000 }]
    .sort((a, b) => a.at - b.at)
    .map((line, index) => ({ ...line, at: line.at + index })),
  serviceAsset,
);
// Just written by `logRecordsOf`.
const logs = records.map(({ value }) => JSON.parse(Buffer.from(value).toString()) as Log);
const range = { from: begin, to: begin + 24 * hourMs };

async function openTrial() {
  const signals = createMemorySignalStore();
  await signals.append(logTenant, logs);
  return (level: SensitivityLevel, assets?: readonly string[]) =>
    judgeStoredLogs(
      { signals, logger: createMemoryLogger() },
      { tenantId: logTenant, range, level, assets },
      {
        ...{ series: defaultSeriesSettings, breathe: () => undefined, runMsMax: Number.POSITIVE_INFINITY },
        signal: new AbortController().signal,
      },
    );
}

test('a trial over stored logs finds what detection found when they came', async () => {
  const watch = createLogWatch({
    ...{ states: createMemoryStateStore(), logger: createMemoryLogger(), series: defaultSeriesSettings },
  });
  const live = new Map((await watchRecords(watch, records)).map(({ anomaly }) => [anomaly.id, anomaly]));
  const trial = await openTrial();
  const result = await trial('normal');
  expect(result).toMatchObject({ lines: logs.length, isCut: false });
  expect(new Map(result.anomalies.map((anomaly) => [anomaly.id, anomaly]))).toEqual(live);
  expect(result.anomalies.map(({ explanation }) => explanation).join(' ')).toContain('went read only');
});

test('a trial at a low sensitivity says no more, and one of another asset nothing', async () => {
  const trial = await openTrial();
  const [normal, lowest] = [await trial('normal'), await trial('lowest')];
  expect(normal.anomalies.length).toBeGreaterThan(0);
  expect(lowest.anomalies.length).toBeLessThanOrEqual(normal.anomalies.length);
  expect(await trial('normal', ['elsewhere'])).toEqual({ lines: 0, isCut: false, anomalies: [] });
});
