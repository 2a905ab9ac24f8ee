import { createMemoryAnswerRatingStore } from '@heliosiq/adapters/memory/answer-rating-store.ts';
import { createMemoryAnomalyStore } from '@heliosiq/adapters/memory/anomaly-store.ts';
import { createMemoryDiagnosisStore } from '@heliosiq/adapters/memory/diagnosis-store.ts';
import { createMemoryDocumentStore } from '@heliosiq/adapters/memory/document-store.ts';
import { createMemoryIncidentStore } from '@heliosiq/adapters/memory/incident-store.ts';
import { createMemoryMeter } from '@heliosiq/adapters/memory/meter.ts';
import { createMemoryLogger } from '@heliosiq/adapters/memory/logger.ts';
import { createMemoryStateStore } from '@heliosiq/adapters/memory/state-store.ts';
import { createMemoryTopologyStore } from '@heliosiq/adapters/memory/topology-store.ts';
import { type Answer, AssetId, Diagnosis, DocumentId, Incident, type Principal, TenantId } from '@heliosiq/model';
import type { Answerer, Question } from '@heliosiq/ports';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createCopilot } from '../../packages/copilot/src/copilot.ts';
import { anomaly, callGraph, epoch, tenantId } from '../../packages/incident/src/testing/recorded.ts';
import { checkGrounding } from '../../packages/knowledge/src/grounding.ts';
import { createKnowledge, type Knowledge } from '../../packages/knowledge/src/knowledge.ts';

const viewer: Principal = { tenantId, actor: 'key:viewer', role: 'viewer' };
const other: Principal = { ...viewer, tenantId: TenantId.parse('other') };
const documents = createMemoryDocumentStore();
let library: Knowledge;
let incidents = createMemoryIncidentStore();
let anomalies = createMemoryAnomalyStore();
let diagnoses = createMemoryDiagnosisStore();
let topology = createMemoryTopologyStore();
let copilot: Answerer;

const slow = anomaly({ asset: 'PetSite', atMinute: 0, samples: 3, unit: 's' });
const cause = anomaly({ asset: 'PetSearch_AWS::ECS::Fargate', atMinute: 0, samples: 3, unit: 's', value: 0.9 });

const incident = Incident.parse({
  id: '0199aaaa-0000-7000-8000-000000000001',
  tenantId,
  revision: 1,
  title: 'PetSite latency is high (1.2 s, usually 0.1 s) and 1 more asset affected',
  status: 'open',
  severity: 'high',
  fingerprint: 'f',
  startedAt: epoch,
  openedAt: epoch,
  updatedAt: epoch,
  lastSeenAt: epoch,
  reopenedCount: 0,
  assets: ['PetSite', 'PetSearch_AWS::ECS::Fargate'],
  entry: { asset: 'PetSite', metric: 'latency' },
  anomalyIds: [slow.id, cause.id],
  alertFingerprints: [],
  occurrences: 2,
});

function diagnosisOf(verdict: Diagnosis['verdict'], confidence = 0.87): Diagnosis {
  const url = (id: string): string => `/api/v1/incidents/${incident.id}/diagnoses/${'1'.repeat(32)}/evidence/${id}`;
  return Diagnosis.parse({
    id: '1'.repeat(32),
    tenantId,
    incidentId: incident.id,
    revision: 1,
    madeAt: epoch,
    verdict,
    confidence,
    summary: verdict === 'fault' ? 'PetSearch is the likely cause.' : 'The cause is not clear; no asset changed first.',
    window: { baselineFrom: epoch, faultFrom: epoch, faultTo: epoch },
    hypotheses: [
      {
        rank: 1,
        asset: cause.series.asset,
        fault: 'latency',
        score: 1,
        confidence,
        because: 'It slowed down first.',
        evidence: [
          {
            id: 'e1',
            kind: 'metric-change',
            asset: cause.series.asset,
            metric: 'latency',
            direction: 'for',
            strength: 0.9,
            text: 'latency (Average) rose from 0.1 s to 0.9 s (20 robust standard deviations)',
            numbers: {},
            url: url('e1'),
          },
          {
            id: 'e2',
            kind: 'change',
            asset: cause.series.asset,
            direction: 'for',
            strength: 0.2,
            text: 'deploy "search 2.4" landed 3 minutes before',
            numbers: {},
            url: url('e2'),
          },
          {
            id: 'e3',
            kind: 'absence',
            asset: cause.series.asset,
            direction: 'against',
            strength: 0.3,
            text: 'its errors stayed at 0',
            numbers: {},
            url: url('e3'),
          },
        ],
      },
      {
        rank: 2,
        asset: 'PetSite',
        fault: 'latency',
        score: 0.3,
        confidence: 0.06,
        because: 'It is where users feel it.',
        evidence: [],
      },
    ],
    ruledOut: [{ asset: 'db', why: 'No series of it left its normal.' }],
    missing: verdict === 'inconclusive' ? ['Traces of PetSite would show where the time goes.'] : [],
  });
}

async function store(diagnosis?: Diagnosis, stored: Incident = incident): Promise<void> {
  await incidents.save(tenantId, stored, []);
  await anomalies.put(tenantId, [slow, cause]);
  if (diagnosis !== undefined) await diagnoses.put(tenantId, diagnosis);
}

async function ask(text: string, more: Omit<Question, 'text'> = {}, who: Principal = viewer): Promise<Answer> {
  return copilot.ask(who, { text, ...more }, AbortSignal.timeout(50_000));
}

/** What the URL of a citation answers, from the same stores that the gateway reads. */
async function fetched(url: string): Promise<string> {
  const { pathname, searchParams } = new URL(url, 'http://helios.test');
  const [, , , kind, id = ''] = pathname.split('/');
  if (kind === 'documents') {
    const document = await documents.get(tenantId, DocumentId.parse(id));
    return document?.text.slice(Number(searchParams.get('start')), Number(searchParams.get('end'))) ?? '';
  }
  if (kind === 'anomalies')
    return JSON.stringify((await anomalies.find(tenantId, {}, { limit: 10 })).find((one) => one.id === id));
  const history = await diagnoses.history(tenantId, incident.id, { limit: 1 });
  if (pathname.includes('/evidence/')) {
    return JSON.stringify(history[0]?.hypotheses.flatMap(({ evidence }) => evidence).find((one) => one.url === url));
  }
  return JSON.stringify({ incident: await incidents.get(tenantId, incident.id), diagnosis: history[0] });
}

/** What is wrong with the citations of an answer: nothing, when it keeps its promises. */
async function faultsOf(answer: Answer): Promise<readonly string[]> {
  const faults: string[] = [];
  for (const [index, { n, url, quote }] of answer.citations.entries()) {
    if (n !== index + 1) faults.push(`citation ${n} is out of order`);
    if (!answer.text.includes(`[${n}]`)) faults.push(`citation ${n} is not used`);
    if (!(await fetched(url)).includes(quote)) faults.push(`${url} does not say: ${quote}`);
  }
  for (const { text, citations } of answer.sentences) {
    if (answer.known && citations.length === 0) faults.push(`not cited: ${text}`);
  }
  return faults;
}

beforeAll(async () => {
  library = createKnowledge({ documents, state: createMemoryStateStore(), now: () => epoch });
  await library.seed(tenantId);
});

beforeEach(async () => {
  incidents = createMemoryIncidentStore();
  anomalies = createMemoryAnomalyStore();
  diagnoses = createMemoryDiagnosisStore();
  topology = createMemoryTopologyStore();
  await topology.put(
    tenantId,
    callGraph('Web>PetSite', 'PetSite>PetSearch_AWS::ECS::Fargate', 'PetSearch_AWS::ECS::Fargate>db'),
  );
  await topology.ensureAssets(tenantId, ['lonely-pump']);
  copilot = createCopilot({
    incidents,
    anomalies,
    diagnoses,
    topology,
    ratings: createMemoryAnswerRatingStore(),
    search: library,
    checkGrounding,
    meter: createMemoryMeter(),
    logger: createMemoryLogger(),
    now: () => epoch,
  });
});

describe('the copilot', () => {
  test.each([
    'why is PetSite slow?',
    'Why is pet site slow',
    'what is the cause of the PETSITE trouble?',
    'why is petstie so slow',
    'why?',
  ])('answers "%s" with the cause, cited evidence and the next steps', async (question) => {
    await store(diagnosisOf('fault'));
    const answer = await ask(question);
    expect(answer).toMatchObject({ known: true, incidentId: incident.id });
    expect(answer.text).toContain(
      'Most likely the cause is slow responses at PetSearch_AWS::ECS::Fargate (confidence 87%)',
    );
    expect(answer.text).toContain('deploy "search 2.4" landed 3 minutes before');
    expect(answer.text).toContain('Against it speaks');
    expect(answer.text).toContain('Ruled out: db.');
    expect(new Set(answer.citations.map(({ kind }) => kind))).toEqual(
      new Set(['incident', 'anomaly', 'evidence', 'change', 'passage']),
    );
    expect(await faultsOf(answer)).toEqual([]);
    expect(await ask(question)).toEqual(answer);
  });

  test.each([
    [0.9, 'Most likely'],
    [0.6, 'Probably'],
    [0.3, 'Possibly'],
    [0.1, 'It is unclear'],
  ])('a confidence of %d is worded "%s"', async (confidence, words) => {
    await store(diagnosisOf('fault', confidence));
    expect((await ask('why is PetSite slow?')).text).toContain(`${words}`);
  });

  test('an inconclusive investigation is told as such with what is missing', async () => {
    await store(diagnosisOf('inconclusive', 0.6));
    const answer = await ask('why is PetSite slow?');
    expect(answer.known).toBe(false);
    expect(answer.text).toContain('I do not know the cause: the investigation was inconclusive.');
    expect(answer.text).toContain('Traces of PetSite would show where the time goes.');
    expect(answer.text).not.toContain('Probably');
    expect(await faultsOf(answer)).toEqual([]);
  });

  test('an investigation without a fault is told as such', async () => {
    await store(diagnosisOf('no-fault', 0.8));
    const answer = await ask('why is PetSite slow?');
    expect(answer.text).toContain('The investigation found no fault');
    expect(await faultsOf(answer)).toEqual([]);
  });

  test('before the investigation is done it says so', async () => {
    await store();
    const answer = await ask('why is PetSite slow?');
    expect(answer.known).toBe(false);
    expect(answer.text).toContain('I do not know the cause yet');
    expect(await faultsOf(answer)).toEqual([]);
  });

  test('an asset that calls an affected one is answered with that incident', async () => {
    await store(diagnosisOf('fault'));
    const answer = await ask('why is Web slow?');
    expect(answer.incidentId).toBe(incident.id);
    expect(answer.text).toContain('No incident names Web, but something that it calls is affected: PetSite');
    expect(await faultsOf(answer)).toEqual([]);
  });

  test('what to do is quoted from the runbook of the fault', async () => {
    await store(diagnosisOf('fault'));
    const answer = await ask('what should I do about PetSite?');
    expect(answer.known).toBe(true);
    const passages = answer.citations.filter(({ kind }) => kind === 'passage');
    expect(passages.length).toBeGreaterThanOrEqual(3);
    expect(passages[0]?.title).toMatch(/latency/i);
    expect(passages.map(({ document }) => document?.headings.at(-1))).toContain('Fix');
    expect(await faultsOf(answer)).toEqual([]);
  });

  test('incidents are listed, and having none is said', async () => {
    expect(await ask('which incidents are open?')).toMatchObject({ known: false, citations: [] });
    await store(diagnosisOf('fault'));
    const answer = await ask('which incidents are open?');
    expect(answer.text).toContain(incident.title);
    expect(await faultsOf(answer)).toEqual([]);
  });

  test('health: ill, recovered and unknown are told apart', async () => {
    await store(diagnosisOf('fault'));
    expect((await ask('is PetSite healthy?')).text).toContain('is open');
    expect(await ask('is lonely-pump healthy?')).toMatchObject({ known: false, citations: [] });
    await incidents.save(tenantId, { ...incident, revision: 2, status: 'resolved', resolvedBy: 'recovery' }, []);
    const answer = await ask('is PetSite healthy?');
    expect(answer).toMatchObject({ known: true });
    expect(answer.text).toContain('No incident is open on PetSite');
    expect(await faultsOf(answer)).toEqual([]);
  });

  test('a name that nobody knows is not answered with another one', async () => {
    await store(diagnosisOf('fault'));
    const answer = await ask('why is BillingGateway slow?');
    expect(answer).toMatchObject({ known: false, citations: [] });
    expect(answer.text).toContain('BillingGateway');
  });

  test("another tenant's assets, incidents and documents do not exist", async () => {
    await store(diagnosisOf('fault'));
    for (const question of [
      'why is PetSite slow?',
      'why?',
      'which incidents are open?',
      'how do I check slow queries in PostgreSQL?',
    ]) {
      const answer = await ask(question, {}, other);
      expect(answer).toMatchObject({ known: false, citations: [] });
      expect(answer.text).not.toContain('PetSearch');
    }
    await expect(ask('why?', { incidentId: incident.id }, other)).rejects.toMatchObject({ code: 'not-found' });
  });

  test('a question for the documents is answered from them, or not at all', async () => {
    const answer = await ask('How do I find slow queries in PostgreSQL?');
    expect(answer.known).toBe(true);
    expect(answer.citations[0]?.title).toMatch(/postgresql/i);
    expect(await faultsOf(answer)).toEqual([]);
    expect(await ask('Who won the football match yesterday?')).toMatchObject({ known: false, citations: [] });
  });

  test('empty and over-long questions are refused', async () => {
    for (const text of ['', '   \n\t', 'x'.repeat(10_000)])
      await expect(ask(text)).rejects.toMatchObject({ code: 'invalid-request' });
  });

  test.each([
    '?',
    '💥'.repeat(900),
    '"\\u0000"; DROP TABLE incidents; --',
    '[1] [2] [n]',
    'é'.repeat(2_000),
    `why ${'a b '.repeat(490)}`,
    '((((((((',
    '.*+?^${}()|[]\\',
  ])('a weird question gets an answer that is cited or says that it does not know (%#)', async (question) => {
    await store(diagnosisOf('fault'));
    expect(await faultsOf(await ask(question))).toEqual([]);
  });

  test('quotes survive the escaping of JSON', async () => {
    const quoted = { ...slow, explanation: 'latency of "PetSite" is 1.2 s\\, 12 times its usual 0.1 s.' };
    await store(diagnosisOf('fault'));
    await anomalies.put(tenantId, [{ ...quoted, revision: slow.revision + 1 }]);
    expect(await faultsOf(await ask('why is PetSite slow?'))).toEqual([]);
  });

  test('a name is found among thousands of assets, also in a long question', async () => {
    await topology.ensureAssets(
      tenantId,
      Array.from({ length: 20_000 }, (_, index) => AssetId.parse(`device-${index}/motor`)),
    );
    await store(diagnosisOf('fault'));
    await ask('why?');
    expect((await ask(`why is PetSite slow ${'and other words too '.repeat(60)}?`)).incidentId).toBe(incident.id);
  });
});
