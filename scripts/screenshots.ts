import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { launchChromium, openContext } from '../tests/support/chromium.ts';
import { startDemo } from '../tests/support/demo-process.ts';

/** Renews the pictures of the README from the running demo: `node scripts/screenshots.ts`. Needs Chromium and the built page. */
const folder = join(import.meta.dirname, '..', 'docs', 'images');
const bytesMax = 400_000;

await mkdir(folder, { recursive: true });
await using demo = await startDemo();
const { incidents } = await demo.client.call('listIncidents');
const shown = incidents.find(({ incident, cause }) => incident.status === 'open' && cause?.verdict === 'fault');
if (shown === undefined) throw new Error('the demo shows no open incident with a cause');
const browser = await launchChromium();
try {
  for (const [colorScheme, name] of [
    ['light', 'incident.png'],
    ['dark', 'incident-dark.png'],
  ] as const) {
    const viewport = { width: 1280, height: 1240 };
    const { open } = await openContext(browser, demo.url, { colorScheme, viewport });
    const page = await open(`/incidents/${shown.incident.id}`);
    await page.locator('figure canvas').nth(1).waitFor();
    await page.getByRole('status').filter({ hasText: 'live' }).waitFor();
    const path = join(folder, name);
    await page.screenshot({ path, animations: 'disabled' });
    const { size } = await stat(path);
    if (size > bytesMax) throw new Error(`${name} has ${size} bytes, at most ${bytesMax}`);
    process.stdout.write(`${name}: ${Math.round(size / 1000)} kB\n`);
  }
} finally {
  await browser.close();
}
