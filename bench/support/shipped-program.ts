import { cpus } from 'node:os';
import { type ProgramProcess, startProcess } from '../../tests/support/program-process.ts';

/** The environment with which the launcher (`bin/heliosiq`) starts the program. */
const launcherEnvironment: Readonly<Record<string, string>> = {
  MALLOC_ARENA_MAX: '1',
  MALLOC_MMAP_THRESHOLD_: '32768',
  MALLOC_TRIM_THRESHOLD_: '1000000',
};

/** The flags of Node with which the launcher starts the program. */
export const launcherFlags: readonly string[] = [
  '--max-semi-space-size=16',
  '--no-allocation-site-pretenuring',
  '--max-inlined-bytecode-size=1200',
  '--max-inlined-bytecode-size-cumulative=12000',
  '--max-inlined-bytecode-size-absolute=30000',
  ...(cpus().length < 4 ? [`--v8-pool-size=${cpus().length}`] : []),
];

/** The program as a process of its own, as the launcher starts it, with more environment where a bench needs it. */
export function startShipped(
  dataDir: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<ProgramProcess> {
  return startProcess(dataDir, { ...launcherEnvironment, ...environment }, launcherFlags);
}
