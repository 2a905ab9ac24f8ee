import { HeliosError } from '@heliosiq/model';
import type { HttpDoor } from '@heliosiq/ports';
import { describe, expect, it } from 'vitest';
import type { SignalKind } from './answer-messages.ts';
import { createOtlpDoors } from './otlp-doors.ts';
import { openOtlpIntake, testPrincipal } from './testing/open-otlp-intake.ts';
import { sampleRequests } from './testing/sample-requests.ts';
import { wireOfJson } from './testing/wire-of-json.ts';

const kinds: readonly SignalKind[] = ['metrics', 'logs', 'traces'];

function openDoor(kind: SignalKind) {
  const opened = openOtlpIntake();
  const door = createOtlpDoors(opened).find(({ path }) => path === `/v1/${kind}`);
  if (door === undefined) throw new Error(`there is no door for ${kind}`);
  return { ...opened, door };
}

function post(door: HttpDoor, mediaType: string, body: Buffer) {
  const request = { principal: testPrincipal, headers: {}, query: {}, requestId: 'r1' };
  return door.handle({ ...request, mediaType, contentType: `${mediaType}; charset=utf-8`, body });
}

describe.each(kinds)('the door for %s', (kind) => {
  it('answers in the type of the request', async () => {
    const { door } = openDoor(kind);
    const request = sampleRequests[kind];
    expect(await post(door, 'application/x-protobuf', wireOfJson(kind, request))).toEqual({
      status: 200,
      mediaType: 'application/x-protobuf',
      body: new Uint8Array(),
    });
    expect(await post(door, 'application/json', Buffer.from(JSON.stringify(request)))).toEqual({
      status: 200,
      mediaType: 'application/json',
      body: '{}',
    });
  });

  it('stores the same from both types', async () => {
    const [wire, json] = [openDoor(kind), openDoor(kind)];
    await post(wire.door, 'application/x-protobuf', wireOfJson(kind, sampleRequests[kind]));
    await post(json.door, 'application/json', Buffer.from(JSON.stringify(sampleRequests[kind])));
    const withoutId = (signals: readonly object[]) => signals.map((signal) => ({ ...signal, id: '' }));
    expect(json.storedSamples()).toEqual(wire.storedSamples());
    expect(withoutId(json.storedSignals())).toEqual(withoutId(wire.storedSignals()));
    expect(json.edges).toEqual(wire.edges);
    expect(wire.appended.length).toBeGreaterThan(0);
  });

  it('takes an empty request', async () => {
    const { door, appended } = openDoor(kind);
    expect(await post(door, 'application/x-protobuf', Buffer.alloc(0))).toMatchObject({ status: 200 });
    expect(await post(door, 'application/json', Buffer.from('{}'))).toMatchObject({ status: 200 });
    expect(appended).toEqual([]);
  });

  it('refuses what cannot be read, which no retry can mend', async () => {
    const { door } = openDoor(kind);
    for (const [type, body] of [
      ['application/x-protobuf', Buffer.from('not protobuf')],
      ['application/json', Buffer.from('{"resourceLogs":')],
      ['application/json', Buffer.from('[]')],
    ] as const) {
      const fault: unknown = await post(door, type, body).catch((error: unknown) => error);
      if (!(fault instanceof HeliosError)) throw new Error('it was taken', { cause: fault });
      const answer = door.describeFault?.(fault, { contentType: type });
      expect(answer).toMatchObject({ status: 400, mediaType: type });
    }
  });
});

it.each([
  ['metrics', { resourceMetrics: 'x' }, '"resourceMetrics" is not a list'],
  ['metrics', { resourceMetrics: ['x'] }, '"resourceMetrics" is not an object'],
  ['logs', { resourceLogs: [{ scopeLogs: {} }] }, '"scopeLogs" is not a list'],
  ['traces', { resourceSpans: [{ scopeSpans: [{ spans: 'x' }] }] }, '"spans" is not a list'],
  ['logs', { resourceLogs: [{ scopeLogs: [{ logRecords: ['out of stock'] }] }] }, '"logRecords" is not an object'],
  [
    'metrics',
    { resourceMetrics: [{ scopeMetrics: [{ metrics: [{ name: 'a', gauge: 5 }] }] }] },
    'the data of a metric',
  ],
  [
    'metrics',
    { resourceMetrics: [{ scopeMetrics: [{ metrics: [{ name: 'a', sum: { dataPoints: 5 } }] }] }] },
    '"dataPoints" is not a list',
  ],
] as const)('of %s whose telemetry has another shape nothing is acknowledged: %j', async (kind, request, detail) => {
  const { door, appended } = openDoor(kind);
  const answer = post(door, 'application/json', Buffer.from(JSON.stringify(request)));
  await expect(answer).rejects.toMatchObject({ code: 'invalid-request' });
  await expect(answer).rejects.toThrow(detail);
  expect(appended).toEqual([]);
});

it('tells of refused points in both types', async () => {
  const { door } = openDoor('metrics');
  const request = {
    resourceMetrics: [{ scopeMetrics: [{ metrics: [{ name: 'level', gauge: { dataPoints: [{ asDouble: 1 }] } }] }] }],
  };
  const message = '1 × metric level: it has no time';
  const json = await post(door, 'application/json', Buffer.from(JSON.stringify(request)));
  expect(JSON.parse(String(json.body))).toEqual({ partialSuccess: { rejectedDataPoints: '1', errorMessage: message } });
  const wire = await post(door, 'application/x-protobuf', wireOfJson('metrics', request));
  const text = Buffer.from(message);
  const partial = Buffer.concat([Buffer.from([8, 1, 0x12, text.length]), text]);
  expect(Buffer.from(wire.body ?? '')).toEqual(Buffer.concat([Buffer.from([0x0a, partial.length]), partial]));
});

describe('a fault', () => {
  const { door } = openDoor('logs');

  it('is a google.rpc.Status in JSON', () => {
    const fault = new HeliosError('rate-limited', 'The tenant sends too much', { retryAfterS: 7 });
    const answer = door.describeFault?.(fault, { contentType: 'application/json' });
    expect(answer).toMatchObject({ status: 429, mediaType: 'application/json' });
    expect(JSON.parse(String(answer?.body))).toEqual({
      code: 8,
      message: 'The tenant sends too much',
      details: [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '7s' }],
    });
  });

  it('keeps what is inside to itself', () => {
    const fault = new HeliosError('unavailable', 'connect ECONNREFUSED 10.0.0.7:5432');
    const answer = door.describeFault?.(fault, { contentType: 'application/x-protobuf' });
    expect(answer).toMatchObject({ status: 503, mediaType: 'application/x-protobuf' });
    expect(Buffer.from(answer?.body ?? '').toString()).toContain('A part that is needed is not available');
    expect(Buffer.from(answer?.body ?? '').toString()).not.toContain('10.0.0.7');
  });
});

it('an outage while storing is one that a retry mends, whatever failed', async () => {
  const { door, fail } = openDoor('metrics');
  const body = wireOfJson('metrics', sampleRequests.metrics);
  fail(new TypeError('a bug in a store'));
  await expect(post(door, 'application/x-protobuf', body)).rejects.toMatchObject({ code: 'unavailable' });
  fail(new HeliosError('rate-limited', 'slow down', { retryAfterS: 3 }));
  await expect(post(door, 'application/x-protobuf', body)).rejects.toMatchObject({
    code: 'rate-limited',
    retryAfterS: 3,
  });
  expect(await post(door, 'application/x-protobuf', body)).toMatchObject({ status: 200 });
});
