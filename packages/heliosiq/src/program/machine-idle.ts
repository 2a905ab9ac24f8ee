import { cpus } from 'node:os';

/** For how long the processors of this machine were idle so far, added up, in milliseconds. */
export function machineIdleMs(): number {
  let idle = 0;
  for (const { times } of cpus()) idle += times.idle;
  return idle;
}
