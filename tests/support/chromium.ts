import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';

const executablePath = process.env['HELIOS_TEST_CHROMIUM'] ?? '/usr/bin/chromium';

/** Why a test in a real browser cannot run here; undefined when it can. Throws where it has to run. */
export function reasonWithoutChromium(): string | undefined {
  if (existsSync(executablePath)) return undefined;
  const reason = `there is no Chromium at ${executablePath}; set HELIOS_TEST_CHROMIUM`;
  if (process.env['CI_REQUIRE_SERVICES'] === '1') throw new Error(reason);
  return reason;
}

/** A headless Chromium that asks nobody anything by itself. */
export function launchChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-background-networking',
      '--no-first-run',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

/** A browser window of its own, and everything that went wrong in it. */
export interface WatchedContext {
  readonly context: BrowserContext;
  /** Requests to another host, console errors and warnings, uncaught errors, violations of the page's policy. */
  readonly faults: string[];
  open(path: string): Promise<Page>;
}

/** Opens a window on a program's page and writes down what must not happen. */
export async function openContext(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<WatchedContext> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options, baseURL: url });
  const faults: string[] = [];
  const { origin } = new URL(url);
  context.on('request', (request) => {
    if (new URL(request.url()).origin !== origin) faults.push(`request to another host: ${request.url()}`);
  });
  context.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) faults.push(`${message.type()}: ${message.text()}`);
  });
  context.on('weberror', (error) => faults.push(`uncaught: ${error.error().message}`));
  await context.addInitScript(() =>
    document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) =>
      reportError(new Error(`policy violated: ${violatedDirective} ${blockedURI}`)),
    ),
  );
  return {
    context,
    faults,
    async open(path) {
      const page = await context.newPage();
      page.setDefaultTimeout(60_000);
      await page.goto(path);
      return page;
    },
  };
}
