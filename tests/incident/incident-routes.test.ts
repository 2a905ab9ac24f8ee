import { type AssetId, type Incident, type IncidentAlert, newIncidentId, type TimelineEntry } from '@heliosiq/model';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { acme, openGateway } from '../gateway/open-gateway.ts';

type Doors = Awaited<ReturnType<typeof openGateway>>;

let doors: Doors;

function incidentOf(number: number, more: Partial<Incident> = {}): Incident {
  const at = Date.now() - number * 60_000;
  return {
    id: newIncidentId(),
    tenantId: acme,
    revision: 1,
    title: `Trouble ${number}`,
    status: 'open',
    severity: 'high',
    fingerprint: `f${number}`,
    startedAt: at,
    openedAt: at,
    updatedAt: at,
    lastSeenAt: at,
    reopenedCount: 0,
    assets: [`web-${number}`, 'shared'] as AssetId[], // names that are not empty
    anomalyIds: [],
    alertFingerprints: [],
    occurrences: 1,
    traits: ['cluster=eu-1'],
    ...more,
  };
}

function alertOf(number: number, asset = 'shared'): IncidentAlert {
  const at = Date.now();
  const fingerprint = `a${String(number).padStart(5, '0')}`;
  const times = { firstAt: at, lastAt: at, firedAt: at, seenAt: at };
  // The cast holds: the name is not empty.
  return {
    fingerprint,
    asset: asset as AssetId,
    title: 'Down',
    severity: 'high',
    rule: 'Down',
    firing: true,
    occurrences: 2,
    ...times,
  };
}

async function call(method: 'GET' | 'POST', path: string, body?: object) {
  const init = body === undefined ? { method } : { method, body: JSON.stringify(body) };
  const response = await doors.request(path, init);
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') === true;
  return { status: response.status, text, json: isJson ? JSON.parse(text) : undefined };
}

beforeEach(async () => {
  doors = await openGateway();
});

afterEach(() => doors.close());

test('an incident is taken, given away, watched, mitigated and written about', async () => {
  const incident = incidentOf(1);
  await doors.incidents.save(acme, incident, []);
  const path = `/api/v1/incidents/${incident.id}`;
  expect((await call('POST', `${path}/assignee`, { assignee: 'kim' })).json).toMatchObject({ assignee: 'kim' });
  expect((await call('POST', `${path}/watch`, { isWatching: true })).json.watchers).toHaveLength(1);
  expect((await call('POST', `${path}/mitigate`, { note: 'rolled back' })).json).toMatchObject({ status: 'mitigated' });
  expect((await call('POST', `${path}/acknowledge`, {})).status).toBe(409);
  expect((await call('POST', `${path}/assignee`, {})).json).not.toHaveProperty('assignee');
  const { timeline } = (await call('GET', path)).json as { timeline: TimelineEntry[] };
  expect(timeline.map(({ kind }) => kind)).toEqual([
    'assignee-changed',
    'watchers-changed',
    'incident-mitigated',
    'assignee-changed',
  ]);
  const draft = await call('GET', `${path}/postmortem`);
  expect(draft.text).toMatch(/^# Postmortem: Trouble 1\n/);
  expect(draft.text).toContain('rolled back');
});

test('members are merged and split by a person, and merged incidents are listed only when asked for', async () => {
  const [one, two] = [incidentOf(1), incidentOf(2)];
  await doors.incidents.save(acme, one, [], [alertOf(1, 'web-1')]);
  await doors.incidents.save(acme, two, [], [alertOf(2, 'web-2')]);
  const merged = await call('POST', `/api/v1/incidents/${two.id}/merge`, { into: one.id, note: 'same feed' });
  expect(merged.json).toMatchObject({ id: one.id, assets: ['web-1', 'shared', 'web-2'] });
  const listed = async (query: string) =>
    ((await call('GET', `/api/v1/incidents${query}`)).json as { incidents: { incident: Incident }[] }).incidents.length;
  expect(await listed('')).toBe(1);
  expect(await listed('?merged=true')).toBe(2);
  const split = await call('POST', `/api/v1/incidents/${one.id}/split`, { alertFingerprints: ['a00002'] });
  expect(split.json).toMatchObject({ splitFrom: one.id, alertFingerprints: ['a00002'], occurrences: 2 });
  expect(await listed('')).toBe(2);
  expect((await call('POST', `/api/v1/incidents/${one.id}/split`, { assets: ['nobody'] })).status).toBe(400);
});

test('the answer about an incident of 20,000 alerts is bounded, and the rest comes in pages', async () => {
  const alerts = Array.from({ length: 20_000 }, (_, number) => alertOf(number));
  const entries = alerts.map(({ fingerprint, lastAt }): TimelineEntry => ({
    id: `alert-firing:${lastAt}:${fingerprint}`,
    at: lastAt,
    kind: 'alert-joined',
    text: `Alert fires on shared (high): ${fingerprint}`,
  }));
  const incident = incidentOf(1, { alertFingerprints: alerts.slice(0, 1000).map(({ fingerprint }) => fingerprint) });
  await doors.incidents.save(acme, incident, entries, alerts);
  const path = `/api/v1/incidents/${incident.id}`;
  const page = await call('GET', path);
  expect(page.json).toMatchObject({ size: { timeline: 20_000, alerts: 20_000 } });
  expect(page.json.timeline).toHaveLength(500);
  expect(page.json.alerts).toHaveLength(50);
  expect(page.text.length).toBeLessThan(200_000);
  const earlier = await call('GET', `${path}/timeline?limit=1000&skip=500`);
  expect(earlier.json.timeline.at(-1)).toEqual(entries[19_499]);
  const further = await call('GET', `${path}/alerts?limit=1000&after=a00049`);
  expect(further.json.alerts).toHaveLength(1000);
  expect(further.json.alerts[0].fingerprint).toBe('a00050');
  const list = await call('GET', '/api/v1/incidents');
  expect(list.text.length).toBeLessThan(5_000);
});

test('a silence is shown where it matches, and can be ended; a viewer makes none', async () => {
  await doors.incidents.save(acme, incidentOf(1), []);
  const endsAt = new Date(Date.now() + 3_600_000).toISOString();
  const body = { matchers: [{ name: 'cluster', operator: '=~', value: 'eu-.*' }], endsAt, reason: 'new disks' };
  const made = await call('POST', '/api/v1/silences', body);
  expect(made).toMatchObject({ status: 201, json: { kind: 'silence', reason: 'new disks' } });
  const muted = async () =>
    ((await call('GET', '/api/v1/incidents')).json as { incidents: { muted?: string }[] }).incidents[0]?.muted;
  expect(await muted()).toContain('new disks');
  expect((await call('GET', '/api/v1/silences')).json.silences).toHaveLength(1);
  expect((await call('POST', `/api/v1/silences/${made.json.id}/end`)).status).toBe(200);
  expect(await muted()).toBeUndefined();
  expect((await call('GET', '/api/v1/silences')).json.silences).toHaveLength(0);
  expect((await call('GET', '/api/v1/silences?show=all')).json.silences).toHaveLength(1);
  const late = { ...body, endsAt: new Date(Date.now() - 1).toISOString() };
  expect((await call('POST', '/api/v1/silences', late)).status).toBe(400);
  const wild = { ...body, matchers: [{ name: 'asset', operator: '=~', value: '(a+)+' }] };
  expect((await call('POST', '/api/v1/silences', wild)).status).toBe(400);
  const viewer = await doors.keyOf('viewer');
  const init = { method: 'POST', body: JSON.stringify(body) };
  expect((await doors.request('/api/v1/silences', init, viewer)).status).toBe(403);
});

test('the report of noise tells how many alerts became one incident, and which rule is loudest', async () => {
  await doors.incidents.save(acme, incidentOf(1, { occurrences: 39 }), [], [alertOf(1), alertOf(2)]);
  const merged = incidentOf(2);
  await doors.incidents.save(acme, { ...merged, status: 'resolved', mergedInto: merged.id }, []);
  const sent = { id: 'n', at: Date.now(), kind: 'notification-sent', text: 'Webhook ops was told.' } as const;
  await doors.incidents.save(acme, incidentOf(3, { severity: 'low', recurrenceOf: merged.id }), [sent]);
  const { json } = await call('GET', '/api/v1/reports/noise');
  expect(json).toMatchObject({
    incidents: 2,
    occurrences: 40,
    occurrencesPerIncident: 20,
    merged: 1,
    recurrences: 1,
    pages: 1,
    pagesPerWeek: 1,
    bySeverity: { high: 1, low: 1 },
    rules: [{ rule: 'Down', fired: 4, alerts: 2, incidents: 1 }],
  });
  expect((await call('GET', '/api/v1/reports/noise?from=2000000000000&to=1000000000000')).status).toBe(400);
});
