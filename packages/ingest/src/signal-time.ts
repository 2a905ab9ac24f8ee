import type { Outcome } from '@heliosiq/model';
import { accepted, rejected } from '@heliosiq/model';
import { quoted } from './record-fault.ts';
import type { RecordFault } from './record-fault.ts';
import { parseIsoTime } from './wire-time.ts';

/** Which moments are taken, in milliseconds since the epoch, both ends inclusive. */
export interface TimeWindow {
  readonly from: number;
  readonly to: number;
}

/** The `at` of a record as milliseconds, from a number or an ISO 8601 text; `NaN` when it is neither or outside the window. */
export function takeTime(at: unknown, window: TimeWindow): number {
  const moment = typeof at === 'number' ? Math.floor(at) : typeof at === 'string' ? parseIsoTime(at) : Number.NaN;
  return typeof moment === 'number' && moment >= window.from && moment <= window.to ? moment : Number.NaN;
}

/** The same with the reason and the cure when it is not taken. */
export function checkTime(at: unknown, window: TimeWindow): Outcome<number, RecordFault> {
  if (at === undefined) return fault('it is missing', 'Give milliseconds since 1970 or ISO 8601 with a zone');
  const moment = typeof at === 'string' ? parseIsoTime(at) : at;
  if (moment === 'no-zone') return fault(`${quoted(at)} has no zone`, 'End it with Z or an offset such as +02:00');
  if (typeof moment !== 'number' || !Number.isFinite(moment)) {
    return fault(`${quoted(at)} is not a time`, 'Give milliseconds since 1970 or ISO 8601 with a zone');
  }
  if (moment < window.from) {
    const isSeconds = typeof at === 'number' && moment * 1000 >= window.from && moment * 1000 <= window.to;
    const cure = isSeconds ? 'It looks like seconds: send milliseconds' : `Send nothing older than ${iso(window.from)}`;
    return fault(`${quoted(at)} is too old`, cure);
  }
  if (moment > window.to) {
    const isFiner = typeof at === 'number' && moment / 1000 >= window.from;
    const cure = isFiner ? 'It looks like microseconds or nanoseconds: send milliseconds' : "Check the sender's clock";
    return fault(`${quoted(at)} is in the future, now is about ${iso(window.to)}`, cure);
  }
  return accepted(Math.floor(moment));
}

function fault(what: string, cure: string): Outcome<never, RecordFault> {
  return rejected({ field: 'at', reason: `at: ${what}`, cure });
}

function iso(moment: number): string {
  return `${new Date(moment).toISOString().slice(0, 19)}Z`;
}
