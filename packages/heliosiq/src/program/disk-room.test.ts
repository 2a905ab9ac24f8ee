import { statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMemoryEventLog } from '@heliosiq/adapters/memory/event-log.ts';
import { createMemoryLogger } from '@heliosiq/adapters/memory/logger.ts';
import { TenantId } from '@heliosiq/model';
import { describe, expect, it } from 'vitest';
import { createDiskRoom, logWithRoom } from './disk-room.ts';

const folder = tmpdir();
const full = { code: 'unavailable', retryAfterS: 10 };

function freeBytes(): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}

function roomWith(reserveBytes: number, inFolder = folder) {
  const logger = createMemoryLogger();
  return { room: createDiskRoom({ folder: inFolder, reserveBytes, logger }), logger };
}

describe('the room on a disk', () => {
  it('holds nothing back while there is more than the reserve', async () => {
    const { room, logger } = roomWith(0);
    await room.forWrites('senders');
    await room.forWrites('stages');
    expect(logger.lines).toEqual([]);
  });

  it('ends for senders before it ends for stages, which is told once', async () => {
    const { room, logger } = roomWith(freeBytes() * 1.5);
    await expect(room.forWrites('senders')).rejects.toMatchObject(full);
    await expect(room.forWrites('senders')).rejects.toMatchObject(full);
    await room.forWrites('stages');
    expect(logger.lines.map(({ level }) => level)).toEqual(['error']);
    const { room: less } = roomWith(freeBytes() * 4);
    await expect(less.forWrites('stages')).rejects.toMatchObject(full);
  });

  it('is endless on a disk that cannot be asked', async () => {
    const { room } = roomWith(Number.MAX_SAFE_INTEGER, join(folder, 'no', 'such', 'folder'));
    await expect(room.forWrites('senders')).resolves.toBeUndefined();
  });

  it('keeps what a sender sends out of the log, while stages still write theirs', async () => {
    const { room } = roomWith(freeBytes() * 1.5);
    await using log = logWithRoom(createMemoryEventLog(), room);
    const tenantId = TenantId.parse('acme');
    const record = { key: 'k', id: 'r-1', value: Buffer.from('x') };
    await expect(log.append(tenantId, 'signals', [record])).rejects.toMatchObject(full);
    await log.append(tenantId, 'anomalies', [record]);
    const read = async (topic: 'signals' | 'anomalies'): Promise<number> => {
      const slices = await Promise.all(
        Array.from({ length: 4 }, (_, partition) =>
          log.read(tenantId, topic, { partition, fromOffset: 0, recordsMax: 10 }),
        ),
      );
      return slices.flatMap(({ records }) => records).length;
    };
    expect([await read('signals'), await read('anomalies')]).toEqual([0, 1]);
  });
});
