import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from '@jest/globals';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { chromiumPath } from './chromium.mjs';

/** A real browser, which reaches nothing but this machine. */
export const startBrowser = (): Promise<Browser> =>
  chromium.launch({
    executablePath: chromiumPath,
    args: [
      '--no-sandbox',
      '--disable-dev-shm-usage',
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-component-update',
      '--no-first-run',
      '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1',
    ],
  });

/** A window of its own, without cookies of others; it fails the test for what a policy of the page stopped. */
export async function openPage(browser: Browser, options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 900, height: 900 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  const stopped: string[] = [];
  stoppedOn.set(page, stopped);
  page.on('console', (message) => {
    if (/Content Security Policy|Refused to/.test(message.text())) stopped.push(message.text());
  });
  return page;
}

const stoppedOn = new WeakMap<Page, string[]>();

const axe = readFileSync('node_modules/axe-core/axe.min.js', 'utf8');

interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
}

/**
 * Expects of the page that is open, or about to be, what we promise of every page: nothing that keeps people out (WCAG 2.2), in bright and
 * in dark colours and on a narrow screen, and nothing that its policy had to stop.
 */
export async function expectGoodPage(page: Page, name: string, title: string): Promise<void> {
  await page.getByRole('heading', { level: 1, name: title, exact: true }).waitFor();
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await page.evaluate(axe);
    const violations = await page.evaluate<Violation[]>(
      `axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }).then(({ violations }) => violations)`,
    );
    const found = violations.map(({ id, nodes }) => [id, ...nodes.map(({ failureSummary }) => failureSummary)]);
    expect([name, colorScheme, found]).toEqual([name, colorScheme, []]);
    await keepPicture(page, `${name}-${colorScheme}`);
  }
  const { width, height } = page.viewportSize()!;
  await page.setViewportSize({ width: 320, height: 640 });
  expect([name, await page.evaluate<number>('document.documentElement.scrollWidth')]).toEqual([name, 320]);
  await keepPicture(page, `${name}-narrow`);
  await page.setViewportSize({ width, height });
  await page.emulateMedia({ colorScheme: 'light' });
  expect([name, stoppedOn.get(page)]).toEqual([name, []]);
}

/** Keeps a picture where somebody wants to look at it: `PICTURES` names a folder. */
async function keepPicture(page: Page, name: string): Promise<void> {
  const folder = process.env.PICTURES;
  if (folder) await page.screenshot({ path: `${folder}/${name}.png`, fullPage: true });
}

/** An installed application that waits for its user at a port of its own machine (RFC 8252 section 7.3). */
export async function listenForUser(): Promise<{
  readonly redirectUri: string;
  readonly came: Promise<URL>;
  close(): void;
}> {
  let arrive: (url: URL) => void;
  const came = new Promise<URL>((resolve) => (arrive = resolve));
  const server = createServer((request, response) => {
    response.setHeader('content-type', 'text/html').end('<!DOCTYPE html><title>Back</title><h1>Back in the app</h1>');
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    if (url.pathname === '/callback') arrive(url);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  return { redirectUri: `http://127.0.0.1:${port}/callback`, came, close };
}
