import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createMemoryRuleStore } from '@heliosiq/adapters/memory/rule-store.ts';
import { createMemoryStateStore } from '@heliosiq/adapters/memory/state-store.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRuleDesk } from '../../packages/detect/src/rules/rule-desk.ts';
import { createRulesDoors } from '../../packages/detect/src/rules/rules-doors.ts';
import { createPrometheusDoors } from '../../packages/lake/src/prometheus-api/prometheus-doors.ts';
import { createMetricQuery } from '../../packages/lake/src/promql/metric-query.ts';
import { openGateway, type OpenGateway } from '../gateway/open-gateway.ts';
import { exampleSeries } from './example-series.ts';
import { grafanaRequests, sentByGrafana, structureOf } from './grafana-requests.ts';
import { loadedStore } from './loaded-store.ts';

// The cast holds for what `record-answers.ts` wrote.
const recorded = JSON.parse(readFileSync(join(import.meta.dirname, 'grafana-answers.json'), 'utf8')) as Readonly<
  Record<string, Awaited<ReturnType<typeof sentByGrafana>>>
>;
let gateway: OpenGateway;
let key: string;

beforeAll(async () => {
  const metrics = createMetricQuery({ series: await loadedStore(exampleSeries()) });
  const states = createMemoryStateStore();
  const rules = createMemoryRuleStore();
  const desk = createRuleDesk({ rules, states, metrics, checkQuery: () => undefined, now: Date.now });
  gateway = await openGateway({
    httpDoors: [...createPrometheusDoors({ metrics, now: Date.now, version: '0.0.0' }), ...createRulesDoors(desk)],
  });
  key = await gateway.keyOf('viewer');
}, 120_000);
afterAll(() => gateway.close());

describe("Grafana's requests", () => {
  it.each(grafanaRequests)('when $when are answered as Prometheus 3 answers them', async (request) => {
    const theirs = recorded[request.when];
    const ours = await sentByGrafana(request, { url: gateway.url, key });
    expect([ours.status, ours.mediaType]).toEqual([theirs?.status, theirs?.mediaType]);
    if (request.compared === 'all') expect(ours.body).toEqual(theirs?.body);
    if (request.compared === 'structure') expect(structureOf(ours.body)).toEqual(structureOf(theirs?.body));
  });
});
