import { createMemorySeriesRegistry } from '@heliosiq/adapters/memory/series-registry.ts';
import { DiscreteSignal, HeliosError, TenantId } from '@heliosiq/model';
import type { Principal } from '@heliosiq/model';
import { decodeSampleColumns, isSampleColumns } from '@heliosiq/model/sample-columns.ts';
import { createSampleGathering } from '@heliosiq/model/sample-gathering.ts';
import { signalKeyOf } from '@heliosiq/model/signal-lane.ts';
import type { EventLog, Logger, Meter, NewRecord } from '@heliosiq/ports';
import { describe, expect, it } from 'vitest';
import { createTelemetryIntake } from './intake/telemetry-intake.ts';
import { unlimitedQuota } from './intake/tenant-quota.ts';
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
  const registry = createMemorySeriesRegistry();
  // The cast holds because the intake does nothing to its log but append.
  const telemetry = createTelemetryIntake({ log: log as EventLog, registry, quota: unlimitedQuota });
  const intake = createSignalIntake({ telemetry, meter: uncounted, logger: silent, now: () => now });
  const send = (body: unknown, contentType = 'application/json') =>
    intake.accept(principal, {
      contentType,
      body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
    });
  /** All samples by series in the order of the log, series in the order of their first appearance in a request. */
  const samples = async () => {
    const gathering = createSampleGathering();
    for (const { value } of appended) {
      const columns = decodeSampleColumns(value);
      if (columns.ok) gathering.add(columns.value);
    }
    const found = (await Array.fromAsync(gathering.bySeries(100, () => undefined))).flat();
    const series = await registry.describe(
      principal.tenantId,
      found.map(({ ref }) => ref),
    );
    return found.map(({ ref, times, values }) => ({ series: series.get(ref), times: [...times], values: [...values] }));
  };
  const signals = () =>
    appended
      .filter(({ value }) => !isSampleColumns(value))
      .map(({ value }) => DiscreteSignal.parse(JSON.parse(Buffer.from(value).toString())));
  return { send, appended, samples, signals };
}

async function faultOf(sent: Promise<unknown>): Promise<HeliosError> {
  const error: unknown = await sent.catch((reason: unknown) => reason);
  if (error instanceof HeliosError) return error;
  throw new Error('it was accepted or failed otherwise', { cause: error });
}

describe('samples', () => {
  it("become records of their assets' lanes, in the order in which they came", async () => {
    const { send, samples, appended } = openIntake();
    const receipt = await send([
      { ...plain, at: now - 1000, value: 3 },
      { ...plain, at: now - 2000, value: 2 },
      { ...plain, asset: 'db', value: 9 },
      { ...plain, at: now - 2000, value: 2.5 },
      { ...plain, labels: { region: 'eu', zone: 'a' }, value: 4 },
      { ...plain, labels: { zone: 'a', region: 'eu' }, at: now + 1, value: 5 },
    ]);
    expect(receipt).toEqual({ accepted: 6, rejectedTotal: 0, rejected: [] });
    expect(await samples()).toMatchObject([
      { series: { asset: 'web', labels: {} }, times: [now - 1000, now - 2000, now - 2000], values: [3, 2, 2.5] },
      { series: { asset: 'db' }, times: [now], values: [9] },
      { series: { asset: 'web', labels: { region: 'eu', zone: 'a' } }, times: [now, now + 1], values: [4, 5] },
    ]);
    const keys = new Set(['web', 'db'].map((asset) => signalKeyOf(asset)));
    expect(new Set(appended.map((record) => record.key))).toEqual(keys);
    expect(appended).toHaveLength(keys.size);
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

  it('of one long request are split into records that an event log takes', async () => {
    const { send, samples, appended } = openIntake();
    await send(Array.from({ length: 25_000 }, (_, index) => ({ ...plain, at: now - index })));
    expect(appended).toHaveLength(2);
    expect((await samples()).map(({ times }) => times.length)).toEqual([25_000]);
  });

  it('of a registry that is out are not stored, and a re-send finds nothing half done', async () => {
    const registry = createMemorySeriesRegistry();
    const out = new HeliosError('unavailable', 'out');
    let isOut = true;
    const appended: NewRecord[] = [];
    const log: Pick<EventLog, 'append'> = {
      append: async (_tenantId, _topic, records) => void appended.push(...records),
    };
    const telemetry = createTelemetryIntake({
      log: log as EventLog, // nothing but append is used
      registry: {
        ...registry,
        register: (tenantId, series) => (isOut ? Promise.reject(out) : registry.register(tenantId, series)),
      },
      quota: unlimitedQuota,
    });
    const intake = createSignalIntake({ telemetry, meter: uncounted, logger: silent, now: () => now });
    const request = { contentType: 'application/json', body: Buffer.from(JSON.stringify([plain])) };
    await expect(intake.accept(principal, request)).rejects.toBe(out);
    expect(appended).toHaveLength(0);
    isOut = false;
    await intake.accept(principal, request);
    const columns = decodeSampleColumns(appended[0]?.value ?? Buffer.of());
    expect(columns).toMatchObject({ ok: true, value: { refs: Float64Array.of(1) } });
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
      const { send, samples } = openIntake();
      const receipt = await send([plain, record, { ...plain, at: now + 1 }]);
      expect(receipt).toMatchObject({
        accepted: 2,
        rejectedTotal: 1,
        rejected: [{ index: 1, reason: expect.stringMatching(reason) }],
      });
      expect(receipt.rejected[0]?.field).toBe(field);
      expect(receipt.rejected[0]?.cure).toBeTruthy();
      expect(await samples()).toMatchObject([{ times: [now, now + 1] }]);
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
    const { send, samples } = openIntake();
    const receipt = await send(
      `[{"kind":"sample","asset":"a","metric":"m","at":${now},"value":1,"__proto__":{"polluted":1}},` +
        `{"kind":"sample","asset":"a","metric":"m","at":${now},"value":1,"labels":{"__proto__":"x","constructor":"y"}}]`,
    );
    expect(receipt.rejected[0]).toMatchObject({ index: 0, field: '__proto__' });
    expect(await samples()).toMatchObject([{ series: { labels: { constructor: 'y' } } }]);
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
    const { send, samples } = openIntake();
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
    expect(await samples()).toMatchObject([{ times: [now, now + 1] }]);
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
    const { send, signals } = openIntake();
    const alert = { kind: 'alert', asset: 'web', at: now, status: 'firing', title: 'High latency', labels: { a: 'b' } };
    await send([alert, { ...alert, status: 'resolved', at: now + 1 }]);
    const [firing, resolved] = signals();
    expect(firing).toMatchObject({ fingerprint: resolved?.kind === 'alert' ? resolved.fingerprint : '' });
  });

  it('lose U+0000 and lone surrogates of their free text, which PostgreSQL would refuse', async () => {
    const { send, signals } = openIntake();
    await send([{ ...log, body: 'a\0b\ud800c' }]);
    expect(signals()).toMatchObject([{ body: 'a\u{FFFD}b\u{FFFD}c' }]);
  });

  it('stay in their order', async () => {
    const { send, signals } = openIntake();
    await send(['1', '2', '3'].map((id) => ({ ...log, id })));
    expect(signals()).toMatchObject([{ id: '1' }, { id: '2' }, { id: '3' }]);
  });
});
