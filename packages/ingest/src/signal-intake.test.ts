import { HeliosError, SignalRecord, TenantId } from '@heliosiq/model';
import type { Principal } from '@heliosiq/model';
import type { EventLog, Logger, Meter, NewRecord } from '@heliosiq/ports';
import { describe, expect, it } from 'vitest';
import { createSignalIntake } from './signal-intake.ts';

const now = Date.UTC(2026, 5, 1);
const principal: Principal = { tenantId: TenantId.parse('acme'), actor: 'test', role: 'operator' };
const silent: Logger = { debug() {}, info() {}, warn() {}, error() {}, child: () => silent };
const uncounted: Meter = {
  counter: () => ({ add() {} }),
  gauge: () => ({ set() {} }),
  histogram: () => ({ observe() {} }),
};
const plain = { kind: 'sample', asset: 'web', metric: 'latency', at: now, value: 1 };

function openIntake() {
  const appended: NewRecord[] = [];
  const log: Pick<EventLog, 'append'> = {
    append: async (_tenantId, _topic, records) => void appended.push(...records),
  };
  // The cast holds because the intake does nothing to its log but append.
  const intake = createSignalIntake({ log: log as EventLog, meter: uncounted, logger: silent, now: () => now });
  const send = (body: unknown, contentType = 'application/json') =>
    intake.accept(principal, {
      contentType,
      body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
    });
  const stored = () => appended.map((record) => SignalRecord.parse(JSON.parse(Buffer.from(record.value).toString())));
  return { send, appended, stored };
}

async function faultOf(sent: Promise<unknown>): Promise<HeliosError> {
  const error: unknown = await sent.catch((reason: unknown) => reason);
  if (error instanceof HeliosError) return error;
  throw new Error('it was accepted or failed otherwise', { cause: error });
}

describe('samples', () => {
  it('become one ascending record a series, the later of two at one moment winning', async () => {
    const { send, stored, appended } = openIntake();
    const receipt = await send([
      { ...plain, at: now - 1000, value: 3 },
      { ...plain, at: now - 2000, value: 2 },
      { ...plain, asset: 'db', value: 9 },
      { ...plain, at: now - 2000, value: 2.5 },
      { ...plain, labels: { region: 'eu', zone: 'a' }, value: 4 },
      { ...plain, labels: { zone: 'a', region: 'eu' }, at: now + 1, value: 5 },
    ]);
    expect(receipt).toEqual({ accepted: 6, rejectedTotal: 0, rejected: [] });
    expect(stored()).toMatchObject([
      { series: { asset: 'web', labels: {} }, times: [now - 2000, now - 1000], values: [2.5, 3] },
      { series: { asset: 'db' }, times: [now], values: [9] },
      { series: { asset: 'web', labels: { region: 'eu', zone: 'a' } }, times: [now, now + 1], values: [4, 5] },
    ]);
    expect(appended.map((record) => record.key)).toEqual(['web', 'db', 'web']);
  });

  it('are the same records, by id, when they are sent again in another order of fields', async () => {
    const { send, appended } = openIntake();
    await send([{ ...plain, unit: 's' }]);
    await send([
      { value: 1, unit: 's', metric: 'latency', asset: 'web', at: new Date(now).toISOString(), kind: 'sample' },
    ]);
    expect(appended[1]?.id).toBe(appended[0]?.id);
    expect(appended).toHaveLength(2);
  });

  it('come out the same from the quick check and from the schema', async () => {
    const { send, appended } = openIntake();
    await send([{ ...plain, labels: { a: 'b' }, unit: 's' }]);
    await send(
      `[{"kind":"sample","asset":" web ","metric":"l\\u0061tency","at":${now},"value":1,"labels":{"a":"b"},"unit":"s"}]`,
    );
    expect(Buffer.from(appended[1]?.value ?? []).toString()).toBe(Buffer.from(appended[0]?.value ?? []).toString());
  });

  it('of one long series are split into records that an event log takes', async () => {
    const { send, stored } = openIntake();
    await send(Array.from({ length: 25_000 }, (_, index) => ({ ...plain, at: now - index })));
    expect(stored().map((record) => (record.kind === 'samples' ? record.times.length : 0))).toEqual([
      10_000, 10_000, 5_000,
    ]);
  });
});

describe('bad records', () => {
  it.each([
    ['value', { ...plain, value: 'NaN' }, /"NaN" is not a finite number/],
    ['value', { ...plain, value: null }, /null is not a finite number/],
    ['value', { ...plain, value: undefined }, /missing/],
    ['at', { ...plain, at: now - 3650 * 86_400_000 }, /too old/],
    ['at', { ...plain, at: now + 11 * 60_000 }, /future/],
    ['at', { ...plain, at: Math.floor(now / 1000) }, /too old/],
    ['at', { ...plain, at: '2026-05-31T10:00:00' }, /no zone/],
    ['at', { ...plain, at: '2026-02-30T10:00:00Z' }, /not a time/],
    ['at', { ...plain, at: true }, /not a time/],
    ['kind', { ...plain, kind: 'metric' }, /unknown/],
    ['kind', { ...plain, kind: '__proto__' }, /unknown/],
    ['asset', { ...plain, asset: 7 }, /expected string/],
    ['asset', { ...plain, asset: '   ' }, /name the asset/],
    ['asset', { ...plain, asset: 'a\0b' }, /U\+0000/],
    ['labels.host', { ...plain, labels: { host: '\ud800' } }, /surrogate/],
    ['labels.host', { ...plain, labels: { host: 3 } }, /expected string/],
    [
      'labels',
      { ...plain, labels: Object.fromEntries(Array.from({ length: 65 }, (_, n) => [`l${n}`, 'x'])) },
      /64 labels/,
    ],
    ['colour', { ...plain, colour: 'red' }, /no such field/],
    ['change', { kind: 'change', asset: 'a', at: now, change: 'party', title: 't' }, /Invalid option/],
    [undefined, 42, /JSON object/],
    [undefined, null, /JSON object/],
    [undefined, [plain], /JSON object/],
  ])(
    'with a wrong %s are refused by index, with reason and cure, and the rest is stored',
    async (field, record, reason) => {
      const { send, stored } = openIntake();
      const receipt = await send([plain, record, { ...plain, at: now + 1 }]);
      expect(receipt).toMatchObject({
        accepted: 2,
        rejectedTotal: 1,
        rejected: [{ index: 1, reason: expect.stringMatching(reason) }],
      });
      expect(receipt.rejected[0]?.field).toBe(field);
      expect(receipt.rejected[0]?.cure).toBeTruthy();
      expect(stored()).toMatchObject([{ times: [now, now + 1] }]);
    },
  );

  it('with bare NaN, Infinity or an overflowing number cost themselves alone', async () => {
    const { send } = openIntake();
    const record = (value: string) =>
      `{"kind":"sample","asset":"w","metric":"a NaN \\" m","at":${now},"value":${value}}`;
    const receipt = await send(`[${['1', 'NaN', '-Infinity', '1e999', '2'].map(record).join(',\n')}]`);
    expect(receipt).toMatchObject({
      accepted: 2,
      rejectedTotal: 3,
      rejected: [{ index: 1 }, { index: 2 }, { index: 3 }],
    });
  });

  it('are listed up to 100 and counted beyond', async () => {
    const { send } = openIntake();
    const receipt = await send(Array.from({ length: 250 }, () => ({ ...plain, value: 'x' })));
    expect([receipt.rejectedTotal, receipt.rejected.length]).toEqual([250, 100]);
  });

  it('named __proto__ or constructor pollute nothing', async () => {
    const { send, stored } = openIntake();
    const receipt = await send(
      `[{"kind":"sample","asset":"a","metric":"m","at":${now},"value":1,"__proto__":{"polluted":1}},` +
        `{"kind":"sample","asset":"a","metric":"m","at":${now},"value":1,"labels":{"__proto__":"x","constructor":"y"}}]`,
    );
    expect(receipt.rejected[0]).toMatchObject({ index: 0, field: '__proto__' });
    expect(stored()).toMatchObject([{ series: { labels: { constructor: 'y' } } }]);
    expect({}).not.toHaveProperty('polluted');
  });
});

describe('bodies', () => {
  it.each([
    ['invalid-json', '[{"kind":"sample" "asset":"a"}]', 'application/json'],
    ['invalid-json', '[{"kind":"sample","value":NaN}', 'application/json'],
    ['invalid-json', '', 'application/json'],
    ['too-deep', `${'['.repeat(1000)}${']'.repeat(1000)}`, 'application/json'],
    ['too-large', `[${'1,'.repeat(60_000)}1]`, 'application/json'],
    ['too-large', '1\n'.repeat(60_000), 'application/x-ndjson'],
    ['unsupported-media-type', 'a,b', 'text/csv'],
  ])('that are %s store nothing', async (code, body, contentType) => {
    const { send, appended } = openIntake();
    const fault = await faultOf(send(body, contentType));
    expect(fault.code).toBe(code);
    expect(fault.cure).toBeTruthy();
    expect(appended).toHaveLength(0);
  });

  it('in NDJSON lose a broken, deep or badly encoded line and keep the rest', async () => {
    const { send, stored } = openIntake();
    const line = JSON.stringify(plain);
    const body = [line, '{"kind":', '', '['.repeat(1000), JSON.stringify({ ...plain, at: now + 1 }), ''].join('\r\n');
    const receipt = await send(body, 'application/x-ndjson; charset=utf-8');
    expect(receipt).toMatchObject({
      accepted: 2,
      rejectedTotal: 2,
      rejected: [
        { index: 1, field: 'line 2' },
        { index: 2, field: 'line 4' },
      ],
    });
    expect(stored()).toMatchObject([{ times: [now, now + 1] }]);
  });

  it('may be a single object or an empty array', async () => {
    const { send } = openIntake();
    expect(await send(plain)).toMatchObject({ accepted: 1 });
    expect(await send([])).toMatchObject({ accepted: 0, rejectedTotal: 0 });
  });
});

describe('events, logs, changes and alerts', () => {
  const log = { kind: 'log', asset: 'web', at: now, body: 'disk full' };

  it('without an id get one from their content, so that a re-send is the same signal and a twin is not', async () => {
    const { send, appended } = openIntake();
    await send([log, log, { ...log, severity: 'high' }]);
    await send([log, log, { ...log, severity: 'high' }]);
    const ids = appended.map((record) => record.id);
    expect(new Set(ids.slice(0, 3)).size).toBe(3);
    expect(ids.slice(3)).toEqual(ids.slice(0, 3));
  });

  it('keep the fingerprint of an alert over its states', async () => {
    const { send, stored } = openIntake();
    const alert = { kind: 'alert', asset: 'web', at: now, status: 'firing', title: 'High latency', labels: { a: 'b' } };
    await send([alert, { ...alert, status: 'resolved', at: now + 1 }]);
    const [firing, resolved] = stored();
    expect(firing).toMatchObject({ fingerprint: (resolved as { fingerprint: string }).fingerprint });
  });

  it('lose U+0000 and lone surrogates of their free text, which PostgreSQL would refuse', async () => {
    const { send, stored } = openIntake();
    await send([{ ...log, body: 'a\0b\ud800c' }]);
    expect(stored()).toMatchObject([{ body: 'a\u{FFFD}b\u{FFFD}c' }]);
  });

  it('stay in their order', async () => {
    const { send, stored } = openIntake();
    await send(['1', '2', '3'].map((id) => ({ ...log, id })));
    expect(stored()).toMatchObject([{ id: '1' }, { id: '2' }, { id: '3' }]);
  });
});
