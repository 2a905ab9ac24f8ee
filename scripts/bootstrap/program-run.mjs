import os from 'node:os';
import path from 'node:path';

import { toolchainFolder } from './paths.mjs';

/**
 * The same as in bin/heliosiq: room for the newest objects under load, where all new ones belong; the program itself keeps its heap
 * lean otherwise. And how much of what a sample goes through the engine may compile as one function. On few processors the engine
 * has as few helper threads.
 */
const ownFlags = [
  '--max-semi-space-size=16',
  '--no-allocation-site-pretenuring',
  '--max-inlined-bytecode-size=1200',
  '--max-inlined-bytecode-size-cumulative=12000',
  '--max-inlined-bytecode-size-absolute=30000',
  ...(os.cpus().length < 4 ? [`--v8-pool-size=${os.cpus().length}`] : []),
];

/** Flags of the Node that runs the program. */
export function programFlags() {
  const given = process.env.HELIOS_BOOTSTRAP_NODE_FLAGS;
  return ['--disable-warning=ExperimentalWarning', ...(given ? given.split(/\s+/).filter(Boolean) : ownFlags)];
}

/**
 * What the program's environment has besides the caller's: where compiled code is kept, one malloc arena, and pieces of memory from
 * 32 KiB on that go back to the system when they are free: else short-lived ones leave holes between others that stay. The same as in
 * bin/heliosiq.
 */
export function programEnvironment() {
  return {
    NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE || path.join(toolchainFolder, 'compile-cache'),
    MALLOC_ARENA_MAX: process.env.MALLOC_ARENA_MAX || '1',
    MALLOC_MMAP_THRESHOLD_: process.env.MALLOC_MMAP_THRESHOLD_ || '32768',
    MALLOC_TRIM_THRESHOLD_: process.env.MALLOC_TRIM_THRESHOLD_ || '1000000',
  };
}
