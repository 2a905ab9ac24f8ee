import { HeliosError } from '@heliosiq/model';
import type { DoorRequest } from '@heliosiq/ports';
import { durationMsOf } from '../promql/duration.ts';

/** The parameters of a request: those of a form before those of the query string, each name possibly several times. */
export interface ApiParameters {
  /** The first value; undefined where there is none or it is empty. */
  one(name: string): string | undefined;
  all(name: string): readonly string[];
  /** A moment in milliseconds since the epoch. */
  moment(name: string): number | undefined;
  /** A duration above zero in milliseconds. */
  duration(name: string): number | undefined;
  /** How many are wanted; undefined for all, which is also 0. */
  limit(name: string): number | undefined;
}

const formMediaType = 'application/x-www-form-urlencoded';

/** The furthest moment that a date can name, and what stands for the beginning and the end of time in requests. */
const momentMax = 8.64e15;
const beginOfTime = '-292273086-05-16T16:47:06Z';
const endOfTime = '292277025-08-18T07:12:54.999999999Z';

export function apiParameters({ query, queryText, mediaType, body }: DoorRequest): ApiParameters {
  const values = new Map<string, string[]>();
  const add = (pairs: Iterable<readonly [string, string]>): void => {
    for (const [name, value] of pairs) values.set(name, [...(values.get(name) ?? []), value]);
  };
  if (mediaType === formMediaType) add(new URLSearchParams(body.toString('utf8')));
  if (queryText !== undefined) add(new URLSearchParams(queryText));
  else add(Object.entries(query).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])));
  const one = (name: string): string | undefined => {
    const value = values.get(name)?.[0];
    return value === '' ? undefined : value;
  };

  return {
    one,
    all: (name) => values.get(name) ?? [],
    moment(name) {
      const text = one(name);
      return text === undefined ? undefined : momentOf(name, text);
    },
    duration(name) {
      const text = one(name);
      if (text === undefined) return undefined;
      const durationMs = /^[-+]?[\d.]+(e[+-]?\d+)?$/i.test(text) ? Number(text) * 1000 : durationMsOf(text);
      if (durationMs > 0 && durationMs <= momentMax) return durationMs;
      throw badParameter(name, `cannot parse ${shown(text)} to a valid duration above 0`);
    },
    limit(name) {
      const limit = Number(one(name) ?? 0);
      if (!Number.isSafeInteger(limit) || limit < 0) throw badParameter(name, 'limit must be non-negative');
      return limit === 0 ? undefined : limit;
    },
  };
}

/** Seconds since the epoch with a fraction, or RFC 3339. */
function momentOf(name: string, text: string): number {
  if (text === beginOfTime) return -momentMax;
  if (text === endOfTime) return momentMax;
  const isNumber = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(text);
  const isDate = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/.test(text);
  const momentMs = isNumber ? Math.round(Number(text) * 1000) : isDate ? Date.parse(text) : Number.NaN;
  if (Math.abs(momentMs) <= momentMax) return momentMs;
  throw badParameter(name, `cannot parse ${shown(text)} to a valid timestamp`);
}

function shown(text: string): string {
  return JSON.stringify(text.slice(0, 50));
}

/** A fault in the words of Prometheus. */
export function badParameter(name: string, reason: string): HeliosError {
  return new HeliosError('invalid-request', `invalid parameter "${name}": ${reason}`, {
    field: name,
    cure: `Correct the parameter ${name}.`,
  });
}
