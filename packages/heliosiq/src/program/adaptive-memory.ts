import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { performance } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';
import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Service } from '@heliosiq/ports';
import { z } from 'zod';

const lookMs = 1000;
/** Ten seconds of work are more than a burst. */
const sustainedLooks = 10;
/** So much in buffers (bodies, records, columns) means heavy traffic, and each of them makes a lean heap collect. */
const muchInFlightBytes = 40_000_000;
const busyShare = 0.3;
/** Many small requests hold little each, and a lean heap collects twice as long as it works for them. */
const manyRequestsPerS = 150;
const manyRequestsLooks = 2;
const idleShare = 0.15;

type Collect = (options: {
  readonly type: 'major';
  readonly execution: 'sync';
  readonly flavor: 'last-resort';
}) => void;
const IsFunction = z.custom<Collect>((value) => typeof value === 'function');

/**
 * Lets the heap grow while there is much work and gives the memory back when the program comes to rest.
 * `--optimize-for-size`, with which the launcher starts, makes the engine collect several times as often, which under load
 * costs a multiple of the work itself; at rest the engine alone would keep what a burst needed until the next one. V8
 * reads the flag at each collection, so that it can be set while the program runs. Short bursts are left to the lean
 * heap, because one that has grown never shrinks to what it was. Judged by the share of time in which the event loop
 * was busy.
 */
export function createAdaptiveMemory(): Service {
  return {
    name: 'adaptive-memory',
    async run(signal) {
      setFlagsFromString('--expose-gc');
      const collect = IsFunction.parse(runInNewContext('gc'));
      let last = performance.eventLoopUtilization();
      let busyLooks = 0;
      let requests = 0;
      let looksOfMany = 0;
      const count = (): void => void (requests += 1);
      subscribe('http.server.request.start', count);
      signal.addEventListener('abort', () => unsubscribe('http.server.request.start', count), { once: true });
      while (!signal.aborted) {
        await setTimeout(lookMs, undefined, { signal, ref: false }).catch((error: unknown) => {
          if (!signal.aborted) throw error;
        });
        const now = performance.eventLoopUtilization();
        const { utilization } = performance.eventLoopUtilization(now, last);
        last = now;
        looksOfMany = requests > (manyRequestsPerS * lookMs) / 1000 ? looksOfMany + 1 : 0;
        requests = 0;
        if (utilization > busyShare) {
          busyLooks += 1;
          const isMuch = getHeapStatistics().external_memory > muchInFlightBytes;
          if (busyLooks >= sustainedLooks || isMuch || looksOfMany >= manyRequestsLooks)
            setFlagsFromString('--no-optimize-for-size');
        } else if (utilization < idleShare && busyLooks > 0) {
          busyLooks = 0;
          setFlagsFromString('--optimize-for-size');
          collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
        }
      }
    },
  };
}
