import { lengthMs, startMs } from './example-series.ts';

/** A request of Grafana's Prometheus data source, below its address. */
export interface GrafanaRequest {
  /** What in Grafana sends it. */
  readonly when: string;
  readonly method: 'GET' | 'POST';
  readonly path: string;
  /** In the query of a GET, in the form of a POST. */
  readonly parameters: readonly (readonly [name: string, value: string])[];
  /** How much of the answer is the same whoever answers; Prometheus has metadata of targets that it scrapes, and cuts lists by no order. */
  readonly compared: 'all' | 'structure' | 'status';
}

const start = String(startMs / 1000);
const end = String((startMs + lengthMs) / 1000);
const startAndEnd = [
  ['start', start],
  ['end', end],
] as const;

const query = (text: string): readonly (readonly [string, string])[] => [
  ['query', text],
  ['time', end],
];

const queryRange = (text: string, step: string): readonly (readonly [string, string])[] => [
  ['query', text],
  ...startAndEnd,
  ['step', step],
];

/** As Grafana 10 to 12 send them with the default settings: POST where the API knows it, times in seconds, a limit on lists. */
export const grafanaRequests: readonly GrafanaRequest[] = [
  { when: 'Save & test', method: 'POST', path: '/api/v1/query', parameters: query('1+1'), compared: 'all' },
  {
    when: 'the version is detected',
    method: 'GET',
    path: '/api/v1/status/buildinfo',
    parameters: [],
    compared: 'structure',
  },
  {
    when: 'a panel is drawn',
    method: 'POST',
    path: '/api/v1/query_range',
    parameters: queryRange('sum by (job) (rate(http_requests_total[1m0s]))', '15'),
    compared: 'all',
  },
  {
    when: 'a panel of raw series is drawn',
    method: 'POST',
    path: '/api/v1/query_range',
    parameters: queryRange('up{job=~"api|web"}', '60.000'),
    compared: 'all',
  },
  {
    when: 'a panel is drawn by GET',
    method: 'GET',
    path: '/api/v1/query_range',
    parameters: queryRange('histogram_quantile(0.95, sum(rate(request_seconds_bucket[5m])) by (le))', '30s'),
    compared: 'all',
  },
  {
    when: 'a stat or table is drawn',
    method: 'POST',
    path: '/api/v1/query',
    parameters: query('topk(3, node_load1)'),
    compared: 'all',
  },
  {
    when: 'a table of raw samples is drawn',
    method: 'POST',
    path: '/api/v1/query',
    parameters: query('memory_bytes[2m]'),
    compared: 'all',
  },
  {
    when: 'a query is wrong',
    method: 'POST',
    path: '/api/v1/query_range',
    parameters: queryRange('rate(up', '15'),
    compared: 'structure',
  },
  {
    when: 'a query cannot be evaluated',
    method: 'POST',
    path: '/api/v1/query',
    parameters: query('{__name__=~"twin_.*"} * 2'),
    compared: 'structure',
  },
  {
    when: 'a range has too many steps',
    method: 'POST',
    path: '/api/v1/query_range',
    parameters: queryRange('up', '0.1'),
    compared: 'structure',
  },
  { when: 'label names are listed', method: 'POST', path: '/api/v1/labels', parameters: startAndEnd, compared: 'all' },
  {
    when: 'label names of a metric are listed',
    method: 'POST',
    path: '/api/v1/labels',
    parameters: [...startAndEnd, ['match[]', '{__name__="up"}'], ['limit', '40000']],
    compared: 'all',
  },
  {
    when: 'label names are listed by GET',
    method: 'GET',
    path: '/api/v1/labels',
    parameters: [...startAndEnd, ['match[]', 'http_requests_total{job="api"}']],
    compared: 'all',
  },
  {
    when: 'the metrics browser opens',
    method: 'GET',
    path: '/api/v1/label/__name__/values',
    parameters: [...startAndEnd, ['limit', '40000']],
    compared: 'all',
  },
  {
    when: 'a variable is filled by label_values(job)',
    method: 'GET',
    path: '/api/v1/label/job/values',
    parameters: startAndEnd,
    compared: 'all',
  },
  {
    when: 'a variable is filled by label_values(metric, label)',
    method: 'GET',
    path: '/api/v1/label/instance/values',
    parameters: [...startAndEnd, ['match[]', 'up{job="api"}']],
    compared: 'all',
  },
  {
    when: 'a label of a new kind of name is asked for',
    method: 'GET',
    path: '/api/v1/label/U__k8s_2e_pod/values',
    parameters: startAndEnd,
    compared: 'all',
  },
  {
    when: 'a label has no values',
    method: 'GET',
    path: '/api/v1/label/missing/values',
    parameters: startAndEnd,
    compared: 'all',
  },
  {
    when: 'a list is longer than its limit',
    method: 'GET',
    path: '/api/v1/label/__name__/values',
    parameters: [...startAndEnd, ['limit', '2']],
    compared: 'structure',
  },
  {
    when: 'the query builder looks for series',
    method: 'POST',
    path: '/api/v1/series',
    parameters: [...startAndEnd, ['match[]', 'up'], ['match[]', 'build_info'], ['limit', '40000']],
    compared: 'all',
  },
  {
    when: 'series are looked for by GET',
    method: 'GET',
    path: '/api/v1/series',
    parameters: [...startAndEnd, ['match[]', '{__name__=~"queue_.*",queue!="steady"}']],
    compared: 'all',
  },
  {
    when: 'a selector is wrong',
    method: 'GET',
    path: '/api/v1/series',
    parameters: [...startAndEnd, ['match[]', 'sum(up)']],
    compared: 'structure',
  },
  { when: 'the editor loads', method: 'GET', path: '/api/v1/metadata', parameters: [], compared: 'status' },
  {
    when: 'exemplars are shown',
    method: 'GET',
    path: '/api/v1/query_exemplars',
    parameters: [['query', 'up'], ...startAndEnd],
    compared: 'all',
  },
  {
    when: 'exemplars are shown by POST',
    method: 'POST',
    path: '/api/v1/query_exemplars',
    parameters: [['query', 'up'], ...startAndEnd],
    compared: 'all',
  },
  { when: 'alert rules are listed', method: 'GET', path: '/api/v1/rules', parameters: [], compared: 'all' },
  { when: 'alerts are listed', method: 'GET', path: '/api/v1/alerts', parameters: [], compared: 'all' },
];

/** Asks a server that has the API of Prometheus as Grafana does. */
export async function sentByGrafana(
  request: GrafanaRequest,
  { url, key }: { readonly url: string; readonly key?: string },
): Promise<{ readonly status: number; readonly mediaType: string; readonly body: unknown }> {
  const parameters = new URLSearchParams(request.parameters.map(([name, value]) => [name, value]));
  const headers: Record<string, string> = key === undefined ? {} : { authorization: `Bearer ${key}` };
  const response =
    request.method === 'GET'
      ? await fetch(`${url}${request.path}?${parameters.toString()}`, { headers })
      : await fetch(`${url}${request.path}`, {
          method: 'POST',
          headers: { ...headers, 'content-type': 'application/x-www-form-urlencoded' },
          body: parameters.toString(),
        });
  return {
    status: response.status,
    mediaType: response.headers.get('content-type') ?? '',
    body: await response.json(),
  };
}

/** The form of an answer: its fields with the types of their values, of lists that of their entries. */
export function structureOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? [] : [structureOf(value[0])];
  if (typeof value !== 'object' || value === null) return typeof value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, structureOf(one)]));
}
