import { PerformanceObserver, performance } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';
import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Service } from '@heliosiq/ports';
import { z } from 'zod';

const lookMs = 1000;
const busyShare = 0.3;
/** Collections that take this share of the time cost more than the memory is worth. */
const collectingShare = 0.1;
/** Ten seconds of work are more than a burst. */
const sustainedLooks = 10;
const idleShare = 0.15;

const atRest = ['--optimize-for-size', '--heap-growing-percent=0'];

/** While there is work the heap grows to so many MiB, within these parts of what is alive in it. */
const grownMib = 150;
const growingPercentMin = 15;
const growingPercentMax = 45;

/**
 * Left alone the engine lets the heap grow to as much as four times of what is alive in it when much is allocated: the faster data
 * comes in, the more memory it takes. A small heap is to be collected seldom all the same, and a large one may take more collections.
 */
export function flagsWhileBusy(heapMib: number): readonly string[] {
  const room = (100 * (grownMib - heapMib)) / Math.max(1, heapMib);
  const percent = Math.round(Math.min(growingPercentMax, Math.max(growingPercentMin, room)));
  return ['--no-optimize-for-size', `--heap-growing-percent=${percent}`];
}

type Collect = (options: {
  readonly type: 'major';
  readonly execution: 'sync';
  readonly flavor: 'last-resort';
}) => void;
const IsFunction = z.custom<Collect>((value) => typeof value === 'function');

/**
 * Lets the heap grow while there is much work and gives the memory back when the program comes to rest.
 * `--optimize-for-size` makes the engine collect several times as often, which under load costs a multiple of the work
 * itself; at rest the engine alone would keep what a burst needed until the next one. V8 reads the flag at each collection,
 * so that it can be set while the program runs; on the command line it would also fix the space for new objects at one
 * megabyte for good. Judged by the shares of time in which the event loop was busy and in which it stood still for collections.
 */
export function createAdaptiveMemory(): Service {
  return {
    name: 'adaptive-memory',
    async run(signal) {
      setFlagsFromString('--expose-gc');
      setFlags(atRest);
      const collect = IsFunction.parse(runInNewContext('gc'));
      let collectedMs = 0;
      const collections = new PerformanceObserver((list) => {
        for (const { duration } of list.getEntries()) collectedMs += duration;
      });
      collections.observe({ entryTypes: ['gc'] });
      signal.addEventListener('abort', () => collections.disconnect(), { once: true });
      let last = performance.eventLoopUtilization();
      let busyLooks = 0;
      while (!signal.aborted) {
        await setTimeout(lookMs, undefined, { signal, ref: false }).catch((error: unknown) => {
          if (!signal.aborted) throw error;
        });
        const now = performance.eventLoopUtilization();
        const { utilization } = performance.eventLoopUtilization(now, last);
        last = now;
        const isCollecting = collectedMs > collectingShare * lookMs;
        collectedMs = 0;
        if (utilization > busyShare) {
          busyLooks += 1;
          if (isCollecting || busyLooks >= sustainedLooks)
            setFlags(flagsWhileBusy(getHeapStatistics().used_heap_size / 2 ** 20));
        } else if (utilization < idleShare && busyLooks > 0) {
          busyLooks = 0;
          setFlags(atRest);
          collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
        }
      }
    },
  };
}

function setFlags(flags: readonly string[]): void {
  for (const flag of flags) setFlagsFromString(flag);
}
