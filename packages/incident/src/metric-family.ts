/** What a metric tells about, as far as grouping, titles and severity care. */
export type MetricFamily = 'errors' | 'latency' | 'traffic' | 'saturation' | 'resource' | 'sensor' | 'other';

interface FamilyRow {
  readonly words: RegExp;
  readonly family: MetricFamily;
  /** The direction that hurts; `undefined` when both can. */
  readonly hurts: 'up' | 'down' | undefined;
}

/** The first row whose words occur decides, so narrower words stand above broader ones. */
const rows: readonly FamilyRow[] = [
  { words: /availab|success|apdex|uptime/, family: 'errors', hurts: 'down' },
  { words: /err|fault|fail|exception|5xx|4xx|timeout|reject|dropped|throttl|crash/, family: 'errors', hurts: 'up' },
  { words: /queue|backlog|lag(_|$)|pending|saturation|inflight|waiting/, family: 'saturation', hurts: 'up' },
  { words: /latency|duration|response_?time|elapsed|delay|(^|_)lat(_|$)/, family: 'latency', hurts: 'up' },
  { words: /cpu|mem|heap|disk|iops|load|swap|fd_|threads/, family: 'resource', hurts: 'up' },
  { words: /request|traffic|rps|qps|throughput|invocation|calls|hits|rate/, family: 'traffic', hurts: undefined },
  { words: /temp|pressure|vibration|volt|current|flow|humid|rpm|torque|level/, family: 'sensor', hurts: undefined },
];

function snakeCase(metric: string): string {
  return metric.replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase();
}

/** Family and hurting direction of a metric, from its name alone. */
export function metricFamily(metric: string): {
  readonly family: MetricFamily;
  readonly hurts: 'up' | 'down' | undefined;
} {
  const name = snakeCase(metric);
  return rows.find((row) => row.words.test(name)) ?? { family: 'other', hurts: undefined };
}

/** How directly users feel a family: 0 is felt first. */
export function familyRank(family: MetricFamily): number {
  const ranks = { latency: 0, errors: 0, traffic: 1, saturation: 2, sensor: 3, other: 4, resource: 5 } as const;
  return ranks[family];
}

/** The metric without the statistic in its name: `latency_p99` and `latency.avg` are one quantity, `latency`. */
export function quantityOf(metric: string): string {
  const stripped = snakeCase(metric).replace(
    /[._-](p?\d{2,3}|avg|average|mean|median|min|max|sum|count|total|stddev)$/,
    '',
  );
  return stripped === '' ? metric : stripped;
}
