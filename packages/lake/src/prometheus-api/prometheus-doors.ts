import { HeliosError } from '@heliosiq/model';
import type { CatalogueQuestion, DoorAnswer, DoorRequest, HttpDoor, MetricQuery } from '@heliosiq/ports';
import { describeApiFault, queryAnswer, success } from './api-answer.ts';
import { apiParameters, badParameter, type ApiParameters } from './api-parameters.ts';
import { labelNameOf } from './label-name.ts';
import { statusDoors } from './status-doors.ts';

export interface PrometheusDoorsDeps {
  readonly metrics: MetricQuery;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Of the program. */
  readonly version: string;
  /** A question is given up after this time; it may ask for less by `timeout`. Default 20 s. */
  readonly timeoutMs?: number;
}

/** The answer to a request whose parameters are read. */
type Answer = (asked: Asked) => Promise<DoorAnswer>;

interface Asked {
  readonly request: DoorRequest;
  readonly parameters: ApiParameters;
  readonly signal: AbortSignal;
}

/**
 * The HTTP API of Prometheus for readers (https://prometheus.io/docs/prometheus/latest/querying/api/): questions in PromQL
 * at a moment and over a range, and what there is to be asked. For Grafana and other tools that know this API.
 */
export function createPrometheusDoors({
  metrics,
  now,
  version,
  timeoutMs = 20_000,
}: PrometheusDoorsDeps): readonly HttpDoor[] {
  const query: Answer = async ({ request, parameters, signal }) => {
    const time = parameters.moment('time') ?? now();
    const answer = await metrics.instant(request.principal.tenantId, {
      ...questionOf(parameters),
      time,
      signal,
    });
    return queryAnswer(answer, { time, seriesMax: parameters.limit('limit') });
  };

  const queryRange: Answer = async ({ request, parameters, signal }) => {
    const [from, to] = [parameters.moment('start'), parameters.moment('end')];
    const stepMs = parameters.duration('step');
    if (from === undefined) throw badParameter('start', 'it is missing');
    if (to === undefined) throw badParameter('end', 'it is missing');
    if (stepMs === undefined) throw badParameter('step', 'it is missing');
    const question = { ...questionOf(parameters), from, to, stepMs, signal };
    const answer = await metrics.range(request.principal.tenantId, question);
    return queryAnswer(answer, { time: to, seriesMax: parameters.limit('limit') });
  };

  const series: Answer = async ({ request, parameters, signal }) => {
    const question = catalogueQuestion(parameters, signal);
    if (question.matches.length === 0) {
      throw new HeliosError('invalid-request', 'no match[] parameter provided', {
        cure: 'Give a selector as match[].',
      });
    }
    const { entries, isCut } = await metrics.series(request.principal.tenantId, question);
    return success(entries, { isCut });
  };

  const labels: Answer = async ({ request, parameters, signal }) => {
    const question = catalogueQuestion(parameters, signal);
    const { entries, isCut } = await metrics.labelNames(request.principal.tenantId, question);
    return success(entries, { isCut });
  };

  const labelValues: Answer = async ({ request, parameters, signal }) => {
    const question = catalogueQuestion(parameters, signal);
    const label = labelNameOf(request.pathParts?.['name'] ?? '');
    const { entries, isCut } = await metrics.labelValues(request.principal.tenantId, label, question);
    return success(entries, { isCut });
  };

  const metadata: Answer = async ({ request, parameters, signal }) => {
    const metric = parameters.one('metric');
    const limit = parameters.limit('limit');
    const found = await metrics.metadata(request.principal.tenantId, {
      signal,
      ...(metric !== undefined && { metric }),
      ...(limit !== undefined && { limit }),
    });
    return success(Object.fromEntries(found.map(({ metric: name, ...words }) => [name, [words]])));
  };

  function door(method: 'GET' | 'POST', path: string, answer: Answer): HttpDoor {
    return {
      name: 'prometheus-query',
      method,
      path,
      role: 'viewer',
      describeFault: describeApiFault,
      async handle(request) {
        const parameters = apiParameters(request);
        const asked = parameters.duration('timeout') ?? timeoutMs;
        const late = AbortSignal.timeout(Math.ceil(Math.min(asked, timeoutMs)));
        const signal = request.signal === undefined ? late : AbortSignal.any([late, request.signal]);
        return answer({ request, parameters, signal });
      },
    };
  }

  const both = (path: string, answer: Answer): readonly HttpDoor[] => [
    door('GET', path, answer),
    door('POST', path, answer),
  ];

  return [
    ...both('/api/v1/query', query),
    ...both('/api/v1/query_range', queryRange),
    // Charts of the API of this house are at the same path.
    { ...door('GET', '/api/v1/series', series), onlyWithQuery: 'match[]' },
    door('POST', '/api/v1/series', series),
    ...both('/api/v1/labels', labels),
    door('GET', '/api/v1/label/:name/values', labelValues),
    door('GET', '/api/v1/metadata', metadata),
    ...statusDoors(version),
  ];
}

function questionOf(parameters: ApiParameters): { readonly query: string; readonly lookbackMs?: number } {
  const query = parameters.one('query') ?? '';
  if (query.trim() === '') throw badParameter('query', '1:1: parse error: no expression found in input');
  const lookbackMs = parameters.duration('lookback_delta');
  return { query, ...(lookbackMs !== undefined && { lookbackMs: Math.ceil(lookbackMs) }) };
}

function catalogueQuestion(parameters: ApiParameters, signal: AbortSignal): CatalogueQuestion {
  const from = parameters.moment('start');
  const to = parameters.moment('end');
  const limit = parameters.limit('limit');
  return {
    matches: parameters.all('match[]'),
    signal,
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
    ...(limit !== undefined && { limit }),
  };
}
