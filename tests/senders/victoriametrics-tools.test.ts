import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { startProcess } from '../support/program-process.ts';
import { samplesBetween, valueOf } from '../support/prometheus-process.ts';
import type { QueryApi } from '../support/prometheus-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { argumentsOnPage, startTool } from '../support/tool-process.ts';
import { openScrapeTarget } from './prometheus-target.ts';

const page = 'victoriametrics.md';
const vmagent = process.env['HELIOS_TEST_VMAGENT'];
const vmalert = process.env['HELIOS_TEST_VMALERT'];
const isMissing = vmagent === undefined || vmalert === undefined;

const rules = `groups:
  - name: work
    interval: 1s
    rules:
      - record: job:work:sum
        expr: sum by (job) (work_total{part="1"})
      - alert: MuchWork
        expr: job:work:sum > 3
        labels: { severity: critical }
        annotations: { summary: "{{ $labels.job }} works much" }
`;

/** A counter that adds one for each scrape: a gap is a lost sample. */
const counter = 'work_total{part="1"}';

describe.skipIf(isMissing)('vmagent and vmalert (need HELIOS_TEST_VMAGENT, HELIOS_TEST_VMALERT)', () => {
  test(
    'every scrape comes once although the program is killed, and an alert of a rule on them is an incident, set up as the page says',
    { timeout: 500_000 },
    async () => {
      await using folder = await temporaryFolder();
      await using target = await openScrapeTarget('one');
      const environment = { HELIOS_PORT: String(await freePort()) };
      const start = () => startProcess(join(folder.path, 'helios'), environment);
      let program = await start();
      await using _ = { [Symbol.asyncDispose]: async () => void (await program.end('SIGKILL')) };
      const key = program.adminKey ?? '';
      const here: QueryApi = { url: program.url, key };
      const from = Date.now();
      const places = {
        'http://localhost:7070': program.url,
        '/etc/heliosiq-key': join(folder.path, 'key'),
        '/etc/vmagent/scrape.yml': join(folder.path, 'scrape.yml'),
        '/etc/vmalert/rules.yml': join(folder.path, 'rules.yml'),
        '/var/lib/vmagent': join(folder.path, 'vmagent'),
      };
      await writeFile(places['/etc/heliosiq-key'], key);
      await writeFile(places['/etc/vmalert/rules.yml'], rules);
      await writeFile(
        places['/etc/vmagent/scrape.yml'],
        `scrape_configs:\n  - { job_name: shop, scrape_interval: 1s, static_configs: [{ targets: ['${target.address}'] }] }\n`,
      );
      const startOnPage = async (command: string, binary: string) => {
        const address = `127.0.0.1:${await freePort()}`;
        const flags = [...argumentsOnPage(page, command, places), `-httpListenAddr=${address}`, '-loggerLevel=WARN'];
        return startTool({ binary, flags, url: `http://${address}`, answers: '/metrics' });
      };
      await using agent = await startOnPage('vmagent', vmagent ?? '');
      const stored = () => valueOf(here, counter);
      const eventually = (check: () => Promise<void>) => vi.waitFor(check, { timeout: 120_000, interval: 250 });
      await eventually(async () => expect(await stored()).toBeGreaterThan(3));
      await program.end('SIGKILL');
      await eventually(async () =>
        expect(await figureOf(agent.url, 'vmagent_remotewrite_retries_count_total')).not.toBe(0),
      );
      const waiting = await figureOf(agent.url, 'vmagent_remotewrite_pending_data_bytes');
      await eventually(async () => {
        expect(await figureOf(agent.url, 'vmagent_remotewrite_pending_data_bytes')).toBeGreaterThan(waiting);
      });
      program = await start();
      await using __ = await startOnPage('vmalert', vmalert ?? '');

      await eventually(async () => {
        const headers = { authorization: `Bearer ${key}` };
        const response = await fetch(`${program.url}/api/v1/incidents`, { headers });
        expect(await response.text()).toContain('shop works much');
      });
      await eventually(async () => expect(await valueOf(here, 'job:work:sum{job="shop"}')).toBeGreaterThan(3));
      await eventually(async () => expect(await figureOf(agent.url, 'vmagent_remotewrite_pending_data_bytes')).toBe(0));
      expect(await figureOf(agent.url, 'vmagent_remotewrite_packets_dropped_total')).toBe(0);
      // A block that is under way is not told among what waits, and it comes late: the agent rests between its attempts.
      await eventually(async () => {
        const counted = await valuesOf(here, counter, from);
        const scrapesThatFailed = (await valuesOf(here, 'up{job="shop"}', from)).filter((up) => up === 0).length;
        expect(new Set(counted).size).toBe(counted.length);
        expect(Math.max(...counted) - counted.length).toBeLessThanOrEqual(scrapesThatFailed);
      });
    },
  );
});

/** The values of the one series that a selector finds. */
async function valuesOf(api: QueryApi, selector: string, from: number): Promise<readonly number[]> {
  const [series, ...others] = await samplesBetween(api, selector, { from, to: Date.now() });
  expect(others).toEqual([]);
  return (series?.samples ?? []).map(([, value]) => Number(value));
}

/** A figure of a program's own metrics, all its labels added up. */
async function figureOf(url: string, name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const lines = text.split('\n').filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
  if (lines.length === 0) throw new Error(`${url} has no metric ${name}`);
  return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
}
