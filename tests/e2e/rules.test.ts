import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { launchChromium, openContext, reasonWithoutChromium } from '../support/chromium.ts';
import { startProcess } from '../support/program-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const missing = reasonWithoutChromium();

const ruleFile = `groups:
  - name: quiet things
    rules:
      - { alert: NobodyThere, expr: disk_used > 2 }
      - { record: disk:max, expr: max(disk_used) }
  - name: disks
    interval: 5s
    rules:
      - { alert: Broken, expr: disk_used + on (asset) disk_used > 0 }
      - { alert: Waiting, expr: disk_used > 0.5, for: 1h }
      - alert: DiskFull
        expr: disk_used > 0.9
        labels: { severity: critical }
        annotations: { summary: "{{ $labels.asset }} is {{ $value | humanizePercentage }} full" }
`;

it.skipIf(missing !== undefined)(
  `the page of rules shows what fires first, why one failed, and the chart behind it (needs Chromium)`,
  { timeout: 600_000 },
  async () => {
    await using folder = await temporaryFolder();
    const file = join(folder.path, 'disks.yml');
    await writeFile(file, ruleFile);
    const program = await startProcess(join(folder.path, 'data'), { HELIOS_RULES_FILES: file });
    await using _ = { [Symbol.asyncDispose]: async () => void (await program.end('SIGTERM')) };
    const key = program.adminKey ?? '';
    const client = program.client(key);
    // The first is old enough for the last step of the chart; the others keep the value present on a busy machine.
    const startAt = Date.now() - 100_000;
    const samples = Array.from({ length: 20 }, (_each, index) => {
      const sample = { kind: 'sample', metric: 'disk_used', at: startAt + index * 30_000, asset: 'db-1' };
      return [
        { ...sample, labels: { device: 'sda' }, value: 0.97 },
        { ...sample, labels: { device: 'sdb' }, value: 0.6 },
      ];
    });
    const body = JSON.stringify(samples.flat());
    await client.call('sendSignals', { body }, { headers: { 'content-type': 'application/json' } });
    await vi.waitFor(
      async () => {
        const { groups } = await client.call('listRuleGroups');
        expect(groups.flatMap(({ rules }) => rules.map(({ state }) => state))).toContain('firing');
      },
      { timeout: 180_000, interval: 250 },
    );
    const browser = await launchChromium();
    await using __ = { [Symbol.asyncDispose]: () => browser.close() };
    const window = await openContext(browser, program.url);
    await window.context.addInitScript((secret) => {
      // A new tab is first at about:blank, which has no storage.
      if (location.protocol === 'http:') sessionStorage.setItem('heliosiq-key', secret);
    }, key);
    const page = await window.open('/rules');
    const [disks, quiet] = ['disks', 'quiet things'].map((name) => page.getByRole('region', { name }));
    await disks?.getByText('db-1 is 97% full').waitFor();
    expect(await page.getByRole('heading', { level: 2 }).allInnerTexts()).toEqual(['disks', 'quiet things']);
    const lines = (await disks?.innerText()) ?? '';
    expect(lines.indexOf('DiskFull')).toBeLessThan(lines.indexOf('Broken'));
    expect(lines.indexOf('Broken')).toBeLessThan(lines.indexOf('Waiting'));
    expect(await disks?.getByRole('alert').innerText()).toMatch(/^Not evaluated: .*match/);
    await expect.poll(() => quiet?.innerText()).toMatch(/recording\s+disk:max/);
    const picture = process.env['HELIOS_TEST_PICTURES'];
    if (picture !== undefined) await page.screenshot({ path: join(picture, 'rules.png'), fullPage: true });
    await disks?.getByRole('link', { name: 'Chart' }).first().click();
    await page.waitForURL(/\/explore\?q=/);
    await page.getByRole('img', { name: /^1 line from/ }).waitFor();
    expect(window.faults).toEqual([]);
  },
);
