import { describe, expect, it } from 'vitest';
import { attributesOf, nanoseconds, openOtlpIntake, testNow } from './testing/open-otlp-intake.ts';

const resource = { attributes: attributesOf({ 'service.name': 'cart', 'host.name': 'h1' }) };
const traceId = '5b8efff798038103d269b633813fc60c';
const spanId = 'eee19b7ec3c1b174';

function requestOf(...logRecords: object[]): object {
  return { resourceLogs: [{ resource, scopeLogs: [{ scope: { name: 'app' }, logRecords }] }] };
}

const line = { timeUnixNano: nanoseconds(testNow, 123), body: { stringValue: 'disk full' } };

describe.each(['protobuf', 'json'] as const)('log records in %s', (encoding) => {
  it('keep severity, body, trace and attributes', async () => {
    const { send, storedSignals } = openOtlpIntake();
    const attributes = attributesOf({ 'http.route': '/pay', retries: 3 });
    const record = { ...line, severityNumber: 17, severityText: 'ERROR', traceId, spanId, attributes };
    expect(await send('logs', requestOf(record), encoding)).toEqual({ count: 0, message: '' });
    expect(storedSignals()).toEqual([
      {
        kind: 'log',
        id: expect.stringMatching(/^[0-9a-f]{32}$/),
        asset: 'cart',
        at: testNow,
        body: 'disk full',
        severity: 'high',
        traceId,
        labels: {
          severity_text: 'ERROR',
          span_id: spanId,
          http_route: '/pay',
          retries: '3',
          service_name: 'cart',
          host_name: 'h1',
          job: 'cart',
          otel_scope_name: 'app',
        },
      },
    ]);
  });

  it('with a structured body keep it as JSON', async () => {
    const { send, storedSignals } = openOtlpIntake();
    const values = [
      { key: 'user', value: { intValue: '9007199254740993' } },
      {
        key: 'tags',
        value: { arrayValue: { values: [{ stringValue: 'a' }, { boolValue: true }, { doubleValue: 0.5 }] } },
      },
    ];
    await send('logs', requestOf({ ...line, body: { kvlistValue: { values } } }), encoding);
    expect(storedSignals()).toMatchObject([{ body: '{"user":"9007199254740993","tags":["a",true,0.5]}' }]);
  });

  it('have an id by content: a re-send is the same record, equal lines of one request stay two', async () => {
    const { send, storedSignals } = openOtlpIntake();
    const request = requestOf(line, line, { ...line, timeUnixNano: nanoseconds(testNow, 124) });
    await send('logs', request, encoding);
    await send('logs', request, encoding);
    const ids = storedSignals().map(({ id }) => id);
    expect(new Set(ids).size).toBe(3);
    expect(ids.slice(3)).toEqual(ids.slice(0, 3));
  });

  it('without a time of their own have the observed one, without either the present', async () => {
    const { send, storedSignals } = openOtlpIntake();
    const { body } = line;
    await send('logs', requestOf({ body, observedTimeUnixNano: nanoseconds(testNow - 5000) }, { body }), encoding);
    expect(storedSignals().map(({ at }) => at)).toEqual([testNow - 5000, testNow]);
  });

  it('that are bad cost themselves alone', async () => {
    const { send, storedSignals } = openOtlpIntake();
    const bad = { ...line, timeUnixNano: nanoseconds(testNow + 86_400_000) };
    const good = Array.from({ length: 99 }, (_, index) => ({ ...line, body: { stringValue: `line ${index}` } }));
    const refused = await send('logs', requestOf(...good, bad), encoding);
    expect(refused).toEqual({ count: 1, message: '1 × log record: its time is in the future' });
    expect(storedSignals()).toHaveLength(99);
  });
});

it('cuts text and labels to what the model takes', async () => {
  const { send, storedSignals } = openOtlpIntake();
  const attributes = attributesOf(
    Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`a${index}`, 'v'.repeat(2000)])),
  );
  await send('logs', requestOf({ ...line, body: { stringValue: '\u{1F600}'.repeat(40_000) }, attributes }));
  const [log] = storedSignals();
  expect(log?.kind === 'log' && log.body.length).toBe(65_536);
  expect(log?.kind === 'log' && log.body.isWellFormed()).toBe(true);
  expect(Object.values(log?.labels ?? {}).map((value) => value.length)).toEqual(new Array(64).fill(1024));
});

it.each([
  [1, 'info'],
  [9, 'info'],
  [13, 'medium'],
  [17, 'high'],
  [24, 'critical'],
])('takes severity number %d as %s', async (severityNumber, severity) => {
  const { send, storedSignals } = openOtlpIntake();
  await send('logs', requestOf({ ...line, severityNumber }));
  expect(storedSignals()).toMatchObject([{ severity }]);
});

it('reads the severity from its text where there is no number', async () => {
  const { send, storedSignals } = openOtlpIntake();
  await send('logs', requestOf({ ...line, severityText: 'warning' }));
  expect(storedSignals()).toMatchObject([{ severity: 'medium' }]);
});
