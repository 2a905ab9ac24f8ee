import { signalKeyOf } from '@heliosiq/model/signal-lane.ts';
import type { NewRecord } from '@heliosiq/ports';
import { expect, it } from 'vitest';
import { logService, serviceAsset } from '../../packages/detect/src/testing/log-service.ts';
import { logRecordsOf } from '../../packages/detect/src/testing/watched-logs.ts';
import { openReplayWorld, recordedFrom } from './replay-world.ts';

const hourMs = 3_600_000;
const error = {
  at: recordedFrom + 7 * hourMs,
  body: 'FATAL volume data-3 went read only',
  severity: 'critical',
} as const;
const lines = [
  ...logService({ seed: 5, minutes: 8 * 60, requestsPerMinute: 1, startAt: recordedFrom }),
  error,
  { ...error, at: error.at + 60_000 },
].sort((a, b) => a.at - b.at);
const records: readonly NewRecord[] = logRecordsOf(lines, serviceAsset).map(({ id, value }) => ({
  ...{ key: signalKeyOf(serviceAsset), id, value },
}));

it(
  'a replay from bronze gives the same anomalies of logs as the live stage found, and puts a wrong one right',
  { timeout: 180_000 },
  async () => {
    await using world = await openReplayWorld();
    const { anomalies, tenantId } = world;
    for (let from = 0; from < records.length; from += 200) await world.send(records.slice(from, from + 200));
    await world.settled();
    const stored = await anomalies.find(tenantId, {}, { limit: 100 });
    const [first] = stored.filter(({ detector }) => detector === 'log-new-pattern');
    if (first === undefined) throw new Error('the error was not noticed');

    const prove = async (applies = false) =>
      (await world.prove({ stages: ['detect'], applies, checksBronze: false })).stages[0];
    expect(await prove()).toMatchObject({ isEqual: true, items: stored.length, missing: 0, different: 0, extra: 0 });

    await anomalies.restore(tenantId, [{ ...first, value: first.value + 1 }]);
    expect(await prove(true)).toMatchObject({ isEqual: false, different: 1, applied: 1 });
    expect(await anomalies.find(tenantId, { ids: [first.id] }, { limit: 1 })).toEqual([first]);
    expect(await prove()).toMatchObject({ isEqual: true, items: stored.length });
  },
);
