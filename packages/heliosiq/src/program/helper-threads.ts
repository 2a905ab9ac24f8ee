import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism, getPriority, setPriority } from 'node:os';

const threadsFolder = '/proc/self/task';

/** As the engine names its threads. */
const helperName = 'V8Worker';

/**
 * How far behind the event loop they stand. With more of it they mark too slowly where the loop is busy all the time, and the heap
 * grows meanwhile.
 */
const niceness = 2;
const lowestPriority = 19;

/** With more processors there is room for them beside the event loop and the database. */
const fewProcessors = 3;

/**
 * Lets the engine's helper threads, which mark and sweep the heap and compile, give way to the event loop where processors are few:
 * for a tenth of a second at a time they would take all of them, and whoever sends something would wait. On Linux alone threads have
 * priorities of their own. Gives the ids of the threads.
 */
export function letHelperThreadsGiveWay(): readonly number[] {
  if (process.platform !== 'linux' || availableParallelism() > fewProcessors) return [];
  const helpers = readdirSync(threadsFolder)
    .filter((id) => isHelper(id))
    .map(Number);
  const priority = Math.min(lowestPriority, getPriority() + niceness);
  for (const id of helpers) setPriority(id, priority);
  return helpers;
}

function isHelper(id: string): boolean {
  try {
    return readFileSync(`${threadsFolder}/${id}/comm`, 'utf8').trim() === helperName;
  } catch {
    return false; // it ended meanwhile
  }
}
