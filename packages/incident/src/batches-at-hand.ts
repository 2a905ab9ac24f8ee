import { setImmediate } from 'node:timers/promises';
import type { RecordBatch } from '@heliosiq/ports';

/**
 * Joins batches that are at hand without waiting, whatever their partitions, so that they are worked on together. None is added
 * once there are `recordsMax` records. The next one is asked for ahead: whoever reads no further ends the source himself.
 */
export async function* batchesAtHand(
  batches: AsyncIterable<RecordBatch>,
  recordsMax: number,
): AsyncGenerator<readonly RecordBatch[], void, undefined> {
  const source = batches[Symbol.asyncIterator]();
  let next = ask();
  for (let first = await next; first.done !== true; first = await next) {
    const gathered = [first.value];
    let records = first.value.records.length;
    next = ask();
    while (records < recordsMax && (await isAtHand(next))) {
      const more = await next;
      // Seen again above.
      if (more.done === true) break;
      gathered.push(more.value);
      records += more.value.records.length;
      next = ask();
    }
    yield gathered;
  }

  /** A failure waits there until it is looked at. */
  function ask(): Promise<IteratorResult<RecordBatch>> {
    const asked = source.next();
    asked.catch(() => undefined);
    return asked;
  }
}

/** Only the answer is raced: a promise holds on to what is raced against it until it settles. */
async function isAtHand(awaited: Promise<unknown>): Promise<boolean> {
  return Promise.race([awaited.then(() => true), setImmediate(false)]);
}
