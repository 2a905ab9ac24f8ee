import { describe, expect, it } from 'vitest';
import { runCommand, startProcess } from '../support/program-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

describe('start', () => {
  it('refuses a data folder that another program uses, says so, exits 1, and harms nothing', async () => {
    await using folder = await temporaryFolder();
    const first = await startProcess(folder.path);
    const second = await runCommand(['start', '--data', folder.path, '--port', '0']);
    expect(second.code).toBe(1);
    expect(second.stderr).toContain('in use');
    expect(second.stderr).toContain(String(first.child.pid));
    const { ready } = await first.client(first.adminKey ?? '').call('healthReady');
    expect(ready).toBe(true);
    expect(await first.end('SIGTERM')).toBe(0);
  });

  it('shows the admin key once: a second start on the folder prints none, and the first key still works', async () => {
    await using folder = await temporaryFolder();
    const first = await startProcess(folder.path);
    const key = first.adminKey ?? '';
    expect(key).toMatch(/^hk_/);
    expect(await first.end('SIGTERM')).toBe(0);
    const second = await startProcess(folder.path);
    expect(second.adminKey).toBeUndefined();
    await expect(second.client(key).call('whoami')).resolves.toMatchObject({ tenantId: 'default', role: 'admin' });
    expect(await second.end('SIGTERM')).toBe(0);
  });

  it('lists every problem of the configuration at once and starts nothing', async () => {
    await using folder = await temporaryFolder();
    const run = await runCommand(['start', '--data', folder.path, '--port', 'seven'], {
      HELIOS_LOG_LEVEL: 'loud',
      HELIOS_DATABSE_URL: 'postgres://x',
    });
    expect(run.code).toBe(1);
    for (const word of ['--port', 'HELIOS_LOG_LEVEL', 'HELIOS_DATABSE_URL', 'did you mean "HELIOS_DATABASE_URL"']) {
      expect(run.stderr).toContain(word);
    }
  });
});
