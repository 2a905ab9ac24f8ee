import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { launchChromium, openContext, reasonWithoutChromium } from '../support/chromium.ts';
import type { WatchedContext } from '../support/chromium.ts';
import { startProcess } from '../support/program-process.ts';
import type { ProgramProcess } from '../support/program-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const missing = reasonWithoutChromium();
const minuteMs = 60_000;
const weekMs = 7 * 24 * 60 * minuteMs;
const zones = ['eu', 'us', 'asia'] as const;

/** Two hours of latency in three zones, the same a week before, a metric of many users, and lines of logs. */
function signalsUntil(now: number): readonly object[] {
  const minutes = Array.from({ length: 120 }, (_, index) => now - index * minuteMs);
  const latency = [0, weekMs].flatMap((backMs) =>
    minutes.flatMap((at, index) =>
      zones.map((zone, place) => ({
        kind: 'sample',
        asset: 'checkout',
        metric: 'latency',
        labels: { zone },
        unit: 's',
        at: at - backMs,
        value: 0.1 * (place + 1) + 0.02 * Math.sin(index / 8) + (backMs === 0 ? 0 : 0.01),
      })),
    ),
  );
  const logins = Array.from({ length: 40 }, (_, user) => ({
    kind: 'sample',
    asset: 'checkout',
    metric: 'logins',
    labels: { user: `user-${user}`, zone: 'eu' },
    at: now - 2 * minuteMs,
    value: user,
  }));
  const lines = Array.from({ length: 30 }, (_, index) => ({
    kind: 'log',
    asset: index % 2 === 0 ? 'checkout' : 'cart',
    at: now - 5000 - index * minuteMs,
    body: index % 3 === 0 ? `connection refused by payment:${5000 + index}` : `served request ${index}`,
    severity: index % 3 === 0 ? 'high' : 'info',
  }));
  return [...latency, ...logins, ...lines];
}

describe('the view for questions to the lake, in a real browser on the running program', () => {
  const stack = new AsyncDisposableStack();
  let program: ProgramProcess;
  let browser: Browser;
  let key: string;
  let window: WatchedContext;

  beforeAll(async () => {
    if (missing !== undefined) return;
    const folder = stack.use(await temporaryFolder());
    program = await startProcess(folder.path);
    stack.defer(async () => void (await program.end('SIGTERM')));
    browser = await launchChromium();
    stack.defer(() => browser.close());
    key = program.adminKey ?? '';
    const client = program.client(key);
    const body = signalsUntil(Date.now())
      .map((signal) => JSON.stringify(signal))
      .join('\n');
    await client.call('sendSignals', { body }, { headers: { 'content-type': 'application/x-ndjson' } });
    await vi.waitFor(
      async () => {
        const { matching } = await client.call('listLakeSeries', { query: {} });
        const now = Date.now();
        const range = { from: String(now - 90 * minuteMs), to: String(now) };
        const { signals } = await client.call('findSignals', { query: range });
        if (matching !== 43 || signals.length !== 30) throw new Error('not all is in the lake yet');
      },
      { timeout: 90_000, interval: 200 },
    );
  });
  beforeEach(async ({ skip }) => {
    skip(missing !== undefined, missing);
    window = await openSignedIn();
  });
  afterEach(async () => {
    if (missing !== undefined) return;
    await window.context.close();
    // No request to another host, nothing that the policy forbids, no error or warning: in every test of this file.
    if (window.faults.length > 0) throw new Error(window.faults.join('\n'));
  });
  afterAll(() => stack.disposeAsync());

  async function openSignedIn(options: Parameters<typeof openContext>[2] = {}): Promise<WatchedContext> {
    const opened = await openContext(browser, program.url, options);
    await opened.context.addInitScript((secret) => {
      // A new tab is first at about:blank, which has no storage.
      if (location.protocol === 'http:') sessionStorage.setItem('heliosiq-key', secret);
    }, key);
    return opened;
  }

  const addressOf = (search: Readonly<Record<string, unknown>>): string =>
    `/explore?${new URLSearchParams(
      Object.entries(search).map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]),
    )}`;
  const searchOf = (page: Page): Readonly<Record<string, string>> =>
    Object.fromEntries(new URL(page.url()).searchParams);
  const legend = (page: Page) => page.getByRole('table', { name: 'Legend' });
  const chart = (page: Page) => page.getByRole('region', { name: 'Answer' }).getByRole('img');
  const linesDrawn = (page: Page, count: number) =>
    page.getByRole('img', { name: new RegExp(`^${count} lines? from`) });

  /** Opens an address and waits until the chart shows so many lines. */
  async function openChart(search: Readonly<Record<string, unknown>>, lines: number): Promise<Page> {
    const page = await window.open(addressOf(search));
    await linesDrawn(page, lines).waitFor();
    return page;
  }

  it('begins with the metrics there are, and charts the one that is chosen', async () => {
    const page = await window.open('/');
    await page.getByRole('link', { name: 'Explore' }).click();
    await page.getByRole('button', { name: 'latency 3' }).click();
    await linesDrawn(page, 3).waitFor();
    expect(JSON.parse(searchOf(page)['q'] ?? '')).toEqual(['latency']);
    await expect.poll(() => chart(page).locator('canvas').evaluate(countColors)).toBeGreaterThanOrEqual(3);
    for (const zone of zones)
      await legend(page)
        .getByRole('button', { name: `{zone="${zone}"}`, exact: true })
        .waitFor();
    const cells = await legend(page).getByRole('row').nth(1).getByRole('cell').allInnerTexts();
    const [last, min, max, avg] = cells.slice(1, 5).map(Number);
    expect(min).toBeLessThanOrEqual(avg ?? 0);
    expect(avg).toBeLessThanOrEqual(max ?? 0);
    expect(last).toBeGreaterThan(0);
  });

  it('completes names of metrics and labels while one types, and runs by Ctrl-Enter', async () => {
    const page = await window.open('/explore');
    const field = page.getByRole('textbox', { name: 'Query' });
    await field.click();
    await page.keyboard.type('lat');
    await page.getByRole('option', { name: 'latency' }).waitFor();
    await page.getByRole('option', { name: 'latency' }).click();
    await page.keyboard.type('{zo');
    await page.getByRole('option', { name: 'zone' }).click();
    await page.keyboard.type('="');
    await page.getByRole('option', { name: 'asia' }).click();
    expect((await field.innerText()).trim()).toBe('latency{zone="asia"}');
    await page.keyboard.press('Control+Enter');
    await linesDrawn(page, 1).waitFor();
    expect(JSON.parse(searchOf(page)['q'] ?? '')).toEqual(['latency{zone="asia"}']);
    // One goes on typing where one was.
    await page.keyboard.press('End');
    await page.keyboard.type(' * 2');
    await page.keyboard.press('Control+Enter');
    await page.waitForURL((url) => url.searchParams.get('q')?.includes('* 2') === true);
    await page.goBack();
    await expect.poll(async () => (await field.innerText()).trim()).toBe('latency{zone="asia"}');
    await page.getByRole('button', { name: 'Add query' }).click();
    await page.keyboard.type('logins');
    await page.keyboard.press('Escape');
    await page.keyboard.press('Enter');
    await linesDrawn(page, 41).waitFor();
  });

  it('marks a fault where it is and says it in the words of the server, beside a query that is right', async () => {
    const page = await openChart({ q: ['latency', 'sum(('] }, 3);
    const group = page.getByRole('group', { name: 'Queries' });
    await group.getByRole('alert').filter({ hasText: 'parse error' }).waitFor();
    await group.locator('.cm-lintRange-error').first().waitFor();
    await page.getByRole('button', { name: 'Remove query 2' }).click();
    await expect.poll(() => group.getByRole('alert').count()).toBe(0);
    // Chromium itself writes each answer of 400 to the console.
    window.faults.splice(0, window.faults.length, ...window.faults.filter((fault) => !fault.includes('status of 400')));
  });

  it('says so where nothing matches', async () => {
    const page = await window.open(addressOf({ q: ['nothing_of_this_name'] }));
    await page.getByText('No series match in this time').waitFor();
    expect(await legend(page).count()).toBe(0);
  });

  it('zooms by a drag, back by a button, and back by the browser', async () => {
    const page = await openChart({ q: ['latency'], from: 'now-1h' }, 3);
    await drag(page, chart(page), 0.25, 0.5);
    await page.waitForURL((url) => /^\d+$/.test(url.searchParams.get('from') ?? ''));
    const { from, to } = searchOf(page);
    const lengthMs = Number(to) - Number(from);
    expect(lengthMs).toBeGreaterThan(10 * minuteMs);
    expect(lengthMs).toBeLessThan(20 * minuteMs);
    await linesDrawn(page, 3).waitFor();
    await page.getByRole('button', { name: 'Zoom back' }).click();
    await page.waitForURL((url) => url.searchParams.get('from') === 'now-1h');
    await page.goBack();
    await page.waitForURL((url) => url.searchParams.get('from') === from);
  });

  it('hides a line, shows one alone, and all again', async () => {
    const page = await openChart({ q: ['latency'] }, 3);
    await legend(page).getByRole('button', { name: '{zone="us"}', exact: true }).click();
    await linesDrawn(page, 2).waitFor();
    await legend(page).getByRole('button', { name: 'Show latency{asset="checkout", zone="eu"} alone' }).click();
    await linesDrawn(page, 1).waitFor();
    expect(JSON.parse(searchOf(page)['hide'] ?? '')).toHaveLength(2);
    await legend(page).getByRole('button', { name: 'Show all lines' }).click();
    await linesDrawn(page, 3).waitFor();
    expect(searchOf(page)).not.toHaveProperty('hide');
  });

  it('compares with the week before, step by step', async () => {
    const page = await openChart({ q: ['latency{zone="eu"}'] }, 1);
    await page.getByRole('combobox', { name: 'Compare' }).selectOption('with the week before');
    await linesDrawn(page, 2).waitFor();
    const meanOf = async (row: number) =>
      Number(await legend(page).getByRole('row').nth(row).getByRole('cell').nth(4).innerText());
    expect((await meanOf(2)) - (await meanOf(1))).toBeCloseTo(0.01, 2);
    expect(await legend(page).getByRole('row').nth(2).innerText()).toContain('earlier');
  });

  it('shows the values as a table that can be sorted', async () => {
    const page = await openChart({ q: ['latency'] }, 3);
    await page.getByRole('button', { name: 'Table' }).click();
    const table = page.getByRole('table', { name: 'Values' });
    const order = async () =>
      (await table.getByRole('row').allInnerTexts()).slice(1).map((row) => zones.find((zone) => row.includes(zone)));
    await table.getByRole('button', { name: 'Max' }).click();
    await expect.poll(order).toEqual(['asia', 'us', 'eu']);
    await table.getByRole('button', { name: 'Max' }).click();
    await expect.poll(order).toEqual(['eu', 'us', 'asia']);
  });

  it('restores all of the view from its address', async () => {
    const now = Date.now();
    const search = {
      q: ['latency{zone!="us"}', 'count(logins)'],
      from: now - 90 * minuteMs,
      to: now,
      versus: 'week',
      text: 'refused',
      kind: 'log',
      severity: 'high',
    };
    const page = await openChart(search, 5);
    const first = await legend(page).innerText();
    await page.getByRole('combobox', { name: 'Compare' }).selectOption('not compared');
    await linesDrawn(page, 3).waitFor();
    const address = page.url();
    const other = await window.open(address);
    await linesDrawn(other, 3).waitFor();
    expect(await other.getByRole('textbox', { name: 'Query 2' }).innerText()).toContain('count(logins)');
    expect(await other.getByRole('searchbox', { name: 'Words in the line' }).inputValue()).toBe('refused');
    expect(await other.getByRole('combobox', { name: 'Severity' }).inputValue()).toBe('high');
    await page.goBack();
    await linesDrawn(page, 5).waitFor();
    expect(await legend(page).innerText()).toBe(first);
  });

  it('takes a quick range and a typed one, and says what is no time', async () => {
    const page = await openChart({ q: ['latency'] }, 3);
    const summary = page.locator('summary').filter({ hasText: 'Range' });
    await summary.click();
    await page.getByRole('button', { name: 'Last 15 minutes' }).click();
    await page.waitForURL((url) => url.searchParams.get('from') === 'now-15m');
    await summary.click();
    await page.getByRole('textbox', { name: 'From' }).fill('yesterday');
    await page.getByRole('button', { name: 'Apply' }).click();
    await page.getByRole('alert').filter({ hasText: 'yesterday' }).waitFor();
    await page.getByRole('textbox', { name: 'From' }).fill('now-2h');
    await page.getByRole('button', { name: 'Apply' }).click();
    await page.waitForURL((url) => url.searchParams.get('from') === 'now-2h');
    expect(await summary.innerText()).toContain('Last 2h');
  });

  it('searches the logs of the same time, and marks the moment of a line on the chart', async () => {
    const page = await openChart({ q: ['latency'] }, 3);
    const logs = page.getByRole('region', { name: 'Logs and events' });
    await logs.getByRole('searchbox', { name: 'Words in the line' }).fill('REFUSED');
    await logs.getByRole('button', { name: 'Search' }).click();
    await expect.poll(() => logs.getByRole('listitem').count()).toBe(10);
    await logs.getByRole('combobox', { name: 'Severity' }).selectOption('info');
    await logs.getByText('Nothing was said in this time that matches').waitFor();
    await logs.getByRole('combobox', { name: 'Severity' }).selectOption('high');
    const line = logs.getByRole('listitem').nth(3).getByRole('button');
    const before = await chart(page).locator('canvas').evaluate(countMarked);
    await line.click();
    await expect.poll(() => line.getAttribute('aria-pressed')).toBe('true');
    await expect.poll(() => chart(page).locator('canvas').evaluate(countMarked)).toBeGreaterThan(before + 100);
    expect(Number(searchOf(page)['at'])).toBeGreaterThan(Date.now() - 60 * minuteMs);
    await line.click();
    await page.waitForURL((url) => !url.searchParams.has('at'));
  });

  it('asks again by itself as often as chosen, and otherwise not', async () => {
    const page = await window.context.newPage();
    await page.clock.install();
    await page.goto(addressOf({ q: ['latency'] }));
    await linesDrawn(page, 3).waitFor();
    const asked: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    await page.clock.runFor(60_000);
    // Whoever comes back to the page has asked for nothing either.
    await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange', { bubbles: true })));
    await page.clock.runFor(1000);
    expect(asked.filter((url) => url.includes('query_range'))).toEqual([]);
    await page.getByRole('combobox', { name: 'Renew' }).selectOption('every 10 s');
    await page.clock.runFor(11_000);
    await expect.poll(() => asked.filter((url) => url.includes('query_range')).length).toBeGreaterThanOrEqual(1);
  });

  it('tells what is in the lake, and which label makes a metric large, and when its jobs run', async () => {
    const page = await window.open('/explore');
    await page.getByText('What is in the lake').click();
    const pairs = page.getByRole('table', { name: 'Labels that make a metric large' });
    await pairs.waitFor();
    expect((await pairs.getByRole('row').nth(1).innerText()).replaceAll(/\s+/g, ' ').trim()).toBe('logins user 40 40');
    const disk = page.getByRole('table', { name: 'On disk' });
    expect(await disk.getByRole('row', { name: /^sample/ }).innerText()).toMatch(/[kM]?B/);
    const jobs = page.getByRole('table', { name: 'Jobs' });
    await jobs.getByRole('row', { name: /^retention .*\d/ }).waitFor();
    await pairs.getByRole('button', { name: 'logins' }).click();
    await linesDrawn(page, 40).waitFor();
  });

  it('fits 400 pixels without sideways scrolling, and is light in the light and dark in the dark', async () => {
    const brightness: number[] = [];
    for (const colorScheme of ['light', 'dark'] as const) {
      const small = await openSignedIn({ viewport: { width: 400, height: 800 }, hasTouch: true, colorScheme });
      const page = await small.open(addressOf({ q: ['latency', 'logins'], versus: 'week' }));
      await linesDrawn(page, 46).waitFor();
      await page.getByText('What is in the lake').click();
      await page.getByRole('table', { name: 'On disk' }).waitFor();
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(400);
      brightness.push(await page.evaluate(backgroundBrightness));
      expect(small.faults).toEqual([]);
      await small.context.close();
    }
    expect(brightness[0]).toBeGreaterThan(200);
    expect(brightness[1]).toBeLessThan(60);
  });
});

async function drag(page: Page, element: ReturnType<Page['locator']>, from: number, to: number): Promise<void> {
  const box = await element.locator('.u-over').boundingBox();
  if (box === null) throw new Error('the chart is not there');
  const y = box.y + box.height / 2;
  await page.mouse.move(box.x + box.width * from, y);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * to, y, { steps: 5 });
  await page.mouse.up();
}

/** Runs in the page: how many clearly different saturated colours a chart is drawn in. */
function countColors(canvas: HTMLElement | SVGElement): number {
  if (!(canvas instanceof HTMLCanvasElement)) throw new Error('not a canvas');
  // Read from a copy: the chart's own canvas is not made for being read again and again.
  const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext('2d', { willReadFrequently: true });
  copy?.drawImage(canvas, 0, 0);
  const data = copy?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
  const counts = new Map<string, number>();
  for (let at = 0; at < data.length; at += 4) {
    const [red = 0, green = 0, blue = 0, alpha = 0] = [data[at], data[at + 1], data[at + 2], data[at + 3]];
    if (alpha < 200 || Math.max(red, green, blue) - Math.min(red, green, blue) < 80) continue;
    const hue = `${red >> 5} ${green >> 5} ${blue >> 5}`;
    counts.set(hue, (counts.get(hue) ?? 0) + 1);
  }
  return [...counts.values()].filter((count) => count > 100).length;
}

/** Runs in the page: pixels in the colour of a mark. */
function countMarked(canvas: HTMLElement | SVGElement): number {
  if (!(canvas instanceof HTMLCanvasElement)) throw new Error('not a canvas');
  // Read from a copy: the chart's own canvas is not made for being read again and again.
  const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext('2d', { willReadFrequently: true });
  copy?.drawImage(canvas, 0, 0);
  const data = copy?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
  let count = 0;
  for (let at = 0; at < data.length; at += 4) {
    if (data[at] === 23 && data[at + 1] === 32 && data[at + 2] === 44 && data[at + 3] === 255) count++;
  }
  return count;
}

/** Runs in the page: mean of red, green and blue of the background, 0 to 255. */
function backgroundBrightness(): number {
  const probe = document.createElement('canvas').getContext('2d');
  if (probe === null) throw new Error('no canvas');
  probe.fillStyle = getComputedStyle(document.body).backgroundColor;
  probe.fillRect(0, 0, 1, 1);
  const [red = 0, green = 0, blue = 0] = probe.getImageData(0, 0, 1, 1).data;
  return (red + green + blue) / 3;
}
