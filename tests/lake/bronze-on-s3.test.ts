import { createMemoryLogger } from '@heliosiq/adapters/memory/logger.ts';
import { createS3BlobStore } from '@heliosiq/adapters/s3/blob-store.ts';
import { openObjectStoreDoor, type DoorTrouble } from '@heliosiq/adapters/testing/object-store-door.ts';
import { describe, expect, it } from 'vitest';
import { expectBronzeLives } from './bronze-life.ts';

const troubles: readonly DoorTrouble[] = [
  { kind: 'refuse', status: 503, code: 'SlowDown' },
  { kind: 'break' },
  { kind: 'cut' },
  { kind: 'lose-answer' },
  { kind: 'spoil' },
];

/** A busy machine takes its time. */
const patience = { timeout: 240_000 };

describe('bronze in a bucket', () => {
  it('is written, verified, merged, replayed and forgotten while every fourth request fails', patience, async () => {
    await using door = await openObjectStoreDoor({ pageMax: 7 });
    await using blobs = createS3BlobStore({
      ...{ bucket: door.bucket, prefix: 'team-a', endpoint: door.url, region: 'eu-1', isPathStyle: true },
      credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secretexample' },
      limits: { restMs: 1, attemptsMax: 12 },
      logger: createMemoryLogger(),
    });
    let failed = 0;
    // Listings bear no digest that would tell that they were spoilt.
    const isListing = (method: string, key: string): boolean => method === 'GET' && key === '';
    door.trouble = ({ method, key }) => {
      if (door.requests.length % 4 !== 0) return undefined;
      const trouble = troubles[(failed += 1) % troubles.length];
      return trouble?.kind === 'spoil' && isListing(method, key) ? undefined : trouble;
    };
    await expectBronzeLives(blobs);
    expect(failed).toBeGreaterThan(20);
  });
});
