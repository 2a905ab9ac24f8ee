import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import type { Lease } from '../src/lease.ts';
import type { OpenStore } from './open-store.ts';

/** The promises of `Lease`. */
export function leaseConformance(name: string, open: OpenStore<Lease>): void {
  describe(`${name} as a lease`, () => {
    let lease: Lease;
    beforeAll(async () => {
      lease = await open();
    });

    it('gives a name to one holder until it gives it back', async () => {
      const work = randomUUID();
      expect(await lease.take(work, 'a', 60_000)).toBe(true);
      expect(await lease.take(work, 'b', 60_000)).toBe(false);
      expect(await lease.take(work, 'a', 60_000)).toBe(true);
      await lease.release(work, 'b');
      expect(await lease.take(work, 'b', 60_000)).toBe(false);
      await lease.release(work, 'a');
      expect(await lease.take(work, 'b', 60_000)).toBe(true);
      expect(await lease.take(randomUUID(), 'a', 60_000)).toBe(true);
    });

    it('lets one of those who ask at once have it', async () => {
      const work = randomUUID();
      const asked = await Promise.all(['a', 'b', 'c', 'd', 'e'].map((holder) => lease.take(work, holder, 60_000)));
      expect(asked.filter(Boolean)).toHaveLength(1);
    });

    it('passes a name on when its holder has not come back in time', async () => {
      const work = randomUUID();
      expect(await lease.take(work, 'dead', 1)).toBe(true);
      await vi.waitFor(async () => expect(await lease.take(work, 'next', 60_000)).toBe(true), { timeout: 30_000 });
      expect(await lease.take(work, 'dead', 60_000)).toBe(false);
    });
  });
}
