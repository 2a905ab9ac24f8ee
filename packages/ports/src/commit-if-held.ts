import { HeliosError } from '@heliosiq/model';
import type { RecordBatch } from './event-log.ts';

/**
 * Commits a batch; false when its partition has moved to another member, which sees the records again from the last commit on
 * and finds what was done with them already.
 */
export async function commitIfHeld(batch: Pick<RecordBatch, 'commit'>): Promise<boolean> {
  try {
    await batch.commit();
    return true;
  } catch (error) {
    if (error instanceof HeliosError && error.code === 'conflict') return false;
    throw error;
  }
}
