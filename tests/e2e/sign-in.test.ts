import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { launchChromium, openContext, reasonWithoutChromium } from '../support/chromium.ts';
import { startProcess } from '../support/program-process.ts';
import type { ProgramProcess } from '../support/program-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const missing = reasonWithoutChromium();

describe('the page of a program that knows nobody', () => {
  const stack = new AsyncDisposableStack();
  let program: ProgramProcess;

  beforeAll(async () => {
    if (missing !== undefined) return;
    const folder = stack.use(await temporaryFolder());
    program = await startProcess(folder.path);
    stack.defer(async () => void (await program.end('SIGTERM')));
  });
  beforeEach(({ skip }) => skip(missing !== undefined, missing));
  afterAll(() => stack.disposeAsync());

  it('asks for a key, refuses a bad one, opens with the admin key, and forgets it on signing out', async () => {
    const browser = await launchChromium();
    try {
      const { faults, open } = await openContext(browser, program.url);
      const page = await open('/');
      const field = page.getByLabel('API key');
      await field.waitFor();
      expect(await page.getByRole('list').count()).toBe(0);

      await field.fill('hk_not-a-key');
      await page.getByRole('button', { name: 'Open' }).click();
      await page.getByRole('alert').filter({ hasText: 'not valid' }).waitFor();

      await field.fill(program.adminKey ?? '');
      await page.getByRole('button', { name: 'Open' }).click();
      await page.getByRole('heading', { name: 'All quiet' }).waitFor();
      await page.getByRole('status').filter({ hasText: 'live' }).waitFor();
      await page.reload();
      await page.getByRole('heading', { name: 'All quiet' }).waitFor();

      await page.getByRole('button', { name: 'Sign out' }).click();
      await field.waitFor();
      // Chromium itself writes each answer of 401 to the console.
      expect(faults.filter((fault) => !fault.includes('status of 401'))).toEqual([]);
    } finally {
      await browser.close();
    }
  });
});
