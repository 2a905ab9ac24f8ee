import { describe, expect, it } from 'vitest';
import { readRuleFile } from './rule-file.ts';

const sound = (): undefined => undefined;

function groupsOf(text: string) {
  const read = readRuleFile(text, sound);
  if (!read.ok) throw new Error(JSON.stringify(read.faults));
  return read.groups;
}

function faultsOf(text: string, check: (query: string) => string | undefined = sound) {
  const read = readRuleFile(text, check);
  return read.ok ? [] : read.faults;
}

describe('a rule file of Prometheus', () => {
  it('is taken as it is', () => {
    const [group, further] = groupsOf(`
groups:
  - name: node
    interval: 30s
    query_offset: 10s
    limit: 20
    labels: { team: infra }
    rules:
      - record: job:up:sum
        expr: sum by (job) (up)
      - alert: HostDown
        expr: up == 0
        for: 1h30m
        keep_firing_for: 5m
        labels: { severity: critical, team: night }
        annotations:
          summary: "{{ $labels.instance }} is down"
          more: '{{ with query "up" }}{{ . }}{{ end }}'
  - name: empty
    rules:
`);
    expect(group).toEqual({
      name: 'node',
      intervalMs: 30_000,
      limit: 20,
      queryOffsetMs: 10_000,
      rules: [
        { kind: 'recording', name: 'job:up:sum', query: 'sum by (job) (up)', labels: { team: 'infra' } },
        {
          kind: 'alert',
          name: 'HostDown',
          query: 'up == 0',
          forMs: 5_400_000,
          keepFiringForMs: 300_000,
          labels: { team: 'night', severity: 'critical' },
          annotations: {
            summary: '{{ $labels.instance }} is down',
            more: '{{ with query "up" }}{{ . }}{{ end }}',
          },
        },
      ],
    });
    expect(further).toMatchObject({ name: 'empty', rules: [], intervalMs: 60_000 });
    expect(groupsOf('')).toEqual([]);
  });

  it('says everything that is wrong with it, with lines', () => {
    const text = `groups:
  - name: a
    rules:
      - alert: One
        expr: 'up ==='
        annotations:
          summary: "{{ $labels.x"
      - record: bad name
        expr: up
      - alert: Two
        record: both
        expr: up
  - name: a
    rules: []
`;
    expect(faultsOf(text).map(({ line }) => line)).toEqual([8, 10]);
    const queryFaults = faultsOf(
      `groups:
  - name: a
    rules:
      - alert: One
        expr: 'up ==='
        annotations:
          summary: "{{ $labels.x"
  - name: a
    rules: []
`,
      (query) => (query.endsWith('===') ? 'parse error' : undefined),
    );
    expect(queryFaults).toEqual([
      { line: 8, reason: 'groups[1].name: "a" is the name of another group of the file' },
      { line: 5, reason: 'One: expr: parse error' },
      { line: 7, reason: 'One: annotations.summary: an action {{ is not closed by }}' },
    ]);
  });

  it.each([
    ['groups: [', /flow|sequence|collection/i],
    ['groups:\n  - name: a\n    rules:\n      - alert: A\n        expr: up\n        fro: 5m\n', /fro/],
    ['groups:\n  - name: a\n    rules:\n      - alert: A\n        expr: up\n        for: soon\n', /duration/],
    ['groups: []\n---\ngroups: []\n', /one document/],
    ['- 1', /object|expected/i],
    [
      `a: &a [1,1,1,1,1,1,1,1,1]\n${['b', 'c', 'd', 'e'].map((name, index) => `${name}: &${name} [${`*${['a', 'b', 'c', 'd'][index]},`.repeat(9)}]`).join('\n')}\n`,
      /alias/i,
    ],
  ])('%s is refused with a reason', (text, reason) => {
    expect(
      faultsOf(text)
        .map((fault) => fault.reason)
        .join(' '),
    ).toMatch(reason);
  });
});

const slo = (spec: string): string => `
apiVersion: openslo/v1
kind: SLO
metadata:
  name: checkout-availability
  labels: { team: [pay, shop] }
spec:
  service: checkout
  timeWindow: [{ duration: 30d, isRolling: true }]
  budgetingMethod: Occurrences
${spec}`;

describe('a file of OpenSLO', () => {
  it('becomes two alerts on the rate at which the budget burns', () => {
    const [group] = groupsOf(
      slo(`  indicator:
    metadata: { name: ok }
    spec:
      ratioMetric:
        counter: true
        good: { metricSource: { type: Prometheus, spec: { query: 'sum(http_requests_total{code!~"5.."})' } } }
        total: { metricSource: { type: Prometheus, spec: { query: sum(http_requests_total) } } }
  objectives: [{ target: 0.999 }]`),
    );
    expect(group?.rules.map((rule) => rule.kind === 'alert' && rule.labels)).toEqual([
      {
        team: 'pay,shop',
        asset: 'checkout',
        slo: 'checkout-availability',
        severity: 'critical',
        burn_rate: '14.4',
        window: '1h',
      },
      {
        team: 'pay,shop',
        asset: 'checkout',
        slo: 'checkout-availability',
        severity: 'high',
        burn_rate: '6',
        window: '6h',
      },
    ]);
    const good = (window: string): string => `sum(rate(http_requests_total{code!~"5.."}[${window}]))`;
    const total = (window: string): string => `sum(rate(http_requests_total[${window}]))`;
    expect(group?.rules[0]?.query).toBe(
      `((1 - (${good('1h')}) / (${total('1h')})) > 0.0144) and ((1 - (${good('5m')}) / (${total('5m')})) > 0.0144)` +
        ' and (count_over_time((sum(http_requests_total))[1h:1m]) >= 30)',
    );
    expect(group?.rules[1]?.query).toContain('[6h:1m]) >= 180');
  });

  it('takes bad over total, an indicator of its own, and thresholds', () => {
    const [group] = groupsOf(
      `${slo(`  indicatorRef: slow
  objectives: [{ displayName: fast, targetPercent: 95, op: lte, value: 0.5 }]`)}
---
apiVersion: openslo/v1
kind: SLI
metadata: { name: slow }
spec: { thresholdMetric: { metricSource: { spec: { promql: 'p95' } } } }
---
apiVersion: openslo/v1
kind: Service
metadata: { name: checkout }
`,
    );
    expect(group?.rules[0]?.query).toContain('avg_over_time(((p95) > bool 0.5)[1h:1m])) > 0.72');
  });

  it.each([
    ['  objectives: [{ target: 0.9 }]', /indicator/],
    ['  indicatorRef: x\n  objectives: [{ target: 0.9 }]', /"x" is not in the file/],
    ['  objectives: [{ target: 1.5 }]', /objectives\[0\].target/],
    [
      '  indicator: { spec: { thresholdMetric: { metricSource: { spec: { query: a } } } } }\n  objectives: [{ target: 0.9 }]',
      /op and value/,
    ],
  ])('%s is refused with a reason', (spec, reason) => {
    expect(
      faultsOf(slo(spec))
        .map((fault) => fault.reason)
        .join(' '),
    ).toMatch(reason);
  });
});
