import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism, constants, setPriority } from 'node:os';

const threadsFolder = '/proc/self/task';

/** As the engine names its threads. */
const helperName = 'V8Worker';

/** With more processors there is room for them beside the event loop and the database. */
const fewProcessors = 3;

/**
 * Lets the engine's helper threads, which mark and sweep the heap and compile, give way to the event loop where processors are few:
 * for a tenth of a second at a time they would take all of them, and whoever sends something would wait. Where the loop is busy all
 * the time they mark more slowly, and the heap grows by some more MiB meanwhile. On Linux alone threads have priorities of their own;
 * where those may not be seen or changed they stay as they are. Gives the ids of the threads.
 */
export function letHelperThreadsGiveWay(): readonly number[] {
  if (process.platform !== 'linux' || availableParallelism() > fewProcessors) return [];
  try {
    const helpers = readdirSync(threadsFolder).filter(isHelper).map(Number);
    for (const id of helpers) setPriority(id, constants.priority.PRIORITY_LOW);
    return helpers;
  } catch {
    return []; // slower answers are no reason not to start
  }
}

function isHelper(id: string): boolean {
  return readFileSync(`${threadsFolder}/${id}/comm`, 'utf8').trim() === helperName;
}
