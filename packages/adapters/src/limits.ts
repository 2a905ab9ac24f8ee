import { HeliosError } from '@heliosiq/model';

/** Returns the limit of a list when it is a whole number from 1 to `max`; rejects it with `invalid-request` otherwise. */
export function checkedLimit(limit: number, max: number, field = 'limit'): number {
  if (Number.isInteger(limit) && limit >= 1 && limit <= max) return limit;
  throw new HeliosError('invalid-request', `${field} is ${limit}, which is not a whole number from 1 to ${max}`, {
    field,
    cure: `Give a whole number from 1 to ${max}.`,
  });
}

/** Rejects more than `max` keys in one question with `invalid-request`. */
export function checkKeyCount(keys: readonly unknown[], max: number, field: string): void {
  if (keys.length <= max) return;
  throw new HeliosError('invalid-request', `${keys.length} ${field} were asked for at once`, {
    field,
    cure: `Ask for at most ${max} at a time.`,
  });
}
