import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { runCommand, startProcess } from '../support/program-process.ts';
import { remoteWriteBody } from '../support/remote-write-body.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const rules = `groups:
  - name: disks
    interval: 5s
    rules:
      - record: disk:used:max
        expr: max by (instance) (disk_used_ratio)
      - alert: DiskFull
        expr: disk:used:max > 0.9
        labels: { severity: critical }
        annotations: { summary: "{{ $labels.instance }} is {{ $value | humanizePercentage }} full" }
`;

it(
  'a rule file of Prometheus, brought by the command line or the configuration, opens an incident and resolves it',
  { timeout: 500_000 },
  async () => {
    await using folder = await temporaryFolder();
    const [file, wrong] = [join(folder.path, 'disks.yml'), join(folder.path, 'wrong.yml')];
    await writeFile(file, rules);
    await writeFile(wrong, rules.replace('max by', 'nosuch by'));
    const program = await startProcess(join(folder.path, 'data'), { HELIOS_RULES_FILES: file });
    await using _ = { [Symbol.asyncDispose]: async () => void (await program.end('SIGTERM')) };
    const key = program.adminKey ?? '';
    const client = program.client(key);
    const environment = { HELIOS_URL: program.url, HELIOS_KEY: key };

    async function write(value: number): Promise<void> {
      const labels = { __name__: 'disk_used_ratio', instance: 'db-1', device: 'sda' };
      const response = await fetch(`${program.url}/api/v1/write`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${key}`,
          'content-type': 'application/x-protobuf',
          'content-encoding': 'snappy',
        },
        body: new Uint8Array(remoteWriteBody([{ labels, samples: [[Date.now(), value]] }])),
      });
      expect(response.status).toBe(204);
    }

    async function incidents() {
      const listed = await client.call('listIncidents', { query: { asset: 'db-1' } });
      return listed.incidents.map(({ incident: { title, status } }) => ({ title, status }));
    }

    const checked = await runCommand(['rules', 'check', file, wrong]);
    expect(checked).toMatchObject({ code: 1, stdout: expect.stringContaining('2 rules (prometheus)') });
    expect(checked.stderr).toContain('wrong.yml:6: disk:used:max: expr:');
    const refused = await runCommand(['rules', 'import', wrong], environment);
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('line 6') });

    await vi.waitFor(
      async () => expect((await client.call('listRuleFiles')).files).toMatchObject([{ name: 'disks.yml', rules: 2 }]),
      { timeout: 90_000 },
    );
    await write(0.97);
    await vi.waitFor(async () => expect(await incidents()).toEqual([{ title: 'db-1 is 97% full', status: 'open' }]), {
      ...{ timeout: 90_000, interval: 250 },
    });
    const state = await runCommand(['rules', 'state'], environment);
    expect(state.stdout).toMatch(/firing DiskFull\n\s+firing \{instance="db-1", severity="critical"\}/);
    const shown = await fetch(`${program.url}/api/v1/alerts`, { headers: { authorization: `Bearer ${key}` } });
    expect(await shown.json()).toMatchObject({
      data: { alerts: [{ state: 'firing', labels: { alertname: 'DiskFull' } }] },
    });
    const tried = await runCommand(['rules', 'test', file, '--since', '10m', '--json'], environment);
    expect(JSON.parse(tried.stdout)).toMatchObject({ trials: [{ name: 'DiskFull', total: 1 }] });

    await write(0.2);
    await vi.waitFor(async () => expect(await incidents()).toMatchObject([{ status: 'resolved' }]), {
      timeout: 90_000,
      interval: 250,
    });
    await writeFile(file, rules.replace('> 0.9', '> 0.1'));
    await vi.waitFor(async () => expect(await incidents()).toMatchObject([{ status: 'open' }]), {
      timeout: 90_000,
      interval: 250,
    });
  },
);
