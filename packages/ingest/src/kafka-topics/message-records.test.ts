import { describe, expect, it } from 'vitest';
import type { SourceMessage } from '@heliosiq/ports';
import { KafkaSource } from './kafka-source-settings.ts';
import { messageReader } from './message-records.ts';

const at = 1_790_000_000_000;

function message(value: string, more: Partial<SourceMessage> = {}): SourceMessage {
  return {
    ...{ topic: 'plant', partition: 1, offset: 7, key: Buffer.from('pump-7'), headers: { site: 'Ulm' }, at },
    value: Buffer.from(value),
    ...more,
  };
}

function read(mapping: unknown, value: string, more: Partial<SourceMessage> = {}) {
  const source = KafkaSource.parse({ name: 'p', tenant: 'acme', brokers: ['b:9092'], topics: ['plant'], mapping });
  return messageReader(source.mapping)(message(value, more));
}

/** The records of a message that could be read. */
function records(mapping: unknown, value: string, more: Partial<SourceMessage> = {}) {
  const outcome = read(mapping, value, more);
  if (!outcome.ok) throw new Error(outcome.reason.reason);
  return outcome.value;
}

describe('messages of another system', () => {
  it('are signals as the JSON door takes them, one or an array; without a time they have that of their message', () => {
    const log = { kind: 'log', asset: 'pump-7', body: 'started' };
    expect(records('signals', JSON.stringify(log))).toEqual([{ ok: true, value: { ...log, at } }]);
    const timed = { ...log, at: 5 };
    expect(records('signals', JSON.stringify([log, timed]))).toEqual([
      { ok: true, value: { ...log, at } },
      { ok: true, value: timed },
    ]);
  });

  it('become samples by a mapping: paths, constants, and what surrounds the JSON', () => {
    const mapping = {
      asset: 'device.id',
      metric: '=temperature',
      value: 'readings.0.celsius',
      at: 'ts',
      unit: '=Cel',
      labels: { site: '@header.site', topic: '@topic', sender: '@key', none: 'no.such' },
    };
    const body = JSON.stringify({ device: { id: 'pump-9' }, readings: [{ celsius: '21.5' }], ts: 1_790_000_001 });
    expect(records(mapping, body)).toEqual([
      {
        ok: true,
        value: {
          kind: 'sample',
          asset: 'pump-9',
          metric: 'temperature',
          labels: { site: 'Ulm', topic: 'plant', sender: 'pump-7' },
          unit: 'Cel',
          at: 1_790_000_001_000,
          value: 21.5,
        },
      },
    ]);
  });

  it('are plain numbers of the asset that is their key', () => {
    const mapping = { asset: '@key', metric: '=pressure', value: '@value' };
    expect(records(mapping, ' 4.25 ')).toMatchObject([
      { ok: true, value: { asset: 'pump-7', metric: 'pressure', value: 4.25, at } },
    ]);
    for (const value of ['', 'NaN', 'four', '{}']) expect(records(mapping, value)[0]?.ok).toBe(false);
  });

  it('fail alone: the elements of an array beside a bad one are read', () => {
    const mapping = { asset: 'id', metric: '=load', value: 'v' };
    const outcome = records(mapping, '[{"id":"a","v":1},{"id":"b","v":"much"},{"id":"c"}]');
    expect(outcome.map(({ ok }) => ok)).toEqual([true, false, false]);
    expect(outcome[1]).toMatchObject({ reason: { reason: expect.stringContaining('"much" is not a finite number') } });
  });

  it.each(['not json', '[1,2', '', '\uFFFD{'])('are refused with a reason when they cannot be read: %j', (value) => {
    const outcome = read('signals', value);
    expect(outcome.ok).toBe(false);
    if (!outcome.ok) expect(outcome.reason.reason).not.toBe('');
  });

  it.each(['@nothing', '=', 'a..b', '', '@header.'])('have no mapping that looks at %j', (asset) => {
    const source = { name: 'p', tenant: 'acme', brokers: ['b:9092'], topics: ['t'] };
    expect(KafkaSource.safeParse({ ...source, mapping: { asset, metric: '=m', value: 'v' } }).success).toBe(false);
  });
});
