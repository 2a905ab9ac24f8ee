import { performance } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Service } from '@heliosiq/ports';
import { z } from 'zod';

const lookMs = 1500;
const busyShare = 0.3;
const idleShare = 0.15;

type Collect = (options: {
  readonly type: 'major';
  readonly execution: 'sync';
  readonly flavor: 'last-resort';
}) => void;
const IsFunction = z.custom<Collect>((value) => typeof value === 'function');

/**
 * Gives memory back once when the program comes to rest after work. The engine alone collects by allocation, so that what a
 * burst needed would stay resident until the next burst. Judged by the share of time in which the event loop was busy.
 */
export function createIdleMemory(): Service {
  return {
    name: 'idle-memory',
    async run(signal) {
      setFlagsFromString('--expose-gc');
      const collect = IsFunction.parse(runInNewContext('gc'));
      let last = performance.eventLoopUtilization();
      let hasWorked = false;
      while (!signal.aborted) {
        await setTimeout(lookMs, undefined, { signal, ref: false }).catch((error: unknown) => {
          if (!signal.aborted) throw error;
        });
        const now = performance.eventLoopUtilization();
        const { utilization } = performance.eventLoopUtilization(now, last);
        last = now;
        if (utilization > busyShare) hasWorked = true;
        else if (utilization < idleShare && hasWorked) {
          hasWorked = false;
          collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
        }
      }
    },
  };
}
