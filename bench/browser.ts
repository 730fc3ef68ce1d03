/** The viewer's browser: Debian's Chromium without a window, its connections to the product led through the byte counter. */
import { chromium } from 'playwright-core';
import type { Page } from 'playwright-core';
import type { CodeArea } from './barcode.ts';
import { startCountingProxy } from './byte-counter.ts';
import { installObserver } from './observer.ts';
import type { ViewerBrowser } from './subject.ts';

const executablePath = process.env['HANDRAIL_BENCH_CHROMIUM'] ?? '/usr/bin/chromium';
/** Room for 1920x1080 at one to one and a bar above it. */
const viewport = { width: 1920, height: 1200 };
const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** What the browser connects to, and what the observer looks for at first. */
export interface BrowserOptions {
  serverPort: number;
  canvasSelector: string;
  code: CodeArea;
}

/** Starts a browser with a fresh profile. */
export async function openViewerBrowser({ serverPort, canvasSelector, code }: BrowserOptions): Promise<ViewerBrowser> {
  const proxy = await startCountingProxy(serverPort);
  const browser = await chromium.launch({
    executablePath,
    headless: true,
    args: [...flags, `--host-resolver-rules=MAP localhost:${serverPort} 127.0.0.1:${proxy.port}`],
  });
  return {
    newPage: async (): Promise<Page> => {
      const context = await browser.newContext({ viewport, ignoreHTTPSErrors: true });
      await installObserver(context, canvasSelector, code);
      return await context.newPage();
    },
    toViewer: proxy,
    close: async () => {
      await browser.close();
      await proxy.close();
    },
  };
}
