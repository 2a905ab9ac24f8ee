import { createMemoryEventLog } from '@heliosiq/adapters/memory/event-log.ts';
import { expect, test, vi } from 'vitest';
import {
  acme,
  alertsPath,
  directAlert,
  epoch,
  openIncidentStage,
  stoppedWorlds,
  webhookBody,
  webhookPath,
} from './alertmanager-world.ts';
import { fingerprintOfLabels } from '../../packages/ingest/src/alertmanager/label-fingerprint.ts';

const second = 1_000;
const minute = 60 * second;
const fingerprint = fingerprintOfLabels({ alertname: 'Down', instance: 'web-1', severity: 'critical' });
const { open, world } = stoppedWorlds();

test('what was told since the last save is known after a crash: no recurrence is lost and none is made up', async () => {
  const before = world();
  const stage = openIncidentStage(before);
  open.push(stage);
  const alert = { name: 'Down', fingerprint, startsAt: epoch };
  const other = { name: 'Slow', fingerprint: 'c0ffee', startsAt: epoch };
  await before.send(webhookPath, webhookBody([alert, other]));
  await stage.incidents();
  await before.books.save();
  before.clock.now += 30 * second;
  const ended = { ...alert, endsAt: epoch + 20 * second };
  await before.send(webhookPath, webhookBody([ended, { ...other, endsAt: epoch + 21 * second }]));
  await before.send(webhookPath, webhookBody([{ ...other, startsAt: epoch + 25 * second }]));
  // Killed: nothing is saved of the ends and of the second firing.
  const after = world({ log: before.log, state: before.state, now: epoch + minute });
  const resends = [ended, { ...other, startsAt: epoch + 25 * second }];
  await after.send(webhookPath, webhookBody(resends));
  // A firing that another way in tells of is older news than the end, though the end was never saved.
  const late = directAlert({ name: 'Down', startsAt: epoch, endsAt: epoch + 4 * minute, from: 'http://other:9090' });
  await after.send(alertsPath, [late]);
  const told = async () =>
    (await after.signals()).map((signal) => signal.kind === 'alert' && [signal.status, signal.at - epoch]);
  const untilThen = [
    ['firing', 0],
    ['firing', 0],
    ['resolved', 20 * second],
    ['resolved', 21 * second],
    ['firing', 25 * second],
  ];
  expect(await told()).toEqual(untilThen);
  // The same sender fires again with the same start: that is a recurrence.
  after.clock.now += minute;
  await after.send(webhookPath, webhookBody([alert]));
  await after.send(webhookPath, webhookBody([alert]));
  expect(await told()).toEqual([...untilThen, ['firing', 2 * minute]]);
  const [incident, ...others] = (await stage.incidents()).filter(({ alertFingerprints }) =>
    alertFingerprints.includes(fingerprint),
  );
  expect(others).toEqual([]);
  expect(incident?.status).toBe('open');
});

test('an alert that was never saved still runs out after a crash', async () => {
  const before = world();
  await before.send(alertsPath, [directAlert({ name: 'Lost', startsAt: epoch, endsAt: epoch + 2 * minute })]);
  const after = world({ log: before.log, state: before.state, now: epoch + minute });
  after.startExpiry();
  await vi.waitFor(() => expect(after.meter.value('heliosiq_ingest_alerts_firing')).toBe(1), { timeout: 90_000 });
  await after.pass(6 * minute);
  await vi.waitFor(() => expect(after.meter.value('heliosiq_ingest_alerts_expired_total')).toBe(1), {
    timeout: 90_000,
  });
  expect((await after.signals()).map((signal) => 'status' in signal && signal.status)).toEqual(['firing', 'resolved']);
});

test('records that tell no episode, as versions before wrote them, are passed over after a crash', async () => {
  const before = world();
  const body = webhookBody([{ name: 'Down', fingerprint, startsAt: epoch }]);
  await before.send(webhookPath, body);
  const log = createMemoryEventLog();
  const ids: string[] = [];
  for (const partition of [0, 1, 2, 3]) {
    const all = { partition, fromOffset: 0, recordsMax: 10 };
    const { records } = await before.log.read(acme.tenantId, 'signals', all);
    for (const { key, id, value } of records) {
      ids.push(id);
      await log.append(acme.tenantId, 'signals', [{ key, id, value }]);
      const headers = { 'alert-episode': 'not JSON' };
      await log.append(acme.tenantId, 'signals', [{ key, id: 'unreadable', value: Buffer.from('{'), headers }]);
    }
  }
  const after = world({ log, now: epoch + minute });
  expect(await after.send(webhookPath, body)).toMatchObject({ status: 200 });
  const found: string[] = [];
  for (const partition of [0, 1, 2, 3]) {
    const all = { partition, fromOffset: 0, recordsMax: 10 };
    const { records } = await log.read(acme.tenantId, 'signals', all);
    found.push(...records.map(({ id }) => id));
  }
  expect(found).toEqual([...ids, 'unreadable', ...ids]);
});

test('what goes into the log to know an alert again holds no password of its sender', async () => {
  const { send, log } = world();
  const from = 'http://scott:tiger@prometheus:9090';
  await send(alertsPath, [directAlert({ name: 'Down', startsAt: epoch, endsAt: epoch + minute, from })]);
  const headers: string[] = [];
  for (const partition of [0, 1, 2, 3]) {
    const { records } = await log.read(acme.tenantId, 'signals', { partition, fromOffset: 0, recordsMax: 10 });
    headers.push(...records.map((record) => JSON.stringify(record.headers)));
  }
  expect(headers).toHaveLength(1);
  expect(headers[0]).toContain('http://prometheus:9090');
  expect(headers[0]).not.toContain('tiger');
});
