import { createMemoryLease } from '@heliosiq/adapters/memory/lease.ts';
import { describe, expect, test } from 'vitest';
import { faultOf, openDoor } from './testing/open-door.ts';
import { momentOfTests as now, plainSeries as series } from './testing/write-bodies.ts';

describe.each(['v1', 'v2'] as const)('replicas by remote write %s', (version) => {
  test('stores one of two replicas, without their label, and changes over when it falls silent', async () => {
    const { send, stored, clock, meter } = openDoor();
    const from = (replica: string, value: number) =>
      series('up', { cluster: 'eu', __replica__: replica, job: 'node' }, value, clock.now);
    expect((await send(version, [from('a', 1)])).status).toBe(204);
    clock.now += 20_000;
    const passedOver = await send(version, [from('b', 2)]);
    expect(passedOver.status).toBe(204);
    if (version === 'v2') expect(passedOver.headers?.['x-prometheus-remote-write-samples-written']).toBe('1');
    clock.now += 30_000;
    await send(version, [from('b', 3)]);
    await send(version, [from('a', 4)]);
    // Another cluster elects for itself; without a cluster nobody knows which belong together.
    await send(version, [series('up', { cluster: 'us', __replica__: 'b' }, 5, clock.now)]);
    await send(version, [series('up', { __replica__: 'c' }, 6, clock.now)]);
    expect(await stored()).toEqual([
      'node up{cluster="eu",job="node"} @0 = 1',
      'node up{cluster="eu",job="node"} @50 = 3',
      'unnamed up{__replica__="c"} @50 = 6',
      'unnamed up{cluster="us"} @50 = 5',
    ]);
    expect(meter.value('heliosiq_remote_write_passed_over_total', { reason: 'other-replica' })).toBe(2);
  });

  test('waits after a restart for the replica that was stored before, and takes another when it does not come', async () => {
    const clock = { now };
    const lease = createMemoryLease(() => clock.now);
    const from = (replica: string, at: number) => [series('up', { cluster: 'eu', __replica__: replica }, 1, at)];
    await openDoor({ lease, clock }).send(version, from('a', now));
    const after = openDoor({ lease, clock });
    const fault = await faultOf(after.send(version, from('b', now - 1000)));
    expect([fault.code, fault.retryAfterS]).toEqual(['unavailable', 5]);
    expect((await after.send(version, from('a', now + 1000))).status).toBe(204);
    expect((await after.send(version, from('b', now - 1000))).status).toBe(204);
    expect(await after.stored()).toEqual(['unnamed up{cluster="eu"} @1 = 1']);

    const later = openDoor({ lease, clock });
    await faultOf(later.send(version, from('b', now)));
    clock.now += 36_000;
    expect((await later.send(version, from('b', now))).status).toBe(204);
    expect(await later.stored()).toEqual(['unnamed up{cluster="eu"} @0 = 1']);
  });

  test('elects one of two replicas for all processes together, whichever each of them hears', async () => {
    const clock = { now };
    const lease = createMemoryLease(() => clock.now);
    const [one, other] = [openDoor({ lease, clock }), openDoor({ lease, clock })];
    const from = (replica: string, value: number) =>
      series('up', { cluster: 'eu', __replica__: replica }, value, clock.now);
    await one.send(version, [from('a', 1)]);
    // It was not heard here yet: it may have died with the process that took it.
    expect((await faultOf(other.send(version, [from('b', 2)]))).code).toBe('unavailable');
    for (let second = 5; second <= 60; second += 5) {
      clock.now = now + second * 1000;
      await one.send(version, [from('a', 1)]);
      await other.send(version, [from('b', 2)]).catch(() => undefined);
    }
    expect((await other.send(version, [from('b', 2)])).status).toBe(204);
    expect(await other.stored()).toEqual([]);
    clock.now += 36_000;
    await other.send(version, [from('b', 3)]);
    await one.send(version, [from('a', 4)]);
    expect(await other.stored()).toEqual(['unnamed up{cluster="eu"} @96 = 3']);
    expect((await one.stored()).at(-1)).toBe('unnamed up{cluster="eu"} @60 = 1');
  });

  test('refuses a request with samples of very many replicas', async () => {
    const { send, stored } = openDoor();
    const many = Array.from({ length: 501 }, (_, index) =>
      series('up', { cluster: `c-${index}`, __replica__: 'a' }, 1, now),
    );
    expect((await faultOf(send(version, many))).message).toContain('more than 500 replicas');
    expect(await stored()).toEqual([]);
    expect((await send(version, many.slice(1))).status).toBe(204);
    expect(await stored()).toHaveLength(500);
  });
});
