import { createMemoryEventLog } from '@heliosiq/adapters/memory/event-log.ts';
import { HeliosError } from '@heliosiq/model';
import type { EventLog } from '@heliosiq/ports';
import { describe, expect, test, vi } from 'vitest';
import { fingerprintOfLabels } from '../../packages/ingest/src/alertmanager/label-fingerprint.ts';
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

const second = 1_000;
const minute = 60 * second;
const { open, world } = stoppedWorlds();

const labels = { alertname: 'Down', instance: 'web-1', severity: 'critical' };
const fingerprint = fingerprintOfLabels(labels);

describe('what is stored', () => {
  test('a direct alert is an alert signal with asset, severity, words and link', async () => {
    const { send, signals } = world();
    const alert = directAlert({ name: 'Down', startsAt: epoch - second, endsAt: epoch + 4 * minute });
    expect(await send(alertsPath, [alert])).toEqual({ status: 200 });
    expect(await signals()).toEqual([
      {
        kind: 'alert',
        id: `${fingerprint}:${epoch - second}:firing`,
        asset: 'web-1',
        at: epoch - second,
        startedAt: epoch - second,
        fingerprint,
        status: 'firing',
        title: 'Down on web-1',
        text: 'It is slow.',
        severity: 'critical',
        link: 'http://prometheus:9090/graph?g0.expr=up',
        labels: { ...labels, runbook_url: 'https://run.book/1' },
      },
    ]);
  });

  test('the same alert by webhook and directly is one record, firing and resolved', async () => {
    const { send, signals, clock } = world();
    const at = epoch + 5 * minute;
    clock.now = at;
    await send(alertsPath, [directAlert({ name: 'Down', startsAt: at, endsAt: at + 4 * minute })]);
    await send(webhookPath, webhookBody([{ name: 'Down', fingerprint, startsAt: at }]));
    clock.now = at + minute;
    await send(webhookPath, webhookBody([{ name: 'Down', fingerprint, startsAt: at, endsAt: at + 50 * second }]));
    await send(alertsPath, [directAlert({ name: 'Down', startsAt: at, endsAt: at + 50 * second })]);
    expect((await signals()).map((signal) => [signal.at, 'status' in signal && signal.status])).toEqual([
      [at, 'firing'],
      [at + 50 * second, 'resolved'],
    ]);
  });

  test("Grafana's extra fields become links and text", async () => {
    const { send, signals } = world();
    const [alert] = webhookBody([{ name: 'Down', fingerprint: 'fa1', startsAt: epoch }]).alerts;
    const grafana = {
      ...alert,
      annotations: { summary: 'CPU is hot' },
      values: { A: 91.5 },
      valueString: "[ var='A' labels={} value=91.5 ]",
      dashboardURL: 'https://grafana/d/1',
      panelURL: 'javascript:alert(1)',
      imageURL: '',
      silenceURL: 'https://grafana/alerting/silence/new',
    };
    const body = { ...webhookBody([]), alerts: [grafana], version: '1', orgId: 1, state: 'alerting', title: 'x' };
    expect(await send(webhookPath, body)).toMatchObject({ status: 200 });
    expect(await signals()).toMatchObject([
      {
        fingerprint: 'fa1',
        title: 'CPU is hot',
        text: "[ var='A' labels={} value=91.5 ]",
        labels: {
          ...labels,
          dashboard_url: 'https://grafana/d/1',
          silence_url: 'https://grafana/alerting/silence/new',
        },
      },
    ]);
    expect(JSON.stringify(await signals())).not.toContain('javascript');
  });

  test('what the sender left out is an event, a metric and a line of the log', async () => {
    const { send, signals, meter, logger } = world();
    const body = webhookBody([{ name: 'Down', fingerprint, startsAt: epoch }], { truncatedAlerts: 7 });
    await send(webhookPath, body);
    await send(webhookPath, body);
    const events = (await signals()).filter(({ kind }) => kind === 'event');
    expect(new Set(events.map(({ id }) => id)).size).toBe(1);
    expect(events[0]).toMatchObject({ asset: 'web-1', title: expect.stringContaining('7 alerts of the group {}:{') });
    expect(meter.value('heliosiq_ingest_alerts_truncated_total')).toBe(14);
    expect(JSON.stringify(logger.lines)).toContain('alerts-truncated');
  });

  test('an alert with more and longer labels than a signal holds is kept, cut', async () => {
    const { send, signals } = world();
    const many = Object.fromEntries(Array.from({ length: 90 }, (_, index) => [`label_${index}`, 'x'.repeat(3000)]));
    const alert = directAlert({
      name: 'Down',
      startsAt: epoch,
      endsAt: epoch + minute,
      labels: { ...many, bad: '\0\ud800' },
    });
    expect(await send(alertsPath, [alert])).toEqual({ status: 200 });
    const [stored] = await signals();
    expect(Object.keys(stored?.labels ?? {})).toHaveLength(64);
  });
});

describe('bad alerts', () => {
  test('cost themselves and not the batch', async () => {
    const { send, signals, meter } = world();
    const good = directAlert({ name: 'Down', startsAt: epoch, endsAt: epoch + minute });
    const bad = [
      null,
      7,
      { labels: {} },
      { labels: { a: 1 } },
      { ...good, startsAt: 'soon' },
      { ...good, endsAt: good.startsAt.replace('2026', '2025') },
    ];
    expect(await send(alertsPath, [...bad, good])).toEqual({ status: 200 });
    expect(await signals()).toHaveLength(1);
    expect(meter.value('heliosiq_ingest_alerts_rejected_total', { way: 'direct', field: 'labels' })).toBe(2);
    expect(meter.value('heliosiq_ingest_alerts_rejected_total', { way: 'direct', field: 'startsAt' })).toBe(1);
    expect(meter.value('heliosiq_ingest_alerts_total', { way: 'direct' })).toBe(1);
  });

  test('and nothing else are refused with reasons in the words of Alertmanager', async () => {
    const { send } = world();
    const answer = await send(alertsPath, [{ labels: {} }]);
    expect(answer).toMatchObject({ status: 400, mediaType: 'application/json' });
    expect(JSON.parse(String(answer.body))).toContain('at least one label pair required');
    expect(await send(alertsPath, '{')).toMatchObject({ status: 400 });
    expect(await send(alertsPath, {})).toMatchObject({ status: 400 });
    expect(await send(webhookPath, [])).toMatchObject({ status: 400 });
    expect(await send(webhookPath, webhookBody([], { alerts: [1] }))).toMatchObject({ status: 422 });
    expect(await send(webhookPath, webhookBody([]))).toMatchObject({ status: 200 });
  });
});

describe('an acknowledgement means stored', () => {
  test('a re-send while the first is not stored yet is not acknowledged before it is; later ones append nothing', async () => {
    const memory = createMemoryEventLog();
    const appends: (() => void)[] = [];
    const log: EventLog = {
      ...memory,
      async append(...given) {
        await new Promise<void>((resolve) => appends.push(resolve));
        await memory.append(...given);
      },
    };
    const { send } = world({ log });
    const body = webhookBody([{ name: 'Down', fingerprint, startsAt: epoch }]);
    const answered: number[] = [];
    const first = send(webhookPath, body).then(() => answered.push(1));
    const second_ = send(webhookPath, body).then(() => answered.push(2));
    await vi.waitFor(() => expect(appends).toHaveLength(2), { timeout: 90_000 });
    expect(answered).toEqual([]);
    for (const go of appends) go();
    await Promise.all([first, second_]);
    await send(webhookPath, body);
    expect(appends).toHaveLength(2);
  });

  test('an end whose begin could not be stored brings it along', async () => {
    const memory = createMemoryEventLog();
    let fails = 2;
    const log: EventLog = {
      ...memory,
      async append(...given) {
        fails -= 1;
        if (fails >= 0) throw new Error('the database is away');
        await memory.append(...given);
      },
    };
    const { send, signals, clock } = world({ log });
    const alert = { name: 'Down', fingerprint, startsAt: epoch };
    await expect(send(webhookPath, webhookBody([alert]))).rejects.toThrow('away');
    clock.now += minute;
    const end = webhookBody([{ ...alert, endsAt: epoch + 30 * second }]);
    await expect(send(webhookPath, end)).rejects.toThrow('away');
    await send(webhookPath, end);
    expect((await signals()).map((signal) => 'status' in signal && signal.status)).toEqual(['firing', 'resolved']);
  });
});

describe('alerts that nobody refreshes', () => {
  test('end at the moment until which their sender vouched for them', async () => {
    const { send, signals, pass, startExpiry, meter } = world();
    startExpiry();
    await send(alertsPath, [directAlert({ name: 'Down', startsAt: epoch, endsAt: epoch + 4 * minute })]);
    await send(webhookPath, webhookBody([{ name: 'Other', fingerprint: 'f2', startsAt: epoch }]));
    await pass(2 * minute);
    await send(alertsPath, [directAlert({ name: 'Down', startsAt: epoch, endsAt: epoch + 6 * minute })]);
    await pass(4 * minute - second);
    expect(meter.value('heliosiq_ingest_alerts_expired_total')).toBe(0);
    await pass(2 * second);
    await vi.waitFor(() => expect(meter.value('heliosiq_ingest_alerts_expired_total')).toBe(1), { timeout: 90_000 });
    const ended = (await signals()).filter((signal) => 'status' in signal && signal.status === 'resolved');
    expect(ended).toMatchObject([{ at: epoch + 6 * minute, fingerprint, title: 'Down on web-1', startedAt: epoch }]);
  });

  test('are known after a restart, and their senders get time to be heard again', async () => {
    const before = world();
    before.startExpiry();
    const alert = directAlert({ name: 'Down', startsAt: epoch, endsAt: epoch + 4 * minute });
    const lost = directAlert({ name: 'Lost', startsAt: epoch, endsAt: epoch + 4 * minute });
    await before.send(alertsPath, [alert, lost]);
    await before.stop();
    // An hour later: both would be over by their word, and one of the senders comes back within the grace period.
    const after = world({ log: before.log, state: before.state, now: epoch + 60 * minute });
    after.startExpiry();
    await vi.waitFor(() => expect(after.meter.value('heliosiq_ingest_alerts_firing')).toBe(2), { timeout: 90_000 });
    await after.pass(4 * minute);
    await after.send(alertsPath, [directAlert({ name: 'Down', startsAt: epoch, endsAt: epoch + 70 * minute })]);
    expect(after.meter.value('heliosiq_ingest_alerts_expired_total')).toBe(0);
    await after.pass(minute + second);
    await vi.waitFor(() => expect(after.meter.value('heliosiq_ingest_alerts_expired_total')).toBe(1), {
      timeout: 90_000,
    });
    const ended = (await after.signals()).filter((signal) => 'status' in signal && signal.status === 'resolved');
    expect(ended).toMatchObject([{ title: 'Lost on web-1', at: epoch + 4 * minute }]);
  });

  test('get the same time again after the log could not take an end', async () => {
    const memory = createMemoryEventLog();
    let isAway = false;
    const log: EventLog = {
      ...memory,
      async append(...given) {
        if (isAway) throw new HeliosError('unavailable', 'the database is away');
        await memory.append(...given);
      },
    };
    const { send, signals, pass, startExpiry, meter } = world({ log });
    startExpiry();
    const alertUntil = (name: string, minutes: number) =>
      directAlert({ name, startsAt: epoch, endsAt: epoch + minutes * minute });
    await send(alertsPath, [alertUntil('Down', 1), alertUntil('Slow', 3)]);
    isAway = true;
    await pass(2 * minute);
    isAway = false;
    await vi.waitFor(() => expect(meter.value('heliosiq_ingest_alerts_expired_total')).toBe(1), { timeout: 90_000 });
    await pass(4 * minute);
    await send(alertsPath, [alertUntil('Slow', 30)]);
    await pass(4 * minute);
    const ended = (await signals()).filter((signal) => 'status' in signal && signal.status === 'resolved');
    expect(ended).toMatchObject([{ title: 'Down on web-1', at: epoch + minute }]);
  });

  test('a recurrence with the same start is known across a restart', async () => {
    const before = world();
    before.startExpiry();
    const alert = { name: 'Down', fingerprint, startsAt: epoch };
    await before.send(webhookPath, webhookBody([alert]));
    before.clock.now += 30 * second;
    await before.send(webhookPath, webhookBody([{ ...alert, endsAt: epoch + 20 * second }]));
    await before.stop();
    const after = world({ log: before.log, state: before.state, now: epoch + minute });
    await after.send(webhookPath, webhookBody([alert]));
    expect((await after.signals()).map(({ at }) => at - epoch)).toEqual([0, 20 * second, minute]);
  });

  test('what is followed and remembered is bounded', async () => {
    const { send, books } = world({ settings: { alertsMax: 50 } });
    for (let batch = 0; batch < 10; batch += 1) {
      const alerts = Array.from({ length: 20 }, (_, index) => ({
        name: 'Down',
        fingerprint: `f${batch}-${index}`,
        startsAt: epoch,
      }));
      await send(webhookPath, webhookBody(alerts));
      if (batch % 2 === 0) await send(webhookPath, webhookBody(alerts.map((one) => ({ ...one, endsAt: epoch }))));
    }
    const book = await books.of(acme.tenantId);
    expect(book.firing.size).toBeLessThanOrEqual(50);
    expect(book.past.size).toBeLessThanOrEqual(50);
  });
});

describe('being an Alertmanager', () => {
  test('lists what fires, by a matcher, in the shape of its API', async () => {
    const { send, ask } = world();
    await send(alertsPath, [
      directAlert({ name: 'Down', startsAt: epoch - minute, endsAt: epoch + minute }),
      directAlert({ name: 'Slow', startsAt: epoch - minute, endsAt: epoch + minute }),
    ]);
    const answer = await ask(alertsPath, { filter: 'alertname="Down"', active: 'true' });
    expect(JSON.parse(String(answer.body))).toEqual([
      {
        fingerprint,
        labels: expect.objectContaining(labels),
        annotations: expect.objectContaining({ summary: 'Down on web-1' }),
        startsAt: '2026-01-04T23:59:00.000Z',
        endsAt: '2026-01-05T00:01:00.000Z',
        updatedAt: '2026-01-05T00:00:00.000Z',
        generatorURL: 'http://prometheus:9090/graph?g0.expr=up',
        receivers: [{ name: 'heliosiq' }],
        status: { state: 'active', silencedBy: [], inhibitedBy: [] },
      },
    ]);
    expect(JSON.parse(String((await ask(alertsPath)).body))).toHaveLength(2);
    expect(await ask(alertsPath, { filter: 'x=~"(a+)+"' })).toMatchObject({ status: 400 });
  });

  test('says who it is', async () => {
    const { body } = await world().ask('/api/v2/status');
    expect(JSON.parse(String(body))).toMatchObject({
      cluster: { status: 'disabled', peers: [] },
      uptime: '2026-01-05T00:00:00.000Z',
      versionInfo: { version: '1.2.3' },
    });
  });
});

describe('the incident behind', () => {
  test('alert by both ways, resolved, fired again: one incident that resolves and reopens', async () => {
    const here = world();
    const stage = openIncidentStage(here);
    open.push(stage);
    const fire = async (startsAt: number): Promise<void> => {
      here.clock.now = startsAt + 5 * second;
      await here.send(alertsPath, [directAlert({ name: 'Down', startsAt, endsAt: startsAt + 4 * minute })]);
      await here.send(webhookPath, webhookBody([{ name: 'Down', fingerprint, startsAt }]));
    };
    const end = async (startsAt: number, endsAt: number): Promise<void> => {
      here.clock.now = endsAt + 5 * second;
      await here.send(alertsPath, [directAlert({ name: 'Down', startsAt, endsAt })]);
      await here.send(webhookPath, webhookBody([{ name: 'Down', fingerprint, startsAt, endsAt }]));
    };
    await fire(epoch);
    expect(await stage.incidents()).toMatchObject([{ status: 'open', occurrences: 1, title: 'Down on web-1' }]);
    await end(epoch, epoch + minute);
    expect(await stage.incidents()).toMatchObject([{ status: 'resolved', occurrences: 1 }]);
    await fire(epoch + 2 * minute);
    expect(await stage.incidents()).toMatchObject([{ status: 'open', occurrences: 2, reopenedCount: 1 }]);
    await end(epoch + 2 * minute, epoch + 3 * minute);
    // The sender gives the start of old once more.
    await fire(epoch + 2 * minute);
    await here.send(webhookPath, webhookBody([{ name: 'Down', fingerprint, startsAt: epoch + 2 * minute }]));
    const [incident, ...others] = await stage.incidents();
    expect(others).toEqual([]);
    expect(incident).toMatchObject({ status: 'open', occurrences: 3, reopenedCount: 2 });
  });

  test('a watchdog opens none', async () => {
    const here = world();
    const stage = openIncidentStage(here);
    open.push(stage);
    await here.send(alertsPath, [directAlert({ name: 'Watchdog', startsAt: epoch, endsAt: epoch + minute })]);
    expect(await stage.incidents()).toEqual([]);
  });
});
