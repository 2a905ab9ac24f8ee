import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { describe, expect, it } from 'vitest';
import { createSparkplugNodes } from './sparkplug-nodes.ts';
import type { SparkplugNodes } from './sparkplug-nodes.ts';
import { createSparkplugRebirth } from './sparkplug-rebirth.ts';

/** A metric as a test writes it: `value` by the field of the protobuf. */
interface WrittenMetric {
  readonly name?: string;
  readonly alias?: number;
  readonly at?: number;
  readonly datatype?: number;
  readonly isNull?: boolean;
  readonly isHistorical?: boolean;
  readonly int?: number;
  readonly long?: bigint;
  readonly float?: number;
  readonly double?: number;
  readonly boolean?: boolean;
  readonly text?: string;
}

const at = 1_735_689_600_000;

function payload(seq: number | undefined, metrics: readonly WrittenMetric[]): Uint8Array {
  const writer = new BinaryWriter().tag(1, WireType.Varint).uint64(at);
  for (const metric of metrics) writer.tag(2, WireType.LengthDelimited).bytes(written(metric));
  if (seq !== undefined) writer.tag(3, WireType.Varint).uint64(seq);
  return writer.finish();
}

function written(metric: WrittenMetric): Uint8Array {
  const writer = new BinaryWriter();
  if (metric.name !== undefined) writer.tag(1, WireType.LengthDelimited).string(metric.name);
  if (metric.alias !== undefined) writer.tag(2, WireType.Varint).uint64(metric.alias);
  if (metric.at !== undefined) writer.tag(3, WireType.Varint).uint64(metric.at);
  if (metric.datatype !== undefined) writer.tag(4, WireType.Varint).uint32(metric.datatype);
  if (metric.isHistorical !== undefined) writer.tag(5, WireType.Varint).bool(metric.isHistorical);
  if (metric.isNull !== undefined) writer.tag(7, WireType.Varint).bool(metric.isNull);
  if (metric.int !== undefined) writer.tag(10, WireType.Varint).uint32(metric.int);
  if (metric.long !== undefined) writer.tag(11, WireType.Varint).uint64(metric.long);
  if (metric.float !== undefined) writer.tag(12, WireType.Bit32).float(metric.float);
  if (metric.double !== undefined) writer.tag(13, WireType.Bit64).double(metric.double);
  if (metric.boolean !== undefined) writer.tag(14, WireType.Varint).bool(metric.boolean);
  if (metric.text !== undefined) writer.tag(15, WireType.LengthDelimited).string(metric.text);
  return writer.finish();
}

function reading(nodes: SparkplugNodes, topic: string, bytes: Uint8Array, tenantId = 'acme') {
  const read = nodes.read(tenantId, `spBv1.0/${topic}`.split('/'), bytes);
  if (!read.ok) throw new Error(read.reason);
  return read.value;
}

describe('Sparkplug B', () => {
  it('decodes numbers by their data types, signs included, and passes over what is none', () => {
    const { asset, measurements } = reading(
      createSparkplugNodes(),
      'plant/NBIRTH/edge',
      payload(0, [
        { name: 'bdSeq', datatype: 4, long: 3n },
        { name: 'int8', datatype: 1, int: 0xff },
        { name: 'int16', datatype: 2, int: 0xffff_fffe },
        { name: 'int32', datatype: 3, int: 0xffff_fffd },
        { name: 'int32-long', datatype: 3, long: 0xffff_ffff_ffff_fffcn },
        { name: 'int64', datatype: 4, long: 2n ** 64n - 5n },
        { name: 'uint32', datatype: 7, int: 0xffff_ffff },
        { name: 'uint64', datatype: 8, long: 2n ** 40n },
        { name: 'float', datatype: 9, float: 0.5 },
        { name: 'double', datatype: 10, double: -21.25, at: at - 60_000, isHistorical: true },
        { name: 'boolean', datatype: 11, boolean: true },
        { name: 'text', datatype: 12, text: 'hello' },
        { name: 'moment', datatype: 13, long: BigInt(at) },
        { name: 'nothing', datatype: 10, isNull: true },
        { name: 'not finite', datatype: 10, double: Number.NaN },
      ]),
    );
    expect(asset).toBe('plant/edge');
    expect(measurements.map(({ name, value }) => [name, value])).toEqual([
      ['int8', -1],
      ['int16', -2],
      ['int32', -3],
      ['int32-long', -4],
      ['int64', -5],
      ['uint32', 0xffff_ffff],
      ['uint64', 2 ** 40],
      ['float', 0.5],
      ['double', -21.25],
      ['boolean', 1],
    ]);
    expect(measurements[8]).toMatchObject({ at: at - 60_000 });
    expect(measurements[0]).toMatchObject({ at });
  });

  it('knows metrics by the aliases of the births of their own node and tenant', () => {
    const nodes = createSparkplugNodes();
    reading(nodes, 'g/NBIRTH/e', payload(0, [{ name: 'rpm', alias: 1, datatype: 3, int: 5 }]));
    reading(nodes, 'g/DBIRTH/e/d', payload(1, [{ name: 'level', alias: 2, datatype: 10, double: 1 }]));
    expect(reading(nodes, 'g/NDATA/e', payload(2, [{ alias: 1, int: 0xffff_ffff }])).measurements).toEqual([
      { name: 'rpm', value: -1, at },
    ]);
    expect(
      reading(
        nodes,
        'g/DDATA/e/d',
        payload(3, [
          { alias: 2, double: 2 },
          { alias: 9, double: 3 },
        ]),
      ),
    ).toMatchObject({
      asset: 'g/e/d',
      measurements: [{ name: 'level', value: 2 }],
      unknownAliases: 1,
    });
    expect(reading(nodes, 'g/NDATA/e', payload(2, [{ alias: 1, int: 1 }]), 'other').unknownAliases).toBe(1);
    reading(nodes, 'g/NBIRTH/e', payload(0, []));
    expect(reading(nodes, 'g/NDATA/e', payload(1, [{ alias: 1, int: 1 }])).unknownAliases).toBe(1);
  });

  it('notices gaps in the sequence numbers, which run from 0 to 255 and around', () => {
    const nodes = createSparkplugNodes();
    const hasGap = (kind: string, seq: number) => reading(nodes, `g/${kind}/e`, payload(seq, [])).hasGap;
    expect([hasGap('NDATA', 254), hasGap('NDATA', 255), hasGap('NDATA', 0), hasGap('NDATA', 2)]).toEqual([
      false,
      false,
      false,
      true,
    ]);
    expect([hasGap('NBIRTH', 0), hasGap('NDATA', 1)]).toEqual([false, false]);
  });

  it('tells the death of a node, but not one that belongs to an earlier birth', () => {
    const nodes = createSparkplugNodes();
    const bdSeq = (long: bigint) => [{ name: 'bdSeq', datatype: 4, long }];
    reading(nodes, 'g/NBIRTH/e', payload(0, bdSeq(7n)));
    expect(reading(nodes, 'g/NDEATH/e', payload(undefined, bdSeq(6n))).death).toBeUndefined();
    expect(reading(nodes, 'g/NDEATH/e', payload(undefined, bdSeq(7n))).death).toEqual({ id: '7', at });
    expect(reading(nodes, 'g/DDEATH/e/d', payload(4, [])).death).toMatchObject({ at });
  });

  it('refuses bytes that are no payload and topics that are none', () => {
    const nodes = createSparkplugNodes();
    const read = (topic: string, bytes: Uint8Array) => nodes.read('acme', `spBv1.0/${topic}`.split('/'), bytes);
    expect(read('g/NDATA/e', Buffer.from('{"a":1}'))).toEqual({ ok: false, reason: 'protobuf' });
    for (const topic of ['g/NDATA', 'g', 'g/NDATA/e/d', 'g/DDATA/e', 'g/WHAT/e', '/NDATA/e']) {
      expect(read(topic, payload(0, []))).toEqual({ ok: false, reason: 'topic' });
    }
  });

  it('forgets the oldest births when there are too many aliases', () => {
    const nodes = createSparkplugNodes(20);
    const birth = payload(
      0,
      Array.from({ length: 8 }, (_, alias) => ({ name: `m${alias}`, alias, datatype: 3, int: 1 })),
    );
    for (const edge of ['a', 'b', 'c']) reading(nodes, `g/NBIRTH/${edge}`, birth);
    const data = payload(1, [{ alias: 3, int: 1 }]);
    expect(['a', 'b', 'c'].map((edge) => reading(nodes, `g/NDATA/${edge}`, data).unknownAliases)).toEqual([1, 0, 0]);
  });

  it('asks a node for a rebirth once in half a minute', () => {
    let now = at;
    const rebirth = createSparkplugRebirth(() => now);
    const command = rebirth.ask({ group: 'g', edge: 'e' });
    expect(command?.topic).toBe('spBv1.0/g/NCMD/e');
    const reader = new BinaryReader(command?.payload ?? new Uint8Array());
    expect(reader.tag()).toEqual([1, WireType.Varint]);
    expect(Number(reader.uint64())).toBe(at);
    expect(reader.tag()).toEqual([2, WireType.LengthDelimited]);
    expect(Buffer.from(reader.bytes()).includes('Node Control/Rebirth')).toBe(true);
    expect(rebirth.ask({ group: 'g', edge: 'e' })).toBeUndefined();
    now += 30_000;
    expect(rebirth.ask({ group: 'g', edge: 'e' })).toBeDefined();
  });
});
