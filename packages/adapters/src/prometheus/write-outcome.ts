import { HeliosError } from '@heliosiq/model';
import type { Answer } from './http-exchange.ts';

/** What a server made of a remote-write request. */
export type WriteOutcome =
  | { readonly isTaken: true }
  | {
      readonly isTaken: false;
      /** In the server's words, shortened. */
      readonly reason: string;
      /** `late`: there is a newer sample of the series, or another value; `too-old`: everything older is refused as well. */
      readonly kind: 'late' | 'too-old' | 'other';
    };

/** Of Prometheus, Mimir and Thanos; some older versions answer with 500 though a retry helps nothing. */
const tooOldWords = /out of bounds|too[ -]old|too far in the (?:past|future)/i;
const lateWords = /out[ -]of[ -]order|duplicate sample|duplicate-timestamp|duplicate timestamp/i;

/** Statuses that refuse what was sent; Thanos takes 409 for samples that are late. */
const refusals: ReadonlySet<number> = new Set([400, 409, 413, 422]);

/**
 * Reads an answer to remote write (https://prometheus.io/docs/specs/prw/remote_write_spec/). What a later attempt may mend,
 * a wrong credential and a missing receiver among it, is thrown as `unavailable`: data waits rather than being lost.
 */
export function writeOutcome({ status, body, retryAfterS }: Answer, host: string): WriteOutcome {
  if (status >= 200 && status < 300) return { isTaken: true };
  const reason = body.toString('utf8', 0, 300).trim();
  if (tooOldWords.test(reason)) return { isTaken: false, reason, kind: 'too-old' };
  if (lateWords.test(reason)) return { isTaken: false, reason, kind: 'late' };
  if (refusals.has(status)) return { isTaken: false, reason: reason || `status ${status}`, kind: 'other' };
  throw new HeliosError('unavailable', `the series store at ${host} answers a write with ${status}: ${reason}`, {
    ...(cures[status] === undefined ? {} : { cure: cures[status] }),
    ...(retryAfterS === undefined ? {} : { retryAfterS }),
  });
}

const cures: Readonly<Record<number, string>> = {
  401: 'check series.headers',
  403: 'check series.headers',
  404: 'check series.write-url; Prometheus wants --web.enable-remote-write-receiver',
  405: 'check series.write-url',
};
