import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Bytes that this process keeps after a collection; what the system lends it meanwhile depends on when it collects. */
export function bytesInUse(): number {
  setFlagsFromString('--expose-gc');
  // Node's own name for it, there as long as the flag is set.
  const collect = runInNewContext('gc') as () => void;
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
