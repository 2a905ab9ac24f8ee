import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { runAmtool, startAlertmanager, startPrometheus } from '../support/alertmanager-process.ts';
import { type ProgramProcess, startProcess } from '../support/program-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const alertmanagerBinary = process.env['HELIOS_TEST_ALERTMANAGER'];
const amtoolBinary = process.env['HELIOS_TEST_AMTOOL'];
const prometheusBinaries = {
  'Prometheus 2 (needs HELIOS_TEST_PROMETHEUS)': process.env['HELIOS_TEST_PROMETHEUS'],
  'Prometheus 3 (needs HELIOS_TEST_PROMETHEUS3)': process.env['HELIOS_TEST_PROMETHEUS3'],
};

/** Senders wait before they tell: longest is the interval of a group on the page. */
const patience = { timeout: 120_000, interval: 100 };
const testMs = 500_000;

/** The code blocks of a language on a page of the set-up. */
async function blocks(page: string, language: string): Promise<readonly string[]> {
  const text = await readFile(join(import.meta.dirname, '..', '..', 'docs', 'setup', page), 'utf8');
  return [...text.matchAll(new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``, 'g'))].map(([, code = '']) => code);
}

/** Ended in the end, the last one first, also when the start fails half-way. */
const started = new AsyncDisposableStack();
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let program: ProgramProcess;
let key: string;
let keyFile: string;

/** A page's example with the address and the key of this test. */
function withOurs(example: string): string {
  return example
    .replaceAll('127.0.0.1:7070', new URL(program.url).host)
    .replaceAll(/\/etc\/\w+\/heliosiq-key/g, keyFile)
    .replaceAll('$HELIOS_KEY', key);
}

/** What is known of the incidents on an asset. */
async function incidentsOf(asset: string) {
  const { incidents } = await program.client(key).call('listIncidents', { query: { asset } });
  return incidents.map(({ incident }) => incident);
}

/** Waits until there is one incident on the asset and it looks like that. */
async function expectOneIncident(asset: string, looks: Readonly<Record<string, unknown>>): Promise<void> {
  await vi.waitFor(async () => expect(await incidentsOf(asset)).toMatchObject([looks]), patience);
}

beforeAll(async () => {
  folder = started.use(await temporaryFolder());
  program = await startProcess(join(folder.path, 'data'));
  started.defer(async () => void (await program.end('SIGTERM')));
  key = program.adminKey ?? '';
  keyFile = join(folder.path, 'heliosiq-key');
  await writeFile(keyFile, key);
});

afterAll(() => started.disposeAsync());

describe.skipIf(alertmanagerBinary === undefined || amtoolBinary === undefined)(
  'Alertmanager (needs HELIOS_TEST_ALERTMANAGER and HELIOS_TEST_AMTOOL)',
  () => {
    it(
      'configured as on the page: one incident that resolves and reopens, and no notification fails',
      { timeout: testMs },
      async () => {
        const [config = ''] = await blocks('alertmanager.md', 'yaml');
        const own = join(folder.path, 'webhook');
        await mkdir(own);
        await using alertmanager = await startAlertmanager(alertmanagerBinary ?? '', own, withOurs(config));
        const add = (...more: readonly string[]) =>
          runAmtool(amtoolBinary ?? '', alertmanager.url, [
            ...[
              'alert',
              'add',
              'alertname=Down',
              'instance=web-1',
              'severity=page',
              '--annotation=summary=web-1 is down',
            ],
            ...more,
          ]);
        await add();
        await expectOneIncident('web-1', {
          status: 'open',
          severity: 'high',
          title: 'web-1 is down',
          occurrences: 1,
        });
        await add(`--end=${new Date().toISOString()}`);
        await expectOneIncident('web-1', { status: 'resolved', resolvedBy: 'recovery' });
        await add();
        await expectOneIncident('web-1', { status: 'open', reopenedCount: 1, occurrences: 2 });
        expect(await alertmanager.metric('alertmanager_notifications_total', 'webhook')).toBeGreaterThanOrEqual(3);
        expect(await alertmanager.metric('alertmanager_notifications_failed_total')).toBe(0);
      },
    );

    it('is HeliosIQ itself for amtool, with the commands of the page', { timeout: testMs }, async () => {
      const commands = (await blocks('alertmanager.md', 'sh')).join('').trim().split('\n').map(withOurs);
      for (const command of commands) {
        const [, url = '', rest = ''] = /^amtool --alertmanager\.url=(\S+) (.*)$/.exec(command) ?? [];
        const args = [...rest.matchAll(/(?:[^\s']|'[^']*')+/g)].map(([argument]) => argument.replaceAll("'", ''));
        const said = await runAmtool(amtoolBinary ?? '', url, args);
        if (args[1] === 'query') expect(said).toContain('DiskFull');
      }
      await expectOneIncident('db-1', { status: 'open', severity: 'high', title: 'db-1: The disk is full' });
      const all = await runAmtool(amtoolBinary ?? '', program.url.replace('//', `//key:${key}@`), [
        'alert',
        'query',
        '-o',
        'json',
      ]);
      const listed = {
        labels: expect.objectContaining({ alertname: 'DiskFull' }),
        status: expect.objectContaining({ state: 'active' }),
      };
      expect(JSON.parse(all)).toContainEqual(expect.objectContaining(listed));
    });
  },
);

describe.each(Object.entries(prometheusBinaries))('%s', (name, binary) => {
  const needs = binary === undefined || alertmanagerBinary === undefined;
  it.skipIf(needs)(
    'configured as on the page, beside a real Alertmanager: the alert by both ways is one, resolved and reopened (needs HELIOS_TEST_ALERTMANAGER)',
    { timeout: testMs },
    async () => {
      let failing = 1;
      const target = createServer((_, response) =>
        response.setHeader('content-type', 'text/plain; version=0.0.4').end(`shop_failing ${failing}\n`),
      ).listen(0, '127.0.0.1');
      await once(target, 'listening');
      const { port } = target.address() as AddressInfo; // a TCP listener
      const asset = `127.0.0.1:${port}`;
      const own = join(folder.path, name.replaceAll(/\W+/g, '-'));
      await mkdir(own);
      const [receiver = '', alerting = ''] = await blocks('alertmanager.md', 'yaml');
      await using alertmanager = await startAlertmanager(alertmanagerBinary ?? '', own, withOurs(receiver));
      const rules = join(own, 'rules.yml');
      await writeFile(
        rules,
        "groups: [{name: shop, rules: [{alert: ShopFails, expr: shop_failing > 0, labels: {severity: critical}, annotations: {summary: 'The shop fails'}}]}]\n",
      );
      const config = [
        'global: {scrape_interval: 1s, evaluation_interval: 1s}',
        `rule_files: ['${rules}']`,
        `scrape_configs: [{job_name: shop, static_configs: [{targets: ['${asset}']}]}]`,
        withOurs(alerting).trimEnd(),
        `    - static_configs: [{targets: ['${new URL(alertmanager.url).host}']}]`,
      ].join('\n');
      await using prometheus = await startPrometheus(binary ?? '', own, `${config}\n`);
      const notified = () => alertmanager.metric('alertmanager_notifications_total', 'webhook');
      /** Each state is checked once both ways have told it. */
      const expectTold = async (notifications: number, looks: Readonly<Record<string, unknown>>): Promise<void> => {
        await expectOneIncident(asset, looks);
        await vi.waitFor(async () => expect(await notified()).toBeGreaterThanOrEqual(notifications), patience);
        await expectOneIncident(asset, looks);
      };
      await expectTold(1, { status: 'open', severity: 'high', occurrences: 1 });
      failing = 0;
      await expectTold(2, { status: 'resolved', occurrences: 1, reopenedCount: 0 });
      failing = 1;
      await expectTold(3, { status: 'open', occurrences: 2, reopenedCount: 1 });
      expect(await alertmanager.metric('alertmanager_notifications_failed_total')).toBe(0);
      expect(await prometheus.metric('prometheus_notifications_errors_total')).toBe(0);
      expect(await prometheus.metric('prometheus_notifications_dropped_total')).toBe(0);
      target.close();
    },
  );
});

describe('Grafana', () => {
  it('the body of the page is taken, and the contact point leads there', { timeout: testMs }, async () => {
    const [contactPoint = ''] = await blocks('grafana.md', 'yaml');
    const url = /url: (\S+)/.exec(withOurs(contactPoint))?.[1] ?? '';
    const [command = ''] = await blocks('grafana.md', 'sh');
    const body = /-d '([^]*?)'/.exec(command)?.[1] ?? '';
    expect(withOurs(command)).toContain(url);
    const response = await fetch(url, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: body.replaceAll('web-1', 'web-9').replace('2026-01-05T10:00:00Z', new Date().toISOString()),
    });
    expect(await response.json()).toEqual({ accepted: 1, rejectedTotal: 0, rejected: [] });
    await expectOneIncident('web-9', { status: 'open', severity: 'medium', title: 'The CPU of web-9 is hot' });
  });
});
