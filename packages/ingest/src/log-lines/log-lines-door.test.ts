import { TenantId } from '@heliosiq/model';
import type { Log } from '@heliosiq/model';
import type { DoorRequest, Logger, Meter } from '@heliosiq/ports';
import { BinaryWriter } from '@bufbuild/protobuf/wire';
import { compressSync } from 'snappy';
import { describe, expect, it } from 'vitest';
import type { TelemetryIntake } from '../intake/telemetry-intake.ts';
import { createLogLinesDoor } from './log-lines-door.ts';
import { createLokiDoor } from './loki-door.ts';
import { readLokiLabels } from './loki-labels.ts';

const now = Date.UTC(2026, 5, 1, 12);
const silent: Logger = { debug() {}, info() {}, warn() {}, error() {}, child: () => silent };
const uncounted: Meter = {
  counter: () => ({ add() {} }),
  gauge: () => ({ set() {} }),
  histogram: () => ({ observe() {} }),
};

function open() {
  const stored: Log[] = [];
  const telemetry: TelemetryIntake = {
    store({ signals }) {
      for (const signal of signals) if (signal.kind === 'log') stored.push(signal);
      return Promise.resolve({ stored: signals.length, refusedSamples: 0, refusedSeries: 0 });
    },
  };
  const deps = { telemetry, meter: uncounted, logger: silent, now: () => now };
  const doors = { lines: createLogLinesDoor(deps), loki: createLokiDoor(deps) };
  async function post(
    door: keyof typeof doors,
    body: unknown,
    mediaType = 'application/json',
    more: Partial<DoorRequest> = {},
  ) {
    const answer = await doors[door].handle({
      principal: { tenantId: TenantId.parse('acme'), actor: 'test', role: 'operator' },
      headers: {},
      query: {},
      mediaType,
      contentType: mediaType,
      body: Buffer.isBuffer(body) ? body : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
      requestId: 'r1',
      ...more,
    });
    return {
      status: answer.status,
      body: typeof answer.body === 'string' && answer.body !== '' ? (JSON.parse(answer.body) as unknown) : undefined,
    };
  }
  return { post, stored };
}

describe('log objects', () => {
  it.each<[string, object, object]>([
    [
      'pino',
      { level: 50, time: now, pid: 7, hostname: 'web-1', msg: 'boom', err: { stack: 's' } },
      {
        asset: 'web-1',
        at: now,
        body: 'boom',
        severity: 'high',
        labels: { level: 'error', pid: '7', hostname: 'web-1', 'err.stack': 's' },
      },
    ],
    [
      'Elastic Common Schema',
      {
        '@timestamp': '2026-06-01T11:59:59.5Z',
        'log.level': 'WARN',
        message: 'slow',
        service: { name: 'shop' },
        trace: { id: 'abc' },
      },
      {
        asset: 'shop',
        at: now - 500,
        severity: 'medium',
        traceId: 'abc',
        labels: { level: 'warn', 'service.name': 'shop' },
      },
    ],
    [
      'zap',
      { level: 'fatal', ts: now / 1000, msg: 'x', logger: 'main' },
      { at: now, severity: 'critical', labels: { logger: 'main' } },
    ],
    [
      'Python',
      { levelname: 'ERROR', levelno: 40, asctime: 'x', message: 'm', app: 'job' },
      { asset: 'job', severity: 'high' },
    ],
    [
      'Docker',
      { log: 'level=warn hello\n', stream: 'stderr', time: '2026-06-01T11:00:00.123456789Z' },
      { body: 'level=warn hello\n', severity: 'medium', labels: { stream: 'stderr' } },
    ],
    [
      'OpenTelemetry',
      { severityNumber: 17, body: { a: 1 }, traceId: 't' },
      { severity: 'high', body: '{"a":1}', traceId: 't' },
    ],
    ['syslog severities', { severity: 3, message: 'm' }, { severity: 'high' }],
    [
      'Kubernetes',
      { log: 'x', kubernetes: { namespace_name: 'shop', pod_name: 'cart-1', labels: { tier: 'a' } } },
      { asset: 'shop/cart-1', labels: { 'kubernetes.labels.tier': 'a' } },
    ],
    ['nothing that is known', { foo: 1 }, { asset: 'unnamed', at: now, body: '{"foo":1}', severity: 'info' }],
  ])('of %s are understood', async (_, record, expected) => {
    const { post, stored } = open();
    expect(await post('lines', [record])).toMatchObject({ status: 202, body: { accepted: 1, rejectedTotal: 0 } });
    expect(stored).toMatchObject([expected]);
  });

  it('that are bad are counted with their index and reason, and the others are stored', async () => {
    const { post, stored } = open();
    const body = `{"msg":"a","time":${now}}\nnot json\n{"msg":"b","time":"yesterday"}\n7\n{"msg":"c","time":1}\n"d"\n`;
    expect(await post('lines', body, 'application/x-ndjson')).toMatchObject({
      status: 202,
      body: {
        accepted: 2,
        rejectedTotal: 4,
        rejected: [{ index: 1 }, { index: 2, field: 'time' }, { index: 3 }, { index: 4, field: 'at' }],
      },
    });
    expect(stored.map((log) => log.body)).toEqual(['a', 'd']);
    expect(await post('lines', [1, 2])).toMatchObject({
      status: 422,
      body: { accepted: 0, rejectedTotal: 2, code: 'unprocessable' },
    });
  });

  it('sent again are the same logs; equal ones of one request stay two', async () => {
    const { post, stored } = open();
    const body = [
      { msg: 'a', time: now },
      { msg: 'a', time: now },
      { time: now, msg: 'b', k: 1 },
    ];
    await post('lines', body);
    await post('lines', body);
    expect(new Set(stored.map(({ id }) => id)).size).toBe(3);
  });

  it('keep within the limits of the model whatever they hold', async () => {
    const { post, stored } = open();
    const wide = Object.fromEntries(
      Array.from({ length: 500 }, (_, index) => [`k${index}`.repeat(60), 'v'.repeat(3000)]),
    );
    await post('lines', [{ message: 'x'.repeat(100_000), ...wide, __proto__: 1 }]);
    const [log] = stored;
    expect(log?.body.length).toBe(65_536);
    expect(Object.keys(log?.labels ?? {}).length).toBeLessThanOrEqual(64);
    expect(Math.max(...Object.keys(log?.labels ?? {}).map((name) => name.length))).toBeLessThanOrEqual(128);
  });
});

describe('plain text', () => {
  it('is a log a line, with asset and labels of the query and a level where one can be seen', async () => {
    const { post, stored } = open();
    const text = '2026-06-01 ERROR it broke\r\n\nlevel=warn slow\n[info] fine\nno error here\n';
    await post('lines', text, 'text/plain', { query: { asset: 'plc-7', 'label.line': '3' } });
    expect(stored.map(({ asset, body, severity }) => [asset, body, severity])).toEqual([
      ['plc-7', '2026-06-01 ERROR it broke', 'high'],
      ['plc-7', 'level=warn slow', 'medium'],
      ['plc-7', '[info] fine', 'info'],
      ['plc-7', 'no error here', 'info'],
    ]);
    expect(stored[0]?.labels).toMatchObject({ line: '3', level: 'error' });
  });
});

describe('a push of Loki', () => {
  const ns = `${now}123456`;
  const expected = {
    asset: 'shop',
    at: now,
    body: 'out of stock',
    severity: 'high',
    traceId: 't1',
    labels: { app: 'shop', pod: 'a"b', level: 'error' },
  };

  it('as JSON is stored and answered 204', async () => {
    const { post, stored } = open();
    const streams = [
      { stream: { app: 'shop', pod: 'a"b' }, values: [[ns, 'out of stock', { level: 'error', trace_id: 't1' }]] },
    ];
    expect(await post('loki', { streams })).toEqual({ status: 204, body: undefined });
    expect(stored).toMatchObject([expected]);
  });

  it('as protobuf is stored alike', async () => {
    const { post, stored } = open();
    const pair = (name: string, value: string) =>
      new BinaryWriter().tag(1, 2).string(name).tag(2, 2).string(value).finish();
    const time = new BinaryWriter()
      .tag(1, 0)
      .int64(BigInt(now / 1000))
      .tag(2, 0)
      .int32(123_456)
      .finish();
    const entry = new BinaryWriter().tag(1, 2).bytes(time).tag(2, 2).string('out of stock');
    entry.tag(3, 2).bytes(pair('level', 'error')).tag(3, 2).bytes(pair('trace_id', 't1'));
    const stream = new BinaryWriter().tag(1, 2).string('{app="shop", pod="a\\"b"}').tag(2, 2).bytes(entry.finish());
    const push = new BinaryWriter().tag(1, 2).bytes(stream.tag(3, 0).uint64(7).finish()).finish();
    expect(await post('loki', compressSync(Buffer.from(push)), 'application/x-protobuf')).toEqual({
      status: 204,
      body: undefined,
    });
    expect(stored).toMatchObject([expected]);
  });

  it('with lines out of time stores the others and says so with 400', async () => {
    const { post, stored } = open();
    const streams = [
      {
        stream: { app: 'x' },
        values: [
          ['1', 'old'],
          [ns, 'new'],
        ],
      },
    ];
    await expect(post('loki', { streams })).rejects.toMatchObject({ code: 'invalid-request' });
    expect(stored.map(({ body }) => body)).toEqual(['new']);
  });

  it.each([{}, { streams: [{ values: [[1, 'x']] }] }, { streams: [{ stream: { a: 1 }, values: [] }] }])(
    '%j is refused',
    async (body) => {
      await expect(open().post('loki', body)).rejects.toMatchObject({ code: 'invalid-request' });
    },
  );

  it('has labels of any form that Loki writes', () => {
    expect([...readLokiLabels('{ a="1",b = "x, y=\\"z\\"\\n\\u00e9" }')]).toEqual([
      ['a', '1'],
      ['b', 'x, y="z"\né'],
    ]);
    expect(readLokiLabels('{}').size).toBe(0);
    for (const text of ['', '{a=1}', '{a="1"', '{a="1"} x', 'a="1"'])
      expect(() => readLokiLabels(text)).toThrow('labels');
  });
});
