import { describe, expect, it } from 'vitest';
import { attributesOf, nanoseconds, openOtlpIntake, testNow } from './testing/open-otlp-intake.ts';
import type { StoredSample } from './testing/open-otlp-intake.ts';

let lastId = 0;

interface SpanWish {
  readonly id?: string;
  readonly trace?: string;
  readonly parent?: string;
  readonly name?: string;
  readonly kind?: number;
  readonly endMs?: number;
  readonly durationMs?: number;
  readonly isError?: boolean;
  readonly attributes?: Readonly<Record<string, string>>;
}

function spanOf(wish: SpanWish = {}): object {
  const { endMs = testNow, durationMs = 40, isError = false, attributes = {} } = wish;
  lastId += 1;
  return {
    traceId: wish.trace ?? '5b8efff798038103d269b633813fc60c',
    spanId: wish.id ?? lastId.toString(16).padStart(16, '0'),
    ...(wish.parent === undefined ? {} : { parentSpanId: wish.parent }),
    name: wish.name ?? 'GET /cart',
    kind: wish.kind ?? 2,
    startTimeUnixNano: nanoseconds(endMs - durationMs),
    endTimeUnixNano: nanoseconds(endMs),
    attributes: attributesOf(attributes),
    ...(isError ? { status: { code: 2 } } : {}),
  };
}

function requestOf(services: Readonly<Record<string, readonly object[]>>): object {
  return {
    resourceSpans: Object.entries(services).map(([service, spans]) => ({
      resource: { attributes: attributesOf({ 'service.name': service }) },
      scopeSpans: [{ scope: { name: 'http' }, spans }],
    })),
  };
}

const sumOf = (
  samples: readonly StoredSample[],
  metric: string,
  labels: Readonly<Record<string, string>> = {},
): number =>
  samples
    .filter(
      (one) => one.metric === metric && Object.entries(labels).every(([name, value]) => one.labels[name] === value),
    )
    .reduce((sum, { value }) => sum + value, 0);

describe.each(['protobuf', 'json'] as const)('spans in %s', (encoding) => {
  it('become rate, errors and duration per service, operation and kind', async () => {
    const { send, storedSamples } = openOtlpIntake();
    const spans = [
      spanOf(),
      spanOf({ durationMs: 60, isError: true }),
      spanOf({ name: 'POST /pay', kind: 3, durationMs: 300 }),
    ];
    expect(await send('traces', requestOf({ cart: spans }), encoding)).toEqual({ count: 0, message: '' });
    const samples = storedSamples();
    expect(new Set(samples.map(({ asset }) => asset))).toEqual(new Set(['cart']));
    const server = { operation: 'GET /cart', kind: 'server' };
    expect(sumOf(samples, 'span_calls_delta', server)).toBe(2);
    expect(sumOf(samples, 'span_errors_delta', server)).toBe(1);
    expect(sumOf(samples, 'span_duration_seconds_sum_delta', server)).toBeCloseTo(0.1);
    expect(sumOf(samples, 'span_duration_seconds_mean', server)).toBeCloseTo(0.05);
    expect(sumOf(samples, 'span_duration_seconds_bucket_delta', { ...server, le: '0.025' })).toBe(0);
    expect(sumOf(samples, 'span_duration_seconds_bucket_delta', { ...server, le: '0.05' })).toBe(1);
    expect(sumOf(samples, 'span_duration_seconds_bucket_delta', { ...server, le: '+Inf' })).toBe(2);
    expect(sumOf(samples, 'span_calls_delta', { operation: 'POST /pay', kind: 'client' })).toBe(1);
  });

  it('that are bad cost themselves alone', async () => {
    const { send, storedSamples } = openOtlpIntake();
    const good = Array.from({ length: 99 }, () => spanOf());
    const refused = await send('traces', requestOf({ cart: [...good, spanOf({ durationMs: -5 })] }), encoding);
    expect(refused).toEqual({ count: 1, message: '1 × span: it ends before it starts' });
    expect(sumOf(storedSamples(), 'span_calls_delta')).toBe(99);
  });
});

describe('a request with spans', () => {
  it('that is sent again, whole or with a span twice, changes nothing', async () => {
    const { send, storedSamples } = openOtlpIntake();
    const spans = Array.from({ length: 50 }, (_, index) => spanOf({ endMs: testNow - index * 700 }));
    await send('traces', requestOf({ cart: [...spans, ...spans.slice(0, 3)] }));
    const before = storedSamples();
    await send('traces', requestOf({ cart: spans }));
    expect(storedSamples()).toEqual(before);
    expect(sumOf(before, 'span_calls_delta')).toBe(50);
  });

  it('makes the same samples in another process', async () => {
    const request = requestOf({ cart: [spanOf(), spanOf({ durationMs: 7 })] });
    const [one, other] = [openOtlpIntake(), openOtlpIntake()];
    await one.send('traces', request);
    await other.send('traces', request);
    expect(other.storedSamples()).toEqual(one.storedSamples());
  });

  it('that ends in the same millisecond as another does not take its place', async () => {
    const { send, storedSamples } = openOtlpIntake();
    const requests = Array.from({ length: 20 }, () => requestOf({ cart: [spanOf()] }));
    for (const request of [...requests, ...requests]) await send('traces', request);
    expect(sumOf(storedSamples(), 'span_calls_delta')).toBe(20);
  });

  it('that could not be stored loses nothing when it is sent again', async () => {
    const { send, fail, storedSamples } = openOtlpIntake();
    const request = requestOf({ cart: [spanOf()] });
    fail(new Error('the disk is gone'));
    await expect(send('traces', request)).rejects.toMatchObject({ code: 'unavailable', retryAfterS: 5 });
    await send('traces', request);
    expect(sumOf(storedSamples(), 'span_calls_delta')).toBe(1);
  });
});

describe('edges', () => {
  const client = '00000000000000aa';

  it('go from the caller to the called service, whichever request comes first', async () => {
    const callers = requestOf({ web: [spanOf({ id: client, kind: 3 })] });
    const called = requestOf({ cart: [spanOf({ parent: client })] });
    for (const order of [
      [callers, called],
      [called, callers],
    ]) {
      const { send, edges } = openOtlpIntake();
      for (const request of order) await send('traces', request);
      expect(edges).toEqual([{ from: 'web', to: 'cart', kind: 'calls' }]);
    }
  });

  it('are stored once', async () => {
    const { send, edges } = openOtlpIntake();
    for (let round = 0; round < 3; round += 1) {
      const spans = {
        web: [spanOf({ id: client, kind: 3 })],
        cart: [spanOf({ parent: client }), spanOf({ parent: client })],
      };
      await send('traces', requestOf(spans));
    }
    expect(edges).toEqual([{ from: 'web', to: 'cart', kind: 'calls' }]);
  });

  it('of one trace are not mixed with those of another', async () => {
    const { send, edges } = openOtlpIntake();
    const other = '0123456789abcdef0123456789abcdef';
    await send(
      'traces',
      requestOf({ web: [spanOf({ id: client, kind: 3 })], cart: [spanOf({ trace: other, parent: client })] }),
    );
    expect(edges).toEqual([]);
  });

  it('lead to named peers, databases and queues', async () => {
    const { send, edges } = openOtlpIntake();
    const spans = [
      spanOf({ kind: 3, attributes: { 'peer.service': 'payments' } }),
      spanOf({ kind: 3, attributes: { 'db.system.name': 'postgresql', 'db.namespace': 'orders' } }),
      spanOf({ kind: 4, attributes: { 'messaging.system': 'kafka', 'messaging.destination.name': 'shipments' } }),
      spanOf({ kind: 3, attributes: { 'server.address': 'unknown.example.org' } }),
    ];
    await send('traces', requestOf({ cart: spans }));
    expect(edges.map(({ to }) => to)).toEqual(['payments', 'postgresql/orders', 'kafka/shipments']);
  });
});
