import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createFilesystemBlobStore } from '@heliosiq/adapters/filesystem/blob-store.ts';
import { createMemoryBlobStore } from '@heliosiq/adapters/memory/blob-store.ts';
import { TenantId } from '@heliosiq/model';
import { signalKeyOf } from '@heliosiq/model/signal-lane.ts';
import type { BlobStore, NewRecord } from '@heliosiq/ports';
import { describe, expect, it, vi } from 'vitest';
import {
  acme,
  logged,
  openBronzeWorld,
  plain,
  readBronze,
  recordOf,
  seriesOf,
  startMs,
  type BronzeWorld,
} from './bronze-world.ts';

const other = TenantId.parse('other');
const assets = ['web', 'cart', 'db', 'pump', 'door', 'lift', 'fan', 'mill', 'oven', 'belt'];

/** Records of several assets in turn, with an event between them. */
async function recordsFor({ registry }: BronzeWorld, from: number, count: number): Promise<NewRecord[]> {
  const records: NewRecord[] = [];
  for (let index = from; index < from + count; index += 1) {
    const asset = assets[index % assets.length] ?? '';
    const values = [index, index + 0.5, Number.NaN, -0];
    records.push(await recordOf(registry, { asset, id: `r${index}`, at: startMs + index * 10_000, values }));
    if (index % 7 === 0) {
      const event = { kind: 'event', id: `e${index}`, asset, at: startMs, title: 'ünï', severity: 'info', labels: {} };
      records.push({
        key: signalKeyOf(asset),
        id: `e${index}`,
        value: Buffer.from(JSON.stringify(event)),
        headers: { b: '2', a: 'ä' },
      });
    }
  }
  return records;
}

describe('bronze', () => {
  it('has every record as it was acknowledged, in order, with the words of its series', async () => {
    await using world = openBronzeWorld();
    world.start();
    await world.log.append(acme, 'signals', await recordsFor(world, 0, 100));
    await world.settled();
    await world.log.append(acme, 'signals', await recordsFor(world, 100, 50));
    await world.settled();
    const read = await readBronze(world.blobs);
    expect(read.findings).toEqual([]);
    expect(read.records.map(plain)).toEqual((await logged(world.log)).map(plain));
    expect(read.records.find(({ headers }) => headers !== undefined)?.headers).toEqual({ a: 'ä', b: '2' });
    expect([...read.series.values()].map(({ asset }) => asset).toSorted()).toEqual(assets.toSorted());
    expect([...read.series.values()].find(({ asset }) => asset === 'web')).toEqual(seriesOf('web'));
    const counted = read.catalogue.streams.flatMap(({ segments }) => segments.map(({ content }) => content));
    expect(counted.reduce((sum, { samples }) => sum + samples, 0)).toBe(600);
    expect(Math.min(...counted.map(({ times }) => times?.first ?? Infinity))).toBe(startMs);
    expect(Math.max(...counted.map(({ times }) => times?.last ?? 0))).toBe(startMs + 149 * 10_000 + 3000);
  });

  it('keeps tenants apart', async () => {
    await using world = openBronzeWorld();
    world.start();
    const at = { asset: 'web', at: startMs, values: [1] };
    await world.log.append(acme, 'signals', [await recordOf(world.registry, { ...at, id: 'a' })]);
    await world.log.append(other, 'signals', [await recordOf(world.registry, { ...at, id: 'b', tenantId: other })]);
    await world.settled();
    expect((await readBronze(world.blobs)).records.map(({ id }) => id)).toEqual(['a']);
    expect((await readBronze(world.blobs, other)).records.map(({ id }) => id)).toEqual(['b']);
  });

  it('writes what it holds when it is stopped, and goes on behind it', async () => {
    await using world = openBronzeWorld();
    world.start();
    await world.log.append(acme, 'signals', await recordsFor(world, 0, 20));
    await vi.waitFor(() => expect(world.meter.value('heliosiq_bronze_held_bytes')).toBeGreaterThan(0), {
      timeout: 30_000,
    });
    await world.stop();
    world.start();
    await world.log.append(acme, 'signals', await recordsFor(world, 20, 20));
    await world.settled();
    const read = await readBronze(world.blobs);
    expect(read.findings).toEqual([]);
    expect(read.records.map(plain)).toEqual((await logged(world.log)).map(plain));
  });

  it('rolls a segment when enough has gathered, without waiting', async () => {
    await using world = openBronzeWorld({ rollBytes: 500 });
    world.start();
    for (let index = 0; index < 30; index += 1)
      await world.log.append(acme, 'signals', await recordsFor(world, index * 10, 10));
    await vi.waitFor(() => expect(world.meter.value('heliosiq_bronze_segments_total')).toBeGreaterThan(4), {
      timeout: 30_000,
    });
  });

  it('keeps what cannot be read as it came', async () => {
    await using world = openBronzeWorld();
    world.start();
    const odd = [Buffer.of(1), Buffer.of(1, 0x7f, 0), Buffer.alloc(0), Buffer.from('{"kind":')];
    await world.log.append(
      acme,
      'signals',
      odd.map((value, index) => ({ key: 'lane-0', id: `odd-${index}`, value })),
    );
    await world.settled();
    const read = await readBronze(world.blobs);
    expect(read.records.map(({ value }) => Buffer.from(value))).toEqual(odd);
  });
});

describe('bronze after a crash', () => {
  const gone = new Error('the machine is gone');

  /** Blobs that fail for good at the n-th write, before or after it has happened. */
  function failingBlobs(blobs: BlobStore, at: number, happens: boolean): BlobStore {
    let writes = 0;
    return {
      ...blobs,
      async put(...write) {
        writes += 1;
        if (writes < at) return blobs.put(...write);
        if (writes === at && happens) await blobs.put(...write);
        throw gone;
      },
    };
  }

  const points = [1, 2, 3, 4, 5, 8].flatMap((at) => [false, true].map((happens) => [at, happens] as const));

  it.each(points)('has each record once when it dies at write %i (the write happened: %s)', async (at, happens) => {
    await using world = openBronzeWorld();
    const doomed = world.start({ blobs: failingBlobs(world.blobs, at, happens) });
    await world.log.append(acme, 'signals', await recordsFor(world, 0, 40));
    await vi.waitFor(() => expect(world.meter.value('heliosiq_bronze_held_bytes')).toBeGreaterThan(0), {
      timeout: 30_000,
    });
    doomed.roll();
    await expect(world.ended()).rejects.toThrow('the machine is gone');
    world.start();
    // The records come again, cut into other segments than before.
    await world.log.append(acme, 'signals', await recordsFor(world, 40, 5));
    await world.settled();
    const read = await readBronze(world.blobs);
    expect(read.findings).toEqual([]);
    expect(read.records.map(plain)).toEqual((await logged(world.log)).map(plain));
  });

  it('has each record once when another member writes the same at the same time', async () => {
    await using world = openBronzeWorld();
    await world.log.append(acme, 'signals', await recordsFor(world, 0, 40));
    // A second log with the same records stands for a member that does not know that it lost its partitions.
    await using twin = openBronzeWorld({ blobs: world.blobs });
    await recordsFor(twin, 0, 40);
    const zombie = twin.start({ log: world.log });
    await vi.waitFor(() => expect(twin.meter.value('heliosiq_bronze_held_bytes')).toBeGreaterThan(0), {
      timeout: 30_000,
    });
    world
      .start({
        log: { ...world.log, consumer: (options) => world.log.consumer({ ...options, group: 'bronze-2' }) },
      })
      .roll();
    await vi.waitFor(() => expect(world.meter.value('heliosiq_bronze_held_bytes')).toBeGreaterThan(0), {
      timeout: 30_000,
    });
    await world.stop();
    zombie.roll();
    await twin.stop();
    const read = await readBronze(world.blobs);
    expect(read.findings).toEqual([]);
    expect(read.records.map(plain)).toEqual((await logged(world.log)).map(plain));
  });

  it('waits while the disk is full, and loses nothing', async () => {
    await using world = openBronzeWorld();
    let isFull = true;
    const full = Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
    world.start({
      blobs: { ...world.blobs, put: (...write) => (isFull ? Promise.reject(full) : world.blobs.put(...write)) },
    });
    await world.log.append(acme, 'signals', await recordsFor(world, 0, 10));
    const asking = world.settled();
    await vi.waitFor(() => expect(world.meter.value('heliosiq_bronze_retries_total')).toBeGreaterThan(0), {
      timeout: 30_000,
    });
    isFull = false;
    await asking;
    const read = await readBronze(world.blobs);
    expect(read.records.map(plain)).toEqual((await logged(world.log)).map(plain));
  });

  it('begins a new epoch when the log is another one, and keeps the old records', async () => {
    const blobs = createMemoryBlobStore();
    await using before = openBronzeWorld({ blobs });
    before.start();
    await before.log.append(acme, 'signals', await recordsFor(before, 0, 30));
    await before.settled();
    await using after = openBronzeWorld({ blobs });
    after.start();
    await after.log.append(acme, 'signals', await recordsFor(after, 100, 50));
    await after.settled();
    const read = await readBronze(blobs);
    expect(read.findings).toEqual([]);
    expect(read.records.filter(({ epoch }) => epoch === 0).map(plain)).toEqual((await logged(before.log)).map(plain));
    expect(read.records.filter(({ epoch }) => epoch === 1).map(plain)).toEqual((await logged(after.log)).map(plain));
  });
});

describe('damage of bronze', () => {
  async function filled(blobs: BlobStore): Promise<BronzeWorld> {
    const world = openBronzeWorld({ blobs });
    world.start();
    for (let part = 0; part < 3; part += 1) {
      await world.log.append(acme, 'signals', await recordsFor(world, part * 20, 20));
      await world.settled();
    }
    return world;
  }

  async function namesOf(blobs: BlobStore, ending: string): Promise<readonly string[]> {
    return (await blobs.list(acme, 'bronze/', { limit: 1000 })).filter((name) => name.endsWith(ending));
  }

  it('of a segment is named, and the rest is read', async () => {
    const dir = await mkdtemp(path.join(tmpdir(), 'heliosiq-bronze-'));
    try {
      const blobs = createFilesystemBlobStore({ dir });
      await using world = await filled(blobs);
      const name = (await namesOf(blobs, '.seg'))[1] ?? '';
      const bytes = Buffer.from((await blobs.get(acme, name)) ?? []);
      bytes[bytes.length - 5] = (bytes.at(-5) ?? 0) ^ 1;
      await blobs.put(acme, name, bytes);
      const read = await readBronze(blobs);
      expect(read.findings).toMatchObject([{ kind: 'segment-damaged', name }]);
      const lost = read.findings[0]?.offsets ?? { first: 0, last: 0 };
      const partition = read.findings[0]?.partition;
      const expected = (await logged(world.log)).filter(
        (record) => record.partition !== partition || record.offset < lost.first || record.offset > lost.last,
      );
      expect(read.records.map(plain)).toEqual(expected.map(plain));
    } finally {
      await rm(dir, { recursive: true, force: true });
    }
  });

  it('of a manifest is named, and its segment is read all the same', async () => {
    const blobs = createMemoryBlobStore();
    await using world = await filled(blobs);
    const [damaged = '', missing = ''] = await namesOf(blobs, '.json');
    await blobs.put(acme, damaged, Buffer.from(String((await blobs.get(acme, damaged)) ?? '').replace('1', '2')));
    await blobs.remove(acme, missing);
    const read = await readBronze(blobs);
    expect(read.findings.map(({ kind, name }) => ({ kind, name }))).toEqual([
      { kind: 'manifest-damaged', name: damaged },
      { kind: 'manifest-missing', name: missing },
    ]);
    expect(read.records.map(plain)).toEqual((await logged(world.log)).map(plain));
  });

  it('is seen when a segment is gone, with or without its manifest, or swapped', async () => {
    const blobs = createMemoryBlobStore();
    await using _world = await filled(blobs);
    const segments = await namesOf(blobs, '.seg');
    const [first = '', second = '', third = ''] = segments;
    const bytes = (await blobs.get(acme, second)) ?? new Uint8Array();
    await blobs.remove(acme, second);
    expect((await readBronze(blobs)).findings).toMatchObject([{ kind: 'segment-missing', name: second }]);
    await blobs.remove(acme, second.replace('.seg', '.json'));
    expect((await readBronze(blobs)).findings).toMatchObject([{ kind: 'records-missing', name: third }]);
    await blobs.put(acme, first, bytes);
    expect((await readBronze(blobs)).findings.map(({ kind, name }) => ({ kind, name }))).toContainEqual({
      kind: 'segment-damaged',
      name: first,
    });
  });
});
