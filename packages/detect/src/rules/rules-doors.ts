import { HeliosError } from '@heliosiq/model';
import type {
  DoorAnswer,
  DoorRequest,
  HttpDoor,
  RuleAlert,
  RuleDesk,
  RuleGroupState,
  RuleState,
} from '@heliosiq/ports';
import { goExponent } from './go-number.ts';

const alertsMax = 10_000;

/**
 * `GET /api/v1/rules` and `/api/v1/alerts` as Prometheus answers them
 * (https://prometheus.io/docs/prometheus/latest/querying/api/#rules), for Grafana and other tools that know this API.
 */
export function createRulesDoors(desk: RuleDesk): readonly HttpDoor[] {
  return [
    door('/api/v1/rules', async ({ principal, query }) => {
      const wanted = query['type'];
      if (wanted !== undefined && kindOf(wanted) === undefined) {
        throw new HeliosError('invalid-request', `not supported value ${JSON.stringify(wanted)}`, {
          field: 'type',
          cure: 'Take alert or record.',
        });
      }
      const groups = (await desk.groups(principal.tenantId)).map((group) => groupOf(group, wanted));
      return { groups: groups.filter(({ rules }) => wanted === undefined || rules.length > 0) };
    }),
    door('/api/v1/alerts', async ({ principal }) => {
      const groups = await desk.groups(principal.tenantId);
      const alerts = groups.flatMap(({ rules }) => rules.flatMap((rule) => rule.alerts.map(alertOf)));
      return { alerts: alerts.slice(0, alertsMax) };
    }),
  ];
}

function door(path: string, data: (request: DoorRequest) => Promise<unknown>): HttpDoor {
  return {
    name: 'prometheus-rules',
    method: 'GET',
    path,
    role: 'viewer',
    async handle(request): Promise<DoorAnswer> {
      const body = JSON.stringify({ status: 'success', data: await data(request) });
      return { status: 200, mediaType: 'application/json', body };
    },
  };
}

function groupOf(
  { name, file, intervalMs, limit, evaluatedAt, tookMs, rules }: RuleGroupState,
  wanted: string | undefined,
) {
  const kind = kindOf(wanted);
  return {
    ...{ name, file, interval: intervalMs / 1000, limit },
    rules: rules.filter((rule) => kind === undefined || rule.kind === kind).map((rule) => ruleOf(rule, evaluatedAt)),
    evaluationTime: tookMs / 1000,
    lastEvaluation: momentOf(evaluatedAt),
  };
}

/** The kind of rules that a word of the API means. */
function kindOf(word: string | undefined): RuleState['kind'] | undefined {
  if (word === 'record') return 'recording';
  return word === 'alert' ? 'alert' : undefined;
}

function ruleOf(rule: RuleState, evaluatedAt: number | undefined) {
  const { name, query, labels, annotations, fault, tookMs } = rule;
  const health = fault === undefined ? (evaluatedAt === undefined ? 'unknown' : 'ok') : 'err';
  const told = {
    ...{ name, query, labels, health, evaluationTime: tookMs / 1000, lastEvaluation: momentOf(evaluatedAt) },
    ...(fault === undefined ? {} : { lastError: fault }),
  };
  if (rule.kind === 'recording') return { ...told, type: 'recording' };
  return {
    ...told,
    state: rule.state,
    duration: rule.forMs / 1000,
    keepFiringFor: rule.keepFiringForMs / 1000,
    annotations,
    alerts: rule.alerts.map(alertOf),
    type: 'alerting',
  };
}

function alertOf({ labels, annotations, state, activeAt, value }: RuleAlert) {
  return { labels, annotations, state, activeAt: momentOf(activeAt), value: goExponent(value) };
}

/** Go's zero time stands for never. */
function momentOf(at: number | undefined): string {
  return at === undefined ? '0001-01-01T00:00:00Z' : new Date(at).toISOString();
}
