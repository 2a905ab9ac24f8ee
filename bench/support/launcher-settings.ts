/** The environment and the flags of Node with which the launcher (`bin/heliosiq`) starts the program, for runs without it. */
export const launcherEnvironment: Readonly<Record<string, string>> = {
  MALLOC_ARENA_MAX: '2',
  MALLOC_MMAP_THRESHOLD_: '131072',
  MALLOC_TRIM_THRESHOLD_: '1000000',
};

export const launcherFlags: readonly string[] = ['--max-semi-space-size=16'];
