import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Client } from '@heliosiq/api';
import { launchChromium, openContext, reasonWithoutChromium } from '../support/chromium.ts';
import type { WatchedContext } from '../support/chromium.ts';
import { startProcess } from '../support/program-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const missing = reasonWithoutChromium();
const source = 'manuals/valve-v9.md';
const question = 'At which pressure does the valve V9 open?';
const sentence = 'The valve V9 opens at 4.2 bar and closes at 3.9 bar.';

describe('a citation, in a real browser on the running program', () => {
  const stack = new AsyncDisposableStack();
  let client: Client;
  let browser: Browser;
  let url: string;
  let key: string;
  let window: WatchedContext;

  const put = (text: string) => client.call('addDocument', { body: { source, text } });

  beforeAll(async () => {
    if (missing !== undefined) return;
    const folder = stack.use(await temporaryFolder());
    const program = await startProcess(folder.path);
    stack.defer(async () => void (await program.end('SIGTERM')));
    browser = await launchChromium();
    stack.defer(() => browser.close());
    ({ url } = program);
    key = program.adminKey ?? '';
    client = program.client(key);
  });
  beforeEach(async ({ skip }) => {
    skip(missing !== undefined, missing);
    window = await openContext(browser, url);
    await window.context.addInitScript((secret) => {
      // A new tab is first at about:blank, which has no storage.
      if (location.protocol === 'http:') sessionStorage.setItem('heliosiq-key', secret);
    }, key);
    await put(`# Valve V9\n\nIntroduction.\n\n## Pressure\n\n${sentence}\n`);
  });
  afterEach(async () => {
    if (missing !== undefined) return;
    await window.context.close();
    if (window.faults.length > 0) throw new Error(window.faults.join('\n'));
  });
  afterAll(() => stack.disposeAsync());

  it('of an answer opens its document with exactly the quoted words marked', async () => {
    const page = await window.open('/');
    await page.getByRole('textbox', { name: 'Your question' }).fill(question);
    await page.getByRole('button', { name: 'Ask' }).click();
    await page.getByRole('link', { name: /^Source 1: Valve V9/ }).click();
    await page.getByRole('heading', { level: 1, name: 'Valve V9' }).waitFor();
    const mark = page.locator('mark').first();
    await mark.waitFor();
    expect((await page.locator('mark').allInnerTexts()).join('')).toBe(sentence);
    await page.getByText('the cited passage is marked').waitFor();
    expect(await page.getByRole('status', { name: 'Changed since' }).count()).toBe(0);
  });

  it('says that it changed since, and where the words stand now, after the document was edited', async () => {
    const answer = await client.call('ask', { body: { question } });
    const citation = answer.citations.find(({ quote }) => quote === sentence);
    if (citation?.document === undefined) throw new Error(`the answer does not cite it: ${answer.text}`);
    const { id, span, sha256 } = citation.document;
    const place = { start: String(span.start), end: String(span.end), sha256: JSON.stringify(sha256), quote: sentence };
    const address = `/documents/${id}?${new URLSearchParams(place)}`;

    await put(`# Valve V9\n\nIntroduction, now longer than it was.\n\n## Pressure\n\n${sentence}\n`);
    const moved = await window.open(address);
    await moved.getByRole('status', { name: 'Changed since' }).getByText('stand elsewhere now').waitFor();
    expect((await moved.locator('mark').allInnerTexts()).join('')).toBe(sentence);

    await put('# Valve V9\n\n## Pressure\n\nThe valve V9 opens at 5.0 bar.\n');
    const gone = await window.open(address);
    await gone.getByRole('status', { name: 'Changed since' }).getByText('no longer in it').waitFor();
    await gone.getByText(sentence).waitFor();
    expect(await gone.locator('mark').count()).toBe(0);
  });

  it('in an answer that is still shown is told to have changed since', async () => {
    const page = await window.open('/');
    await page.getByRole('textbox', { name: 'Your question' }).fill(question);
    await page.getByRole('button', { name: 'Ask' }).click();
    await page.getByRole('link', { name: /^Source 1: Valve V9/ }).waitFor();
    await put('# Valve V9\n\n## Pressure\n\nThe valve V9 opens at 5.0 bar.\n');
    await page.getByRole('link', { name: /^Source 1: Valve V9/ }).click();
    await page.getByRole('status', { name: 'Changed since' }).getByText('no longer in it').waitFor();
    await page.goBack();
    await page.getByText(/^\d+ sources?$/).click();
    const told = page.getByRole('list', { name: 'Sources' }).getByText('changed since').first();
    await told.waitFor();
    expect(await told.isVisible()).toBe(true);
  });
});
