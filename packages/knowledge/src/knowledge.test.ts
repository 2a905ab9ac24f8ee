import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createMemoryDocumentStore } from '@heliosiq/adapters/memory/document-store.ts';
import { createMemoryStateStore } from '@heliosiq/adapters/memory/state-store.ts';
import { TenantId } from '@heliosiq/model';
import { citePassage, verifyCitation } from './citation.ts';
import { createKnowledge } from './knowledge.ts';
import type { Knowledge } from './knowledge.ts';
import { SHIPPED_RUNBOOKS_FOLDER } from './runbook-seed.ts';

// Threads and files take their time on a busy machine.
vi.setConfig({ testTimeout: 120_000 });

const acme = TenantId.parse('acme');
const globex = TenantId.parse('globex');
const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function stores() {
  return { documents: createMemoryDocumentStore(), state: createMemoryStateStore() };
}

function library(deps = stores(), more: { tenantsInMemoryMax?: number; runbooksFolder?: string } = {}): Knowledge {
  return createKnowledge({ ...deps, now: () => 1_750_000_000_000, ...more });
}

function markdown(source: string, text: string) {
  return { source, format: 'markdown' as const, text };
}

describe('createKnowledge', () => {
  it('finds a passage and cites words that stand exactly there in the stored text', async () => {
    const knowledge = library();
    const added = await knowledge.add(
      acme,
      markdown('pump.md', '\uFEFF# Pump\r\n\r\n## Fix\r\n\r\nReplace the seal.\r\n'),
    );
    expect(added).toMatchObject({ outcome: 'added', document: { title: 'Pump', passages: 1 } });
    const [found] = await knowledge.search(acme, 'seals replacement', { limit: 5 });
    expect(found).toMatchObject({
      title: 'Pump',
      source: 'pump.md',
      passage: { headings: ['Pump', 'Fix'], text: 'Replace the seal.' },
    });
    const document = await knowledge.get(acme, added.document.id);
    expect(document?.text).toBe('# Pump\n\n## Fix\n\nReplace the seal.\n');
    expect(found && document?.text.slice(found.passage.span.start, found.passage.span.end)).toBe(found?.passage.text);
    expect(found && verifyCitation(citePassage(found, { n: 1, url: '/x' }), document)).toEqual({
      state: 'valid',
      changed: false,
    });
  });

  it('replaces a document by its source, keeps its id, and shows an old citation as gone', async () => {
    const knowledge = library();
    const first = await knowledge.add(acme, markdown('a.md', '# A\n\nOpen the red valve.'));
    const [found] = await knowledge.search(acme, 'valve', { limit: 1 });
    expect(
      (await knowledge.add(acme, markdown('a.md', '# A\n\nOpen the red valve.\r\n'.replace('\r\n', '')))).outcome,
    ).toBe('unchanged');
    const second = await knowledge.add(acme, markdown('a.md', '# A\n\nClose the blue damper.'));
    expect(second).toMatchObject({ outcome: 'replaced', document: { id: first.document.id } });
    expect(await knowledge.search(acme, 'valve', { limit: 5 })).toEqual([]);
    expect(await knowledge.search(acme, 'damper', { limit: 5 })).toHaveLength(1);
    const document = await knowledge.get(acme, first.document.id);
    expect(found && verifyCitation(citePassage(found, { n: 1, url: '/x' }), document)).toEqual({ state: 'gone' });
  });

  it('removes a document from the store and from every answer', async () => {
    const knowledge = library();
    const { document } = await knowledge.add(acme, markdown('a.md', 'Open the valve.'));
    expect(await knowledge.remove(acme, document.id)).toBe(true);
    expect(await knowledge.remove(acme, document.id)).toBe(false);
    expect(await knowledge.search(acme, 'valve', { limit: 5 })).toEqual([]);
    expect(await knowledge.list(acme, { limit: 10 })).toEqual([]);
  });

  it('never shows one tenant what another one added', async () => {
    const knowledge = library();
    const { document } = await knowledge.add(acme, markdown('secret.md', 'The valve code is 4711.'));
    await knowledge.add(globex, markdown('own.md', 'A valve.'));
    expect((await knowledge.search(globex, 'valve code 4711', { limit: 10 })).map((found) => found.source)).toEqual([
      'own.md',
    ]);
    expect(await knowledge.get(globex, document.id)).toBeUndefined();
    expect(await knowledge.remove(globex, document.id)).toBe(false);
  });

  it('answers the same after a restart, from the store alone', async () => {
    const kept = stores();
    const before = library(kept);
    for (let n = 0; n < 30; n++)
      await before.add(acme, markdown(`d${n}.md`, `# Doc ${n}\n\nPump ${n % 7} and seal ${n % 3}.`));
    const found = await before.search(acme, 'pump 3 seal 1', { limit: 10 });
    const after = await library(kept).search(acme, 'pump 3 seal 1', { limit: 10 });
    const places = (list: typeof found) =>
      list.map(({ passage, score }) => `${passage.id} ${score.toFixed(5)}`).toSorted();
    expect(places(after)).toEqual(places(found));
  });

  it('answers for more tenants than it holds in memory', async () => {
    const knowledge = library(stores(), { tenantsInMemoryMax: 2 });
    const tenants = Array.from({ length: 5 }, (_, n) => TenantId.parse(`tenant-${n}`));
    for (const tenant of tenants) await knowledge.add(tenant, markdown('a.md', `The valve of ${tenant}.`));
    const answers = await Promise.all(tenants.map((tenant) => knowledge.search(tenant, 'valve', { limit: 5 })));
    expect(answers.map((found) => found.map(({ passage }) => passage.text))).toEqual(
      tenants.map((tenant) => [`The valve of ${tenant}.`]),
    );
  });

  it('leaves store and index agreed when one document is changed many times at once', async () => {
    const kept = stores();
    const knowledge = library(kept);
    await Promise.all(Array.from({ length: 20 }, (_, n) => knowledge.add(acme, markdown('a.md', `valve word${n}`))));
    const [found, ...more] = await knowledge.search(acme, 'valve', { limit: 10 });
    expect(more).toEqual([]);
    const document = found && (await knowledge.get(acme, found.passage.documentId));
    expect(found?.sha256).toBe(document?.sha256);
    expect(document?.text).toContain(found?.passage.text);
  });

  it('recovers when the store fails once: the change is refused, the next search tells what is stored', async () => {
    const kept = stores();
    let failing = false;
    const documents = {
      ...kept.documents,
      put: async (...args: Parameters<typeof kept.documents.put>) => {
        if (failing) throw new Error('no connection');
        await kept.documents.put(...args);
      },
    };
    const knowledge = library({ ...kept, documents });
    await knowledge.add(acme, markdown('a.md', 'Old valve.'));
    failing = true;
    await expect(knowledge.add(acme, markdown('a.md', 'New damper.'))).rejects.toThrow('no connection');
    expect((await knowledge.search(acme, 'valve damper', { limit: 5 })).map(({ passage }) => passage.text)).toEqual([
      'Old valve.',
    ]);
  });

  it('shows the same text kept under two names once', async () => {
    const knowledge = library();
    await knowledge.add(acme, markdown('a.md', '# T\n\nOpen the valve.'));
    await knowledge.add(acme, markdown('copy/a.md', '# T\n\nOpen the valve.'));
    expect(await knowledge.search(acme, 'valve', { limit: 5 })).toHaveLength(1);
  });

  it('narrows a search by tags, those of the front matter included', async () => {
    const knowledge = library();
    await knowledge.add(acme, markdown('a.md', '---\ntags: [Pump]\n---\nOpen the valve.'));
    await knowledge.add(acme, { ...markdown('b.md', 'Open the valve slowly.'), tags: ['boiler'] });
    const found = await knowledge.search(acme, 'valve', { limit: 5, filter: { tags: ['pump'] } });
    expect(found.map(({ source }) => source)).toEqual(['a.md']);
  });

  it.each([
    ['no source', { source: ' ', text: 'x' }, 'source'],
    ['an endless source', { source: 'x'.repeat(501), text: 'x' }, 'source'],
    ['binary content', { source: 'a', text: 'x\0' }, 'text'],
    ['no text', { source: 'a', text: '\n' }, 'text'],
    ['an endless tag', { source: 'a', text: 'x', tags: ['t'.repeat(101)] }, 'tags'],
    ['too many tags', { source: 'a', text: 'x', tags: Array.from({ length: 51 }, (_, n) => `t${n}`) }, 'tags'],
  ])('refuses a document with %s and names the field', async (_, input, field) => {
    await expect(library().add(acme, { format: 'text', ...input })).rejects.toMatchObject({
      code: 'invalid-request',
      field,
    });
  });

  it('refuses a search for none or too many passages', async () => {
    for (const limit of [0, 101, 1.5, Number.NaN]) {
      await expect(library().search(acme, 'valve', { limit })).rejects.toMatchObject({ field: 'limit' });
    }
  });
});

describe('seed', () => {
  const shipped = fileURLToPath(SHIPPED_RUNBOOKS_FOLDER);

  function ownRunbooks(): string {
    const folder = mkdtempSync(join(tmpdir(), 'heliosiq-runbooks-'));
    folders.push(folder);
    cpSync(shipped, folder, { recursive: true });
    return folder;
  }

  it('brings every shipped runbook once, also over a restart', async () => {
    const count = readdirSync(shipped).length;
    const kept = stores();
    expect(await library(kept).seed(acme)).toEqual({ stored: count, unchanged: 0, kept: 0 });
    expect(await library(kept).seed(acme)).toEqual({ stored: 0, unchanged: count, kept: 0 });
    expect(await kept.documents.list(acme, { limit: 100 })).toHaveLength(count);
  });

  it('renews a runbook that changed in the release, and leaves one that people edited or removed', async () => {
    const folder = ownRunbooks();
    const count = readdirSync(folder).length;
    const kept = stores();
    const knowledge = library(kept, { runbooksFolder: folder });
    await knowledge.seed(acme);
    const edited = await knowledge.add(acme, markdown('runbook/queue-backlog.md', '# Our own way\n\nCall Kim.'));
    const removed = (await knowledge.list(acme, { limit: 100 })).find(
      ({ source }) => source === 'runbook/traffic-surge.md',
    );
    if (removed) await knowledge.remove(acme, removed.id);
    for (const file of ['queue-backlog.md', 'traffic-surge.md', 'device-offline.md']) {
      writeFileSync(join(folder, file), `${readFileSync(join(folder, file), 'utf8')}\nOne more line.\n`);
    }
    expect(await knowledge.seed(acme)).toEqual({ stored: 1, unchanged: count - 3, kept: 2 });
    expect((await knowledge.get(acme, edited.document.id))?.text).toContain('Call Kim');
    expect(removed && (await knowledge.get(acme, removed.id))).toBeUndefined();
    expect(await knowledge.seed(acme)).toEqual({ stored: 0, unchanged: count - 2, kept: 2 });
  });

  it.each([
    ['why does the api wait for a slow downstream service', 'high-latency-dependency'],
    ['ECONNREFUSED and many 5xx after the deploy', 'elevated-error-rate'],
    ['OOMKilled heap grows', 'memory-leak'],
    ['AWS::DynamoDB::Table latency ThrottlingException', 'key-value-throttling'],
    ['pg_stat_activity blocked queries', 'postgresql-locks-and-deadlocks'],
    ['sorry, too many clients already', 'postgresql-connection-exhaustion'],
    ['consumer lag is growing', 'queue-backlog'],
    ['AWS::Lambda::Function duration timeout cold start', 'serverless-function-latency'],
    ['KubePodCrashLooping', 'container-restarts'],
    ['bearing temperature of the motor too high', 'machine-overheating'],
    ['machine_temperature system failure', 'machine-overheating'],
    ['the office gets too warm, air conditioning', 'ambient-temperature-hvac'],
    ['sensor shows the same value for hours', 'sensor-stuck-or-drifting'],
    ['no heartbeat from the gateway, mqtt', 'device-offline'],
    ['twice the requests of last week, 429', 'traffic-surge'],
    ['cpu throttling run queue', 'cpu-saturation'],
    ['disk full slow storage', 'disk-full'],
    ['No space left on device', 'disk-full'],
    ['network packet loss connection', 'network-packet-loss'],
    ['deploy release roll back errors', 'bad-deploy-or-configuration'],
    ['ENOTFOUND, EAI_AGAIN', 'dns-failure'],
    ['certificate has expired', 'tls-certificate-expired'],
    ['FailedScheduling insufficient cpu', 'kubernetes-pod-pending'],
    ['KubeNodeNotReady', 'kubernetes-node-not-ready'],
    ['ImagePullBackOff', 'kubernetes-image-pull'],
    ['redis evicts keys', 'redis-memory-and-evictions'],
    ['UnderReplicatedPartitions', 'kafka-under-replicated-partitions'],
    ['rabbitmq connection.blocked', 'rabbitmq-memory-alarm'],
    ['mosquitto drops messages', 'mqtt-broker-overload'],
    ['the standby is behind its primary', 'postgresql-replication-lag'],
    ['deadlock detected', 'postgresql-locks-and-deadlocks'],
    ['autovacuum transaction id wraparound', 'postgresql-bloat-and-vacuum'],
    ['EMFILE too many open files', 'linux-file-handles'],
    ['the clock of the device is wrong', 'clock-drift'],
    ['gravel noise of the pump, suction pressure low', 'pump-cavitation'],
    ['oil leaks at the shaft', 'pump-seal-leak'],
    ['motor trips its overload relay', 'motor-overload-and-vibration'],
    ['compressed air leaks at night', 'compressed-air-pressure-loss'],
    ['too many time series, bill explodes', 'telemetry-cardinality'],
    ['save money on oversized pods', 'cost-idle-resources'],
    ['duplicate samples and gaps in the chart', 'data-gaps-and-duplicates'],
    ['502 from the load balancer', 'load-balancer-unhealthy-targets'],
    ['how do I connect a new device with MQTT', 'setup-mqtt-devices'],
    ['prometheus remote write answers 401', 'setup-prometheus-remote-write'],
    ['send incidents to a webhook with a signature', 'setup-incident-webhook'],
  ])('answers "%s" with the runbook %s', async (question, runbook) => {
    const knowledge = library();
    await knowledge.seed(acme);
    const [best] = await knowledge.search(acme, question, { limit: 3 });
    expect(best?.source).toBe(`runbook/${runbook}.md`);
  });

  it('ships runbooks that all have the parts that answers are made of', () => {
    for (const file of readdirSync(shipped)) {
      const text = readFileSync(join(shipped, file), 'utf8');
      const sections = [...text.matchAll(/^## (.+)$/gm)].map((match) => match[1]);
      expect({ file, sections }).toEqual({
        file,
        sections: ['Symptoms', 'Likely causes', 'How to check', 'Fix', 'Prevent'],
      });
      expect(text).toMatch(/^---\ntitle: .+\ntags: \[.+\]\napplies-to: \[.+\]\n---\n/);
    }
  });
});
