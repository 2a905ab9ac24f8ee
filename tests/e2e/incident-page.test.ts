import { join } from 'node:path';
import type { Diagnosis, Incident } from '@heliosiq/model';
import { readPetshopTruth } from '@heliosiq/heliosiq/demo/petshop-recording.ts';
import type { Browser, Page, Request } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { launchChromium, openContext, reasonWithoutChromium } from '../support/chromium.ts';
import type { WatchedContext } from '../support/chromium.ts';
import { startDemo } from '../support/demo-process.ts';
import type { DemoProcess } from '../support/demo-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const fault = join(import.meta.dirname, '../../packages/heliosiq/recordings/petshop/low_traffic/train/issue_0');
const missing = reasonWithoutChromium();

/** Pixels of a chart by what they show: the expected band is a faint green, the anomaly red. */
interface ChartPixels {
  readonly drawn: number;
  readonly band: number;
  readonly anomaly: number;
}

describe('the page of an incident, in a real browser on the running demo', () => {
  let demo: DemoProcess;
  let browser: Browser;
  let incident: Incident;
  let diagnosis: Diagnosis;
  let trueCause: string;
  let window: WatchedContext;

  beforeAll(async () => {
    if (missing !== undefined) return;
    [demo, browser] = await Promise.all([startDemo(), launchChromium()]);
    trueCause = readPetshopTruth(fault)?.rootCause ?? '';
    const { incidents } = await demo.client.call('listIncidents');
    const found = incidents.find(({ incident: { status }, cause }) => status === 'open' && cause?.asset === trueCause);
    if (found === undefined) throw new Error('the demo shows no open incident with the true cause');
    incident = found.incident;
    const detail = await demo.client.call('getIncident', { params: { id: incident.id } });
    if (detail.diagnosis === undefined) throw new Error('the incident has no diagnosis');
    diagnosis = detail.diagnosis;
  });
  beforeEach(async ({ skip }) => {
    skip(missing !== undefined, missing);
    window = await openContext(browser, demo.url);
  });
  afterEach(async () => {
    if (missing !== undefined) return;
    await window.context.close();
    // No request to another host, nothing that the policy forbids, no error or warning: in every test of this file.
    if (window.faults.length > 0) throw new Error(window.faults.join('\n'));
  });
  afterAll(async () => {
    await browser?.close();
    await demo?.[Symbol.asyncDispose]();
  });

  const openIncident = (): Promise<Page> => window.open(`/incidents/${incident.id}`);
  const entryOf = ({ entry }: Incident): string => `${entry?.asset} ${entry?.metric}`;

  it('is found from the list, which tells severity, status and cause of each incident', async () => {
    const page = await window.open('/');
    const row = page
      .getByRole('listitem')
      .filter({ hasText: entryOf(incident) })
      .first();
    await row.waitFor();
    const words = (await row.innerText()).toLowerCase();
    for (const word of [incident.severity, 'open', trueCause.toLowerCase()]) expect(words).toContain(word);
    await row.getByRole('link').first().click();
    await page.getByRole('heading', { level: 1, name: entryOf(incident) }).waitFor();
    expect(new URL(page.url()).pathname).toBe(`/incidents/${incident.id}`);
  });

  it('tells the true cause first, with evidence whose page says the sentence and shows the data', async () => {
    const page = await openIncident();
    const causes = page.getByRole('region', { name: 'Cause' });
    await causes.waitFor();
    expect(await causes.getByRole('heading', { level: 3 }).first().innerText()).toContain(trueCause);
    const evidence = causes.getByRole('link').first();
    const sentence = (await evidence.innerText()).trim();
    expect(sentence.length).toBeGreaterThan(20);
    await evidence.click();
    await page.waitForURL('**/evidence/**');
    const heading = page.getByRole('heading', { level: 1 });
    await heading.filter({ hasText: trueCause }).waitFor();
    expect((await heading.innerText()).toLowerCase()).toContain(sentence.toLowerCase());
    await page.locator('canvas').first().waitFor();
  });

  it('shows what to do: a passage of a runbook, with the way to it', async () => {
    const page = await openIncident();
    const advice = page.getByRole('region', { name: 'What to do' });
    await advice.getByRole('link').first().waitFor();
    expect((await advice.innerText()).length).toBeGreaterThan(150);
    await advice.getByRole('link').first().click();
    await page.waitForURL('**/documents/**');
    await page.locator('mark').first().waitFor();
    expect((await page.locator('mark').first().innerText()).length).toBeGreaterThan(10);
  });

  it('draws each chart with its line, its expected band and the anomaly', async () => {
    const page = await openIncident();
    const charts = page.getByRole('region', { name: 'Charts' });
    await charts.locator('figure canvas').first().waitFor();
    const count = await charts.locator('figure').count();
    expect(count).toBeGreaterThanOrEqual(2);
    for (let index = 0; index < count; index++) {
      const figure = charts.locator('figure').nth(index);
      await expect
        .poll(() => figure.locator('canvas').evaluate(countPixels))
        .toSatisfy((pixels: ChartPixels) => pixels.drawn > 500 && pixels.band > 50 && pixels.anomaly > 50);
    }
    const readout = charts.locator('figure output').first();
    const before = await readout.innerText();
    await charts
      .locator('figure .u-over')
      .first()
      .hover({ position: { x: 40, y: 40 } });
    await expect.poll(() => readout.innerText()).not.toBe(before);
  });

  it('maps who calls whom, with the cause and the affected assets marked in words', async () => {
    const page = await openIncident();
    const map = page.getByRole('region', { name: 'Map' });
    await map.getByRole('listitem', { name: `${trueCause}, most likely cause` }).waitFor();
    const felt = map.getByRole('listitem', { name: `${incident.entry?.asset}, ` });
    expect(await felt.count()).toBe(1);
    expect(await map.locator('path').count()).toBeGreaterThan(0);
  });

  it('tells the story in order, each line at its time', async () => {
    const page = await openIncident();
    const lines = page.getByRole('region', { name: 'Timeline' }).locator('time');
    await lines.first().waitFor();
    const times = await lines.evaluateAll((all) => all.map((time) => time.getAttribute('datetime') ?? ''));
    expect(times.length).toBeGreaterThanOrEqual(3);
    expect(times).toEqual(times.toSorted());
  });

  it('answers a question with citations that open what they cite, marked, and keeps the answer on the way back', async () => {
    const page = await openIncident();
    const ask = page.getByRole('region', { name: 'Ask' });
    await ask.getByRole('textbox').fill(`Why is ${incident.entry?.asset} slow?`);
    await ask.getByRole('button', { name: 'Ask', exact: true }).click();
    await ask.getByRole('heading', { name: 'What to do' }).waitFor();
    expect(await ask.innerText()).toContain(trueCause);
    const evidence = ask.locator('a[href*="/evidence/"]').first();
    expect(await evidence.innerText()).toMatch(/\d+/);
    await ask.locator('a[href*="/documents/"]').first().click();
    await page.locator('mark').first().waitFor();
    const { top, height } = await page
      .locator('mark')
      .first()
      .evaluate((mark) => {
        const { top } = mark.getBoundingClientRect();
        return { top, height: innerHeight };
      });
    expect(top).toBeGreaterThanOrEqual(0);
    expect(top).toBeLessThan(height);
    await page.goBack();
    await ask.getByRole('heading', { name: 'What to do' }).waitFor();
  });

  it.each(['/', 'incident', 'evidence', '/knowledge'])('fits a phone without sideways scrolling: %s', async (view) => {
    await using phone = await temporaryContext({ viewport: { width: 390, height: 844 }, hasTouch: true });
    const first = diagnosis.hypotheses[0]?.evidence[0];
    const paths: Readonly<Record<string, string>> = {
      incident: `/incidents/${incident.id}`,
      evidence: `/incidents/${incident.id}/evidence/${diagnosis.id}/${first?.id}`,
    };
    const page = await phone.window.open(paths[view] ?? view);
    await page.getByRole('heading', { level: 1 }).waitFor();
    if (view === 'incident') await page.locator('figure canvas').first().waitFor();
    const widths = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    expect(widths).toEqual([390, 390]);
    expect(phone.window.faults).toEqual([]);
  });

  it('is light in the light and dark in the dark', async () => {
    await using folder = await temporaryFolder();
    const brightness: number[] = [];
    for (const colorScheme of ['light', 'dark'] as const) {
      await using scheme = await temporaryContext({ colorScheme });
      const page = await scheme.window.open(`/incidents/${incident.id}`);
      await page.locator('figure canvas').first().waitFor();
      const picture = await page.screenshot({ path: join(folder.path, `${colorScheme}.png`) });
      expect(picture.length).toBeGreaterThan(20_000);
      brightness.push(await page.evaluate(backgroundBrightness));
      expect(scheme.window.faults).toEqual([]);
    }
    expect(brightness[0]).toBeGreaterThan(200);
    expect(brightness[1]).toBeLessThan(60);
  });

  it('asks the server for nothing while nothing happens', async () => {
    const page = await window.context.newPage();
    await page.clock.install();
    const underWay = new Set<Request>();
    page.on('request', (request) => underWay.add(request));
    page.on('requestfinished', (request) => underWay.delete(request));
    page.on('requestfailed', (request) => underWay.delete(request));
    await page.goto(`/incidents/${incident.id}`);
    await page.getByRole('status').filter({ hasText: 'live' }).waitFor();
    await page.waitForLoadState('load');
    const figures = page.getByRole('region', { name: 'Charts' }).locator('figure');
    await figures.locator('canvas').first().waitFor();
    await expect.poll(async () => (await figures.count()) - (await figures.locator('canvas').count())).toBe(0);
    // All but the stream of what happens, which stays open.
    await expect
      .poll(() => [...underWay].map((request) => request.url()).filter((url) => !url.includes('/stream')))
      .toEqual([]);
    const asked: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    await page.clock.runFor(300_000);
    expect(asked).toEqual([]);
  });

  it('acknowledges, resolves and reopens, and a second tab sees it at once without loading again', async () => {
    const other = await window.open(`/incidents/${incident.id}`);
    const list = await window.open('/');
    const page = await openIncident();
    for (const tab of [page, other, list]) await tab.getByRole('status').filter({ hasText: 'live' }).waitFor();
    await other.evaluate(() => Object.assign(globalThis, { notLoadedAgain: true }));
    const statusOn = (tab: Page, words: string) =>
      tab.getByRole('region', { name: 'Incident' }).getByText(words, { exact: true }).waitFor();
    const row = list
      .getByRole('listitem')
      .filter({ hasText: entryOf(incident) })
      .first();

    await page.getByRole('button', { name: "I'm on it" }).click();
    await Promise.all([statusOn(page, 'being handled'), statusOn(other, 'being handled')]);
    await row.getByText('being handled', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Resolve' }).click();
    await Promise.all([statusOn(page, 'resolved'), statusOn(other, 'resolved')]);
    await row.getByText('resolved', { exact: true }).waitFor();
    await other.getByRole('button', { name: 'Reopen' }).click();
    await Promise.all([statusOn(page, 'open'), statusOn(other, 'open')]);
    await page.getByRole('textbox', { name: 'Note' }).fill('The search delay was set back.');
    await page.getByRole('button', { name: 'Add note' }).click();
    await other.getByText('The search delay was set back.').waitFor();
    expect(await other.evaluate(() => 'notLoadedAgain' in globalThis)).toBe(true);
  });

  it('says what is missing for an address that nothing has', async () => {
    const page = await window.open('/incidents/01a1fc42-0000-7000-8000-000000000000');
    const alert = page.getByRole('alert');
    await alert.waitFor();
    expect(await alert.innerText()).toContain('There is no such incident');
    await page.goto('/incidents/not-an-id');
    await page.getByRole('heading', { name: 'nothing at this address' }).waitFor();
    await page.getByRole('link', { name: 'Incidents', exact: true }).first().click();
    await page.getByRole('heading', { name: 'open incident' }).waitFor();
    // Chromium itself writes each answer of 404 to the console.
    window.faults.splice(0, window.faults.length, ...window.faults.filter((fault) => !fault.includes('status of 404')));
  });

  async function temporaryContext(options: Parameters<typeof openContext>[2]) {
    const opened = await openContext(browser, demo.url, options);
    return { window: opened, [Symbol.asyncDispose]: () => opened.context.close() };
  }
});

/** Runs in the page. */
function countPixels(canvas: HTMLElement | SVGElement): ChartPixels {
  if (!(canvas instanceof HTMLCanvasElement)) throw new Error('not a canvas');
  const data = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
  let [drawn, band, anomaly] = [0, 0, 0];
  for (let at = 0; at < data.length; at += 4) {
    const [red = 0, green = 0, blue = 0, alpha = 0] = [data[at], data[at + 1], data[at + 2], data[at + 3]];
    if (alpha > 10) drawn++;
    if (alpha > 20 && alpha < 200 && green > red + 25 && green > blue + 10) band++;
    if (alpha > 20 && red > green + 60 && red > blue + 40) anomaly++;
  }
  return { drawn, band, anomaly };
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
