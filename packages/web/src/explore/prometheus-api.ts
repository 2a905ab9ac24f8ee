import { Problem } from '@heliosiq/api';
import { sessionKey } from '../app/session.ts';

/**
 * The server's Prometheus HTTP API (https://prometheus.io/docs/prometheus/latest/querying/api/), which answers PromQL: the
 * one place of the page that knows its paths.
 */
const paths = {
  queryRange: '/api/v1/query_range',
  labels: '/api/v1/labels',
  valuesOf: (label: string) => `/api/v1/label/${encodeURIComponent(label)}/values`,
  metadata: '/api/v1/metadata',
} as const;

/** Labels of a line; `__name__` is its metric. */
export type Labels = Readonly<Record<string, string>>;

/** Values of one series at steps; times in seconds since the epoch. */
export interface MatrixSeries {
  readonly metric: Labels;
  readonly times: readonly number[];
  /** NaN and the infinities included. */
  readonly values: readonly number[];
}

export interface RangeAnswer {
  readonly series: readonly MatrixSeries[];
  /** What the server wants to be known about the answer. */
  readonly notes: readonly string[];
}

export interface RangeQuestion {
  readonly query: string;
  readonly startS: number;
  readonly endS: number;
  readonly stepS: number;
}

export interface MetricFacts {
  readonly type: string;
  readonly help: string;
}

interface QueryFaultOptions {
  /** Whether the same may be answered later. */
  readonly isPassing: boolean;
}

/** An answer of refusal, in the server's words. */
export class QueryFault extends Error {
  override readonly name = 'QueryFault';
  readonly isPassing: boolean;

  constructor(message: string, options: QueryFaultOptions) {
    super(message);
    this.isPassing = options.isPassing;
  }
}

/** Asks for values at steps. Rejects with a `QueryFault`. */
export async function queryRange(
  { query, startS, endS, stepS }: RangeQuestion,
  signal: AbortSignal,
): Promise<RangeAnswer> {
  const form = new URLSearchParams({ query, start: String(startS), end: String(endS), step: String(stepS) });
  const answer = await ask(paths.queryRange, { method: 'POST', body: form, signal });
  const result = isRecord(answer.data) ? answer.data['result'] : undefined;
  if (!Array.isArray(result)) throw new QueryFault('The server answered without a result', { isPassing: false });
  return { series: result.map(seriesOf), notes: [...textsOf(answer.warnings), ...textsOf(answer.infos)] };
}

/** Names of labels, of one metric or of all. */
export async function labelNames(metric: string | undefined): Promise<string[]> {
  return textsOf((await ask(withMatch(paths.labels, metric))).data);
}

/** Values of a label where a selector is met. */
export async function labelValues(label: string, selector: string | undefined): Promise<string[]> {
  return textsOf((await ask(withMatch(paths.valuesOf(label), selector))).data);
}

/** What is known of the metrics, by name. */
export async function metricFacts(): Promise<Record<string, MetricFacts[]>> {
  const { data } = await ask(paths.metadata);
  if (!isRecord(data)) return {};
  return Object.fromEntries(
    Object.entries(data).map(([name, facts]) => [name, Array.isArray(facts) ? facts.flatMap(factsOf) : []]),
  );
}

function withMatch(path: string, selector: string | undefined): string {
  return selector === undefined ? path : `${path}?${new URLSearchParams({ 'match[]': selector })}`;
}

interface Answer {
  readonly data: unknown;
  readonly warnings: unknown;
  readonly infos: unknown;
}

async function ask(path: string, init: RequestInit = {}): Promise<Answer> {
  const key = sessionKey();
  let response: Response;
  try {
    response = await fetch(path, { ...init, headers: key === undefined ? {} : { authorization: `Bearer ${key}` } });
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause;
    throw new QueryFault('The server cannot be reached', { isPassing: true });
  }
  const body: unknown = await response.json().catch(() => undefined);
  if (response.ok && isRecord(body)) return { data: body['data'], warnings: body['warnings'], infos: body['infos'] };
  throw new QueryFault(faultWords(body) ?? `The server answered ${response.status}`, {
    isPassing: response.status === 429 || response.status >= 500,
  });
}

/** In the words of the Prometheus API, or of problem details where the door was not reached. */
function faultWords(body: unknown): string | undefined {
  if (isRecord(body) && typeof body['error'] === 'string') return body['error'];
  const problem = Problem.safeParse(body);
  return problem.success ? (problem.data.detail ?? problem.data.title) : undefined;
}

/** Checked by hand: a schema over a hundred thousand points would take longer than the answer. */
function seriesOf(one: unknown): MatrixSeries {
  const times: number[] = [];
  const values: number[] = [];
  const points = isRecord(one) && Array.isArray(one['values']) ? one['values'] : [];
  for (const point of points as readonly unknown[]) {
    if (!Array.isArray(point)) continue;
    times.push(Number(point[0]));
    values.push(numberOf(String(point[1])));
  }
  return { metric: isRecord(one) ? labelsOf(one['metric']) : {}, times, values };
}

function numberOf(text: string): number {
  return text === '+Inf' ? Infinity : text === '-Inf' ? -Infinity : Number(text);
}

function labelsOf(value: unknown): Labels {
  return isRecord(value) ? Object.fromEntries(Object.entries(value).map(([name, text]) => [name, String(text)])) : {};
}

function factsOf(fact: unknown): MetricFacts[] {
  if (!isRecord(fact)) return [];
  const { type, help } = fact;
  return [{ type: typeof type === 'string' ? type : 'unknown', help: typeof help === 'string' ? help : '' }];
}

function textsOf(list: unknown): string[] {
  return Array.isArray(list) ? list.filter((item) => typeof item === 'string') : [];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
