import { createMemoryEventLog } from '@heliosiq/adapters/memory/event-log.ts';
import { createMemoryLogger } from '@heliosiq/adapters/memory/logger.ts';
import { createMemoryMeter } from '@heliosiq/adapters/memory/meter.ts';
import { createMemorySeriesRegistry } from '@heliosiq/adapters/memory/series-registry.ts';
import { createMemoryStateStore } from '@heliosiq/adapters/memory/state-store.ts';
import { type Principal, TenantId } from '@heliosiq/model';
import { expect, test } from 'vitest';
import { createTelemetryIntake } from '../intake/telemetry-intake.ts';
import { unlimitedQuota } from '../intake/tenant-quota.ts';
import { createAlertBooks } from './alert-books.ts';
import { createAlertRecall } from './alert-recall.ts';
import { isWireObject } from './alert-report.ts';
import { alertDefaults } from './alert-settings.ts';
import { createAlertTaking } from './alert-taking.ts';
import { createAlertTexts } from './alert-texts.ts';

const tenantId = TenantId.parse('acme');
const principal: Principal = { tenantId, actor: 'test', role: 'operator' };
const now = Date.parse('2026-01-01T00:01:00Z');

/** Sends bodies of alerts as the webhook does; answers how many of a body were known by their text. */
function openTaking() {
  const log = createMemoryEventLog();
  const common = { meter: createMemoryMeter(), logger: createMemoryLogger(), now: () => now, settings: alertDefaults };
  const books = createAlertBooks({ ...common, state: createMemoryStateStore(), recall: createAlertRecall(log) });
  const telemetry = createTelemetryIntake({ log, registry: createMemorySeriesRegistry(), quota: unlimitedQuota });
  const take = createAlertTaking({ ...common, books, telemetry });
  const texts = createAlertTexts();
  return async (alerts: readonly object[]): Promise<number> => {
    const body = Buffer.from(JSON.stringify({ alerts }));
    const read = texts.read(body);
    const sent = isWireObject(read.message) ? read.message['alerts'] : undefined;
    const items: readonly unknown[] = Array.isArray(sent) ? sent : [];
    const context = { way: 'webhook', bytes: body.length, mayHoldUnstorableText: false, requestId: 'r1' } as const;
    await take(principal, { items, texts: read, ...context });
    return items.filter((_, index) => read.known(index) !== undefined).length;
  };
}

const alert = (fingerprint: string, status = 'firing') => ({
  ...{ status, labels: { alertname: 'Down' }, startsAt: '2026-01-01T00:00:00Z', fingerprint },
  endsAt: status === 'firing' ? '0001-01-01T00:00:00Z' : '2026-01-01T00:00:30Z',
});

test('the text of an alert is remembered when it is sent again, not when it is news', async () => {
  const send = openTaking();
  const group = [alert('one'), alert('two')];
  expect(await send(group)).toBe(0);
  expect(await send([...group, alert('three')]), 'news were not remembered').toBe(0);
  expect(await send([...group, alert('three')])).toBe(2);
  expect(await send([...group, alert('three'), alert('four')]), 'known in their order').toBe(3);
  expect(await send([...group, alert('three', 'resolved')])).toBe(2);
  expect(await send([...group, alert('three', 'resolved')]), 'an end is read each time').toBe(2);
});
