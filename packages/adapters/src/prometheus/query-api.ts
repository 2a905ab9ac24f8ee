import { setTimeout as delay } from 'node:timers/promises';
import { HeliosError } from '@heliosiq/model';
import type { TenantId } from '@heliosiq/model';
import type { TimeRange } from '@heliosiq/ports';
import type { Answer, HttpExchange } from './http-exchange.ts';
import { readMatrix } from './matrix-answer.ts';
import { selectorText } from './selector.ts';
import type { Selector } from './selector.ts';
import type { StoredLabels } from './stored-labels.ts';
import { placeOf } from './tenant-place.ts';
import type { ServerPlace } from './tenant-place.ts';

/** A series of an answer with values at moments: milliseconds since the epoch, ascending. */
export interface AnsweredSeries {
  readonly labels: StoredLabels;
  readonly times: Float64Array;
  readonly values: Float64Array;
}

/** What of the HTTP API of Prometheus is used; faults are those of {@link createQueryApi}. */
export interface QueryApi {
  /** The label sets of series that match any of the selectors and have samples about the range. */
  series(tenantId: TenantId, selectors: readonly Selector[], range: TimeRange): Promise<readonly StoredLabels[]>;
  /** Values at `from`, `from + stepMs` and so on. */
  steps(tenantId: TenantId, query: string, steps: TimeRange & { stepMs: number }): Promise<readonly AnsweredSeries[]>;
  /** Samples as they were stored, `from <= time < to`, repeated timestamps included. */
  raw(
    tenantId: TenantId,
    selector: Selector,
    range: TimeRange,
    signal?: AbortSignal,
  ): Promise<readonly AnsweredSeries[]>;
}

/** The largest answer that is read in one piece. */
const answerBytesMax = 48 * 2 ** 20;
/** Times beyond are no durations for the servers, which count nanoseconds in 64 bits. */
const timeMax = 9_000_000_000_000;

/**
 * Asks a server by POST. Rejects with `too-large` when an answer is too big or the server says that it would be, with
 * `invalid-request` for what it refuses otherwise, with `unavailable` or `timeout` when it cannot answer.
 */
export function createQueryApi({
  exchange,
  place,
  timeoutMs,
}: {
  readonly exchange: HttpExchange;
  readonly place: ServerPlace;
  readonly timeoutMs: number;
}): QueryApi {
  /** Asks again when the server fails at what it could answer a moment later. */
  async function answerTo(...question: Parameters<typeof askOnce>): Promise<Answer> {
    for (const waitMs of [50, 500]) {
      const answer = await askOnce(...question);
      if (!isPassingFault(answer)) return answer;
      await delay(waitMs, undefined, { signal: question[3] });
    }
    return askOnce(...question);
  }

  async function ask(...question: Parameters<typeof askOnce>): Promise<unknown> {
    return dataOf(await answerTo(...question));
  }

  async function askOnce(
    tenantId: TenantId,
    path: string,
    form: readonly (readonly [name: string, value: string])[],
    signal?: AbortSignal,
  ): Promise<Answer> {
    const { url, headers } = placeOf(place, tenantId);
    return exchange.post({
      url: new URL(`${url.replace(/\/+$/, '')}/api/v1/${path}`),
      headers: { ...headers, 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
      // VictoriaMetrics else hides the last half minute and rounds times for its cache.
      body: new URLSearchParams([...form.map(([name, value]) => [name, value]), ['nocache', '1']]).toString(),
      ...{ answerBytesMax, timeoutMs },
      ...(signal === undefined ? {} : { signal }),
    });
  }

  return {
    async series(tenantId, selectors, range) {
      const { from, to } = clamped(range);
      if (to <= from || selectors.length === 0) return [];
      const matches = selectors.map((one) => ['match[]', selectorText(one)] as const);
      const form = [...matches, ['start', seconds(from)] as const, ['end', seconds(to - 1)] as const];
      const data = await ask(tenantId, 'series', form).catch((error: unknown) => {
        if (error instanceof HeliosError && error.code === 'too-large') throw tooManySeries(error);
        throw error;
      });
      return listOf(data).map(labelsOf);
    },

    async steps(tenantId, query, { from, to, stepMs }) {
      const data = await ask(tenantId, 'query_range', [
        ['query', query],
        ['start', seconds(from)],
        ['end', seconds(to)],
        ['step', seconds(stepMs)],
      ]);
      return resultOf(data);
    },

    async raw(tenantId, selector, range, signal) {
      const { from, to } = clamped(range);
      if (to <= from) return [];
      // A range reaches from behind its start since Prometheus 3, from its start before: both find all that is wanted.
      const query = `${selectorText(selector)}[${to - from}ms]`;
      const form = [['query', query] as const, ['time', seconds(to - 1)] as const];
      const answer = await answerTo(tenantId, 'query', form, signal);
      const matrix = answer.status === 200 ? readMatrix(answer.body) : undefined;
      const found = matrix?.map(({ metric, ...run }) => ({ labels: labelsOf(metric), ...run }));
      return (found ?? resultOf(dataOf(answer))).map((one) => without(one, from));
    },
  };
}

/** Whole milliseconds within what servers can compute with. */
function clamped({ from, to }: TimeRange): TimeRange {
  return { from: Math.max(0, Math.ceil(from)), to: Math.min(timeMax, Math.ceil(to)) };
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(3);
}

/** Leaves out the samples before a moment, of which there is one at most. */
function without({ labels, times, values }: AnsweredSeries, from: number): AnsweredSeries {
  let start = 0;
  while (start < times.length && (times[start] ?? 0) < from) start += 1;
  return { labels, times: times.subarray(start), values: values.subarray(start) };
}

/** What servers say of questions that read or return too much; halves of them may be answered. */
const limitWords = /too many (?:samples|points|chunks|series)|exceed|too large|limit/i;

/** Prometheus answers 422 when it comes upon chunks that it is putting elsewhere at the moment. */
function isPassingFault({ status, body }: Answer): boolean {
  return status === 422 && !limitWords.test(body.toString('utf8', 0, 1000));
}

function dataOf({ status, body, retryAfterS }: Answer): unknown {
  if (status === 200) {
    const content = parsed(body);
    if (isObject(content) && content['status'] === 'success') return content['data'];
    throw unreadable();
  }
  const content = parsed(body);
  const told = isObject(content) && typeof content['error'] === 'string' ? content['error'] : body.toString('utf8');
  const words = told.slice(0, 300);
  const isOverLimit = limitWords.test(words) && (status === 400 || status === 413 || status === 422);
  if (isOverLimit) throw new HeliosError('too-large', `The series store refuses the question: ${words}`);
  if (status === 400) {
    throw new HeliosError('invalid-request', `The series store refuses the question: ${words}`);
  }
  throw new HeliosError('unavailable', `the series store answers ${status}: ${words}`, {
    ...(retryAfterS === undefined ? {} : { retryAfterS }),
  });
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}

function resultOf(data: unknown): readonly AnsweredSeries[] {
  if (!isObject(data)) throw unreadable();
  return listOf(data['result']).map((one) => {
    if (!isObject(one)) throw unreadable();
    const pairs = one['values'] === undefined ? [one['value']] : listOf(one['values']);
    const times = new Float64Array(pairs.length);
    const values = new Float64Array(pairs.length);
    for (const [index, pair] of pairs.entries()) {
      if (!Array.isArray(pair)) throw unreadable();
      times[index] = Math.round(Number(pair[0]) * 1000);
      values[index] = valueOf(pair[1]);
    }
    return { labels: labelsOf(one['metric']), times, values };
  });
}

function labelsOf(metric: unknown): StoredLabels {
  if (!isObject(metric)) throw unreadable();
  return Object.fromEntries(Object.entries(metric).map(([name, value]) => [name, String(value)]));
}

function valueOf(text: unknown): number {
  if (text === '+Inf') return Infinity;
  if (text === '-Inf') return -Infinity;
  return Number(text); // `NaN` as well
}

function listOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  // VictoriaMetrics writes a list without members as null.
  if (value === null || value === undefined) return [];
  throw unreadable();
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A list of series cannot be asked for in halves. */
function tooManySeries(cause: HeliosError): HeliosError {
  return new HeliosError('invalid-request', 'More series match than the series store lists at once', {
    cause,
    cure: 'Name an asset, a metric or labels, so that fewer match.',
  });
}

function unreadable(): HeliosError {
  return new HeliosError('unavailable', 'the series store answers something that is not the Prometheus HTTP API');
}
