import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createFilesystemBlobStore } from '@heliosiq/adapters/filesystem/blob-store.ts';
import { openBackupFolder } from '@heliosiq/adapters/postgres/backup/backup-folder.ts';
import { contentsOf, encodeBackupManifest } from '@heliosiq/adapters/postgres/backup/backup-manifest.ts';
import { loadBackup } from '@heliosiq/adapters/postgres/backup/load-backup.ts';
import { checkContents, takeBackup } from '@heliosiq/adapters/postgres/backup/take-backup.ts';
import { openDatabase, type Database } from '@heliosiq/adapters/postgres/database.ts';
import { createPostgresEventLog } from '@heliosiq/adapters/postgres/event-log.ts';
import { createPostgresRollupStore } from '@heliosiq/adapters/postgres/rollup-store.ts';
import { createPostgresSeriesStore } from '@heliosiq/adapters/postgres/series-store.ts';
import { createPostgresSignalStore } from '@heliosiq/adapters/postgres/signal-store.ts';
import { createPostgresTopologyStore } from '@heliosiq/adapters/postgres/topology-store.ts';
import { startTestServer, type TestServer } from '@heliosiq/adapters/testing/test-postgres.ts';
import { DiscreteSignal, SeriesId, TenantId, type AssetId, type SampleBlock } from '@heliosiq/model';
import { seriesIdOf } from '@heliosiq/model/content-id.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mountCutOffDisk, whyNoCutOffDisk } from '../support/cut-off-disk.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const tenantId = TenantId.parse('acme');
const dayMs = 86_400_000;
const startAt = Date.UTC(2026, 2, 1);
const always = { from: 0, to: startAt + 1000 * dayMs };

function blockOf(metric: string, count: number): SampleBlock {
  const named = { asset: 'pump' as AssetId, metric, labels: { line: 'a' } }; // a non-empty name
  const numbers = Array.from({ length: count }, (_, index) => index);
  const series = { id: seriesIdOf(tenantId, named), ...named };
  return { series, times: numbers.map((index) => startAt + index * 15_000), values: numbers.map((index) => index / 7) };
}

const logOf = (at: number, id: string): DiscreteSignal =>
  DiscreteSignal.parse({ kind: 'log', asset: 'pump', at, id, body: `"line" ${id} \u0000 \t\n \\` });

describe('backup of a database', () => {
  const opened = new AsyncDisposableStack();
  let server: TestServer;
  beforeAll(async () => {
    server = opened.use(await startTestServer());
  });
  afterAll(() => opened.disposeAsync());

  async function openWorld(stack: AsyncDisposableStack) {
    const folder = stack.use(await temporaryFolder());
    const { url } = stack.use(await server.createDatabase());
    const database = stack.use(await openDatabase({ url }));
    const log = stack.use(createPostgresEventLog({ database }));
    const backups = openBackupFolder(join(folder.path, 'backups'));
    const blobDir = join(folder.path, 'blobs');
    const take = () => takeBackup({ url, blobDir, program: '1.2.3' }, backups);
    return { folder: folder.path, url, database, log, backups, blobDir, take };
  }

  /** Something of every kind of table: partitions, identities, foreign keys, bytes, arrays, JSON. */
  async function fill(database: Database, blobDir: string): Promise<void> {
    await createPostgresSeriesStore(database).append(tenantId, [blockOf('temperature', 5000), blockOf('flow', 10)]);
    const months = [0, 40, 80].map((day) => startAt + day * dayMs);
    await createPostgresSignalStore(database).append(
      tenantId,
      [...months, -5].map((at, index) => logOf(at, `l${index}`)),
    );
    await createPostgresTopologyStore(database).put(tenantId, {
      assets: [{ id: 'pump' as AssetId, class: 'pump', labels: { name: 'é' } }], // a non-empty name
      edges: [],
    });
    const seriesId = SeriesId.parse('0123456789abcdef'.repeat(2));
    const page = {
      resolution: 'day',
      seriesId,
      startAt,
      endAt: startAt + dayMs,
      days: 1,
      samples: 3,
      replaces: 0,
    } as const;
    await createPostgresRollupStore(database).put(tenantId, [{ ...page, bytes: Uint8Array.of(0, 255, 10) }]);
    const blobs = createFilesystemBlobStore({ dir: blobDir });
    await blobs.put(tenantId, 'bronze/2026-03-01/00/a.seg', Buffer.from('raw'));
    await blobs.put(tenantId, 'bronze/2026-03-01/00/a.json', Buffer.from('{}'));
  }

  it('brings back every row of every table, byte for byte, and goes on where it stopped', async () => {
    await using stack = new AsyncDisposableStack();
    const world = await openWorld(stack);
    await fill(world.database, world.blobDir);
    const { manifest } = await world.take();
    expect(manifest.files.map(({ name }) => name)).toEqual([
      'acme/bronze/2026-03-01/00/a.json',
      'acme/bronze/2026-03-01/00/a.seg',
    ]);
    const { url } = stack.use(await server.createDatabase());
    const loaded = await loadBackup(url, { folder: world.backups, manifest });
    expect(loaded.equalTables).toBe(manifest.tables.length);
    expect(loaded.rows).toBeGreaterThan(5);

    // A backup of the restored database has the same contents under the same names.
    const restored = stack.use(await openDatabase({ url }));
    const again = await takeBackup({ url, program: '1.2.3' }, world.backups);
    const hashes = (tables: typeof manifest.tables) => tables.map(({ name, sha256, rows }) => [name, rows, sha256]);
    expect(hashes(again.manifest.tables)).toEqual(hashes(manifest.tables));
    expect(again.newBytes).toBe(0);
    expect(again.manifest.sequences).toEqual(manifest.sequences);

    // It is a database to go on with: walls, numbers and partitions work.
    const other = TenantId.parse('other');
    expect(await createPostgresSignalStore(restored).find(tenantId, {}, always, { limit: 10 })).toHaveLength(3);
    expect(await createPostgresSignalStore(restored).find(other, {}, always, { limit: 10 })).toEqual([]);
    const series = createPostgresSeriesStore(restored);
    await series.append(tenantId, [blockOf('new', 3)]);
    expect((await series.list(tenantId, {})).map((each) => each.samples)).toEqual([10, 3, 5000]);
    await createPostgresSignalStore(restored).append(tenantId, [logOf(startAt + 200 * dayMs, 'later')]);
  });

  it('has the state of one moment while the database is written to', async () => {
    await using stack = new AsyncDisposableStack();
    const world = await openWorld(stack);
    const signals = createPostgresSignalStore(world.database);
    const topology = createPostgresTopologyStore(world.database);
    let isOver = false;
    // A log line is there only with its asset: a backup of two moments would show one without the other.
    const writing = (async () => {
      for (let number = 0; !isOver; number += 1) {
        await topology.put(tenantId, { assets: [{ id: `a${number}` as AssetId, labels: {} }], edges: [] }); // a non-empty name
        await signals.append(tenantId, [logOf(startAt + number, `n${number}`)]);
      }
    })();
    const manifests = [(await world.take()).manifest, (await world.take()).manifest, (await world.take()).manifest];
    isOver = true;
    await writing;
    for (const { tables } of manifests) {
      const rowsOf = (prefix: string): number =>
        tables.filter(({ name }) => name.startsWith(prefix)).reduce((sum, { rows }) => sum + rows, 0);
      const [assets, lines] = [tables.find(({ name }) => name === 'asset')?.rows ?? 0, rowsOf('signal_')];
      expect([lines, lines + 1]).toContain(assets);
    }
  });

  it('keeps a table of many rows whole', async () => {
    await using stack = new AsyncDisposableStack();
    const world = await openWorld(stack);
    const signals = createPostgresSignalStore(world.database);
    const long = 'word '.repeat(300);
    for (let part = 0; part < 5; part += 1) {
      const lines = Array.from({ length: 1000 }, (_, index) =>
        logOf(startAt + index, `${part}-${index} ${long}`.slice(0, 190)),
      );
      await signals.append(tenantId, lines);
    }
    const { manifest } = await world.take();
    const { url } = stack.use(await server.createDatabase());
    expect((await loadBackup(url, { folder: world.backups, manifest })).rows).toBeGreaterThanOrEqual(5000);
  });

  it('stores only what is new, and drops what no kept backup needs', async () => {
    await using stack = new AsyncDisposableStack();
    const world = await openWorld(stack);
    await fill(world.database, world.blobDir);
    const first = await world.take();
    const same = await world.take();
    expect(same.newBytes).toBe(0);
    await createFilesystemBlobStore({ dir: world.blobDir }).put(tenantId, 'bronze/b.seg', Buffer.from('more of it'));
    const third = await world.take();
    expect(third.newBytes).toBe(10);
    await createPostgresSignalStore(world.database).append(tenantId, [logOf(startAt, 'another')]);
    const fourth = await world.take();
    const objects = join(world.folder, 'backups', 'objects');
    const files = async (): Promise<string[]> =>
      (await readdir(objects, { recursive: true })).filter((name) => name.endsWith('.zst'));
    const before = await files();
    for (const name of before) await utimes(join(objects, name), 0, 0);
    expect(await world.backups.keepNewest(1)).toEqual([first, same, third].map(({ name }) => name));
    expect((await files()).length).toBe(before.length - 1);
    await checkContents(world.backups, contentsOf(fourth.manifest));
    expect(await world.backups.list()).toHaveLength(1);
  });

  it('refuses a damaged object, a missing one and a changed manifest, and names them', async () => {
    await using stack = new AsyncDisposableStack();
    const world = await openWorld(stack);
    await fill(world.database, world.blobDir);
    const { name, manifest } = await world.take();
    const content = manifest.tables.toSorted((a, b) => b.bytes - a.bytes)[0];
    const object = join(
      world.folder,
      'backups',
      'objects',
      content?.sha256.slice(0, 2) ?? '',
      `${content?.sha256}.zst`,
    );
    const whole = await readFile(object);
    for (const bytes of [
      whole.subarray(0, whole.length / 2),
      whole.map((byte, index) => (index === 30 ? byte ^ 1 : byte)),
      Buffer.from('no'),
    ]) {
      await writeFile(object, bytes);
      const checked = checkContents(world.backups, contentsOf(manifest));
      await expect(checked).rejects.toMatchObject({
        code: 'conflict',
        message: expect.stringContaining(content?.sha256 ?? '-'),
      });
    }
    // Nothing of what was begun is left: the same place takes the next try.
    const { url } = stack.use(await server.createDatabase());
    await expect(loadBackup(url, { folder: world.backups, manifest })).rejects.toMatchObject({ code: 'conflict' });
    await rm(object);
    await expect(checkContents(world.backups, contentsOf(manifest))).rejects.toMatchObject({
      message: expect.stringContaining('missing'),
    });
    await writeFile(object, whole);
    await checkContents(world.backups, contentsOf(manifest));
    await loadBackup(url, { folder: world.backups, manifest });
    const file = join(world.folder, 'backups', 'backups', `${name}.json`);
    await writeFile(file, (await readFile(file, 'utf8')).replace('"program":"1.2.3"', '"program":"1.2.4"'));
    await expect(world.backups.list()).rejects.toMatchObject({ message: expect.stringContaining(name) });
  });

  it('refuses a database that is not empty, and a backup of a newer version', async () => {
    await using stack = new AsyncDisposableStack();
    const world = await openWorld(stack);
    const { manifest } = await world.take();
    const backup = { folder: world.backups, manifest };
    await expect(loadBackup(world.url, backup)).rejects.toMatchObject({ code: 'conflict' });
    const { url } = stack.use(await server.createDatabase());
    const newer = { ...manifest, steps: [...manifest.steps, '9999_future'] };
    await expect(loadBackup(url, { ...backup, manifest: newer })).rejects.toMatchObject({
      message: expect.stringContaining('9999_future'),
    });
    expect(encodeBackupManifest(manifest)).toContain('"seal"');
  });

  it('leaves no backup behind when the folder cannot be written', async () => {
    await using stack = new AsyncDisposableStack();
    const world = await openWorld(stack);
    await mkdir(join(world.folder, 'backups'));
    await writeFile(join(world.folder, 'backups', 'objects'), 'a file in the way');
    await expect(world.take()).rejects.toThrow('EEXIST');
    await expect(stat(join(world.folder, 'backups', 'backups'))).rejects.toThrow('ENOENT');
  });

  it.skipIf(whyNoCutOffDisk() !== undefined)(
    `says that the disk is full, leaves no half backup, and takes one when there is room (${whyNoCutOffDisk() ?? 'on a small disk'})`,
    async () => {
      await using stack = new AsyncDisposableStack();
      const disk = stack.use(await mountCutOffDisk(8));
      const { url } = stack.use(await server.createDatabase());
      const database = stack.use(await openDatabase({ url }));
      const backups = openBackupFolder(join(disk.path, 'backups'));
      const take = () => takeBackup({ url, program: '1.2.3' }, backups);
      const first = await take();
      // Random text: a compressor leaves half of it.
      const lines = Array.from({ length: 300 }, (_, index) => {
        return DiscreteSignal.parse({ ...logOf(startAt, `r${index}`), body: randomBytes(30_000).toString('hex') });
      });
      await createPostgresSignalStore(database).append(tenantId, lines);
      await expect(take()).rejects.toMatchObject({ code: 'unavailable', message: expect.stringContaining('disk') });
      expect((await backups.list()).map(({ name }) => name)).toEqual([first.name]);
      await checkContents(backups, contentsOf(first.manifest));
      await database.withClient('*', (client) => client.query('delete from signal'));
      await take();
      expect(await backups.list()).toHaveLength(2);
    },
  );

  it('goes on to a later moment out of the log of a later backup', async () => {
    await using stack = new AsyncDisposableStack();
    const world = await openWorld(stack);
    const append = async (id: string): Promise<number> => {
      const records = ['pump', 'fan', 'belt'].map((key) => ({ key, id: `${id} ${key}`, value: Buffer.from(id) }));
      await world.log.append(tenantId, 'signals', records);
      await world.log.append(tenantId, 'anomalies', records);
      return Date.now();
    };
    await append('before');
    const { manifest } = await world.take();
    await append('between');
    const until = await append('until');
    // The clock of the database is this machine's; a record of the same millisecond would be on either side.
    for (let late = Date.now(); late <= until + 5; late = Date.now());
    await append('after');
    const later = (await world.take()).manifest;

    const { url } = stack.use(await server.createDatabase());
    const loaded = await loadBackup(
      url,
      { folder: world.backups, manifest },
      { later: { manifest: later, until: until + 2 } },
    );
    expect(loaded.extension?.records).toBe(6);
    const restored = stack.use(await openDatabase({ url }));
    const log = stack.use(createPostgresEventLog({ database: restored }));
    const idsOf = async (topic: 'signals' | 'anomalies'): Promise<readonly string[]> => {
      const ids: string[] = [];
      for (let partition = 0; partition < 64; partition += 1) {
        const position = { partition, fromOffset: 0, recordsMax: 1000 };
        const read = await log.read(tenantId, topic, position).catch(() => ({ records: [] }));
        ids.push(...read.records.map(({ id }) => id));
      }
      return ids.sort();
    };
    const three = (id: string): string[] => ['pump', 'fan', 'belt'].map((key) => `${id} ${key}`);
    expect(await idsOf('signals')).toEqual([...three('before'), ...three('between'), ...three('until')].sort());
    // What stages made of it they make again.
    expect(await idsOf('anomalies')).toEqual(three('before').sort());
    await log.append(tenantId, 'signals', [{ key: 'pump', id: 'next', value: Buffer.from('n') }]);
    expect(await idsOf('signals')).toContain('next');
  });
});
