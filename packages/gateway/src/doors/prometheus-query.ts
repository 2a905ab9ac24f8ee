import { setImmediate as nextTurn } from 'node:timers/promises';
import { HeliosError } from '@heliosiq/model';
import type { ErrorCode } from '@heliosiq/model';
import type { DoorAnswer, DoorRequest, HttpDoor, InstantQuery, InstantResult } from '@heliosiq/ports';

export interface PrometheusQueryDeps {
  readonly instantQuery: InstantQuery;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** A question is given up after this time; it may ask for less by `timeout`. Default 20 s. */
  readonly timeoutMs?: number;
}

const formMediaType = 'application/x-www-form-urlencoded';
const pieceCharactersMin = 64 * 1024;
/** `errorType` of the answers for faults; `bad_data` for the rest below 500. */
const errorTypes = new Map<ErrorCode, string>([
  ['unauthenticated', 'unauthorized'],
  ['forbidden', 'forbidden'],
  ['not-found', 'not_found'],
  ['unprocessable', 'execution'],
  ['rate-limited', 'unavailable'],
  ['unavailable', 'unavailable'],
  ['timeout', 'timeout'],
  ['internal', 'internal'],
]);

/**
 * `/api/v1/query` of the Prometheus HTTP API by GET and POST, for tools that ask in PromQL about one moment
 * (https://prometheus.io/docs/prometheus/latest/querying/api/#instant-queries).
 */
export function createPrometheusQueryDoors({
  instantQuery,
  now,
  timeoutMs = 20_000,
}: PrometheusQueryDeps): readonly HttpDoor[] {
  async function handle(request: DoorRequest): Promise<DoorAnswer> {
    const parameters = parametersOf(request);
    const query = parameters.get('query') ?? '';
    if (query.trim() === '') throw badParameter('query', 'it is missing or empty');
    const asked = durationMsOf(parameters.get('timeout'));
    const signal = AbortSignal.timeout(Math.ceil(Math.min(asked ?? timeoutMs, timeoutMs)));
    const time = momentOf(parameters.get('time')) ?? now();
    const seriesMax = limitOf(parameters.get('limit'));
    const data = await instantQuery.query(request.principal.tenantId, { query, time, signal });
    return { status: 200, mediaType: 'application/json', pieces: piecesOf(data, seriesMax) };
  }

  const door = {
    name: 'prometheus-query',
    path: '/api/v1/query',
    role: 'viewer',
    handle,
    describeFault: ({ code, message }: HeliosError) => ({
      status: 400,
      mediaType: 'application/json',
      body: JSON.stringify({ status: 'error', errorType: errorTypes.get(code) ?? 'bad_data', error: message }),
    }),
  } as const;
  return [
    { ...door, method: 'GET' },
    { ...door, method: 'POST' },
  ];
}

/** The parameters of the query string and of a form; the form's win, as in Prometheus. */
function parametersOf({ query, mediaType, body }: DoorRequest): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) parameters.set(name, value);
  if (mediaType === formMediaType) {
    for (const [name, value] of new URLSearchParams(body.toString('utf8'))) parameters.set(name, value);
  }
  return parameters;
}

/** Seconds since the epoch with a fraction, or RFC 3339; in milliseconds. */
function momentOf(text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined;
  const isNumber = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(text);
  const isDate = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/.test(text);
  const time = isNumber ? Math.round(Number(text) * 1000) : isDate ? Date.parse(text) : Number.NaN;
  // The furthest moment that a Date can name.
  if (Math.abs(time) <= 8.64e15) return time;
  throw badParameter('time', `${JSON.stringify(text.slice(0, 50))} is not a moment`);
}

const unitsMs: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
  y: 31_536_000_000,
};

/** Seconds as a number, or a duration such as `1m30s`. */
function durationMsOf(text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined;
  let durationMs = Number(text) * 1000;
  if (/^(?:\d+(?:ms|[smhdwy]))+$/.test(text)) {
    durationMs = 0;
    for (const [, count, unit = ''] of text.matchAll(/(\d+)(ms|[smhdwy])/g)) {
      durationMs += Number(count) * (unitsMs[unit] ?? 0);
    }
  }
  if (durationMs > 0) return durationMs;
  throw badParameter('timeout', `${JSON.stringify(text.slice(0, 50))} is not a duration above 0`);
}

/** How many series are wanted at most; 0 is as many as there are. */
function limitOf(text: string | undefined): number {
  const limit = text === undefined || text === '' ? 0 : Number(text);
  if (Number.isSafeInteger(limit) && limit >= 0) return limit === 0 ? Number.POSITIVE_INFINITY : limit;
  throw badParameter('limit', 'it is not a whole number of 0 or more');
}

/** The answer in pieces, with a turn of the event loop between them: no other request waits for a large one. */
async function* piecesOf({ resultType, result }: InstantResult, seriesMax: number): AsyncGenerator<string> {
  const isCut = result.length > seriesMax;
  const warnings = isCut ? `"warnings":["results truncated due to limit"],` : '';
  let piece = `{"status":"success",${warnings}"data":{"resultType":"${resultType}","result":[`;
  for (let at = 0; at < result.length && at < seriesMax; at++) {
    piece += at === 0 ? JSON.stringify(result[at]) : `,${JSON.stringify(result[at])}`;
    if (piece.length < pieceCharactersMin) continue;
    yield piece;
    piece = '';
    await nextTurn();
  }
  yield `${piece}]}}`;
}

function badParameter(name: string, reason: string): HeliosError {
  return new HeliosError('invalid-request', `invalid parameter "${name}": ${reason}`, {
    field: name,
    cure: `Correct the parameter ${name}`,
  });
}
