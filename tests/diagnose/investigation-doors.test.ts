import { createMemoryEventLog } from '@heliosiq/adapters/memory/event-log.ts';
import { createMemoryLogger } from '@heliosiq/adapters/memory/logger.ts';
import { createMemoryMeter } from '@heliosiq/adapters/memory/meter.ts';
import { createClient } from '@heliosiq/api';
import { ReliabilityAnswer } from '../../packages/api/src/contract/diagnoses.ts';
import { InvestigationEvent, newIncidentId, type InvestigationStep } from '@heliosiq/model';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createDiagnose } from '../../packages/diagnose/src/diagnose.ts';
import { createInvestigationDesk } from '../../packages/diagnose/src/investigation-desk.ts';
import { FAULT_FROM_MS } from '../../packages/diagnose/src/testing/casefile-fixture.ts';
import { incidentAt, slowIndexStores } from '../../packages/diagnose/src/testing/stores-fixture.ts';
import { followInvestigation } from '../../packages/heliosiq/src/commands/follow-investigation.ts';
import { openGateway } from '../gateway/open-gateway.ts';

const incident = incidentAt('shop');
let gateway: Awaited<ReturnType<typeof openGateway>>;
let stores: Awaited<ReturnType<typeof slowIndexStores>>;
const log = createMemoryEventLog();

beforeEach(async () => {
  stores = await slowIndexStores();
  await stores.incidents.save(incident.tenantId, incident, []);
  const now = (): number => FAULT_FROM_MS + 1_800_000;
  const [logger, meter] = [createMemoryLogger(), createMemoryMeter()];
  const investigator = createDiagnose({ ...stores, log, logger, meter, now });
  gateway = await openGateway({
    investigations: { logger, investigations: createInvestigationDesk({ ...stores, investigator, now }) },
  });
});
afterEach(() => gateway.close());

const path = `/api/v1/incidents/${incident.id}`;
const post = (to: string, body?: object) =>
  gateway.request(to, { method: 'POST', ...(body === undefined ? {} : { body: JSON.stringify(body) }) });

describe('an investigation over HTTP', () => {
  test('is followed step by step to its answer, and then the stream ends', async () => {
    const response = await post(`${path}/investigations`);
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    const events = (await response.text())
      .split('\n')
      .flatMap((line) => (line.startsWith('data: ') ? [InvestigationEvent.parse(JSON.parse(line.slice(6)))] : []));
    expect(events.map(({ kind }) => kind)).toEqual(['started', ...Array.from({ length: 13 }, () => 'step'), 'answer']);
    const answer = events.at(-1);
    if (answer?.kind !== 'answer') throw new Error('no answer');
    expect(await stores.diagnoses.get(incident.tenantId, answer.diagnosisId)).toMatchObject({ verdict: 'fault' });
    const listed = await (await gateway.request(`${path}/investigations`)).json();
    expect(listed).toMatchObject({ investigations: [{ status: 'done', trigger: 'person' }] });
  });

  test('is followed by the command line', async () => {
    const { url } = gateway;
    const token = await gateway.keyOf('operator');
    const steps: InvestigationStep['name'][] = [];
    const { investigation } = await followInvestigation(createClient({ baseUrl: url, token }), incident.id, (event) => {
      if (event.kind === 'step') steps.push(event.step.name);
    });
    expect(steps.slice(-2)).toEqual(['rank', 'runbooks']);
    const again = await post(`${path}/investigations/${investigation.id}/replay`);
    expect(await again.json()).toMatchObject({ isSameInput: true, isSameAnswer: true });
  });

  test('is refused before it begins where there is no such incident, and for who may only look', async () => {
    expect((await post(`/api/v1/incidents/${newIncidentId()}/investigations`)).status).toBe(404);
    expect((await post(`${path}/investigations/none/replay`)).status).toBe(404);
    const viewer = await gateway.keyOf('viewer');
    for (const to of [`${path}/investigations`, `${path}/cause`])
      expect((await gateway.request(to, { method: 'POST', body: '{"asset":"x"}' }, viewer)).status).toBe(403);
  });

  test('remembers who said what the true cause was', async () => {
    expect(await (await gateway.request(`${path}/cause`)).json()).toEqual({});
    const marked = await post(`${path}/cause`, { asset: 'cart', fault: 'memory', note: 'it leaked' });
    expect(marked.status).toBe(200);
    const { cause } = (await (await gateway.request(`${path}/cause`)).json()) as { cause: unknown };
    expect(cause).toMatchObject({ asset: 'cart', fault: 'memory', note: 'it leaked', incidentId: incident.id });
    expect((await post(`${path}/cause`, { asset: '' })).status).toBe(400);
  });

  test('is judged by what people say the cause was, in a table of how often answers so sure were right', async () => {
    const reliability = async () =>
      ReliabilityAnswer.parse(await (await gateway.request('/api/v1/diagnoses/reliability')).json()).reliability;
    // Nothing had been answered yet: the word is kept, and judges nothing.
    await post(`${path}/cause`, { asset: 'index' });
    expect((await reliability()).answers).toBe(0);
    await (await post(`${path}/investigations`)).text();
    await post(`${path}/cause`, { asset: 'index', fault: 'latency' });
    const { answers, bins } = await reliability();
    expect(answers).toBe(1);
    expect(bins.filter((bin) => bin.answers > 0)).toMatchObject([{ right: 1, from: 0.8 }]);
    await post(`${path}/cause`, { asset: 'cart' });
    expect((await reliability()).bins.at(-1)).toMatchObject({ answers: 1, right: 0 });
    const viewer = await gateway.keyOf('viewer');
    expect((await gateway.request('/api/v1/diagnoses/reliability', {}, viewer)).status).toBe(200);
  });
});
