/** The built product, started as an administrator would, on free ports and an empty data directory. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { SERVER_ENVIRONMENT, SERVER_FLAGS } from '../ops/server-process.mjs';
import { eventually, freePort, start, type Running } from './processes.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

export const CHROMIUM = '/usr/bin/chromium';
export const CHROMIUM_FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export interface ProductOptions {
  /** Ports as browsers and helpers know them, where something stands before the product. */
  publicPort?: number;
  devicePort?: number;
  env?: Record<string, string>;
}

/** What tests need of a running product, wherever it runs. */
export interface Appliance {
  readonly url: string;
  readonly devicePort: number;
  /** The one-time link that was printed; undefined when none was. */
  setupLink(): string | undefined;
}

export class Product implements Appliance {
  readonly dataDir: string;
  readonly port: number;
  /** Where helpers go. */
  readonly devicePort: number;
  readonly url: string;
  readonly #env: Record<string, string>;
  #running: Running | undefined;

  private constructor(port: number, dataDir: string, options: ProductOptions) {
    const { publicPort = port, devicePort = publicPort, env = {} } = options;
    this.port = port;
    this.devicePort = devicePort;
    this.url = `https://localhost:${publicPort}`;
    this.dataDir = dataDir;
    this.#env = { ...env };
    if (publicPort !== port) this.#env['HANDRAIL_PUBLIC_PORT'] = String(publicPort);
    if (devicePort !== publicPort) this.#env['HANDRAIL_PUBLIC_DEVICE_PORT'] = String(devicePort);
  }

  static async start(
    dataDir = mkdtempSync(join(tmpdir(), 'handrail-data-')),
    options: ProductOptions = {},
  ): Promise<Product> {
    const product = new Product(await freePort(), dataDir, options);
    await product.run();
    return product;
  }

  async run(...args: string[]): Promise<void> {
    const env = {
      ...process.env,
      ...SERVER_ENVIRONMENT,
      HANDRAIL_DATA_DIR: this.dataDir,
      HANDRAIL_PORT: String(this.port),
      HANDRAIL_PUBLIC_HOST: 'localhost',
      HANDRAIL_METRICS_PORT: '',
      ...this.#env,
    };
    const running = start(process.execPath, [...SERVER_FLAGS, 'server/main.ts', ...args], { env, cwd: root });
    this.#running = running;
    const answers = (): boolean => {
      if (running.hasExited()) throw new Error(`the server ended: ${running.output()}`);
      return running.output().includes('server/started');
    };
    try {
      await eventually('the product to answer', answers, 40_000);
    } catch (cause) {
      // Else it would keep the tests' own process from ending.
      await running.stop('SIGKILL');
      throw cause;
    }
  }

  get pid(): number {
    return this.#running?.child.pid ?? 0;
  }

  hasStopped(): boolean {
    return this.#running?.hasExited() ?? true;
  }

  output(): string {
    return this.#running?.output() ?? '';
  }

  setupLink(): string | undefined {
    return findSetupLink(this.output());
  }

  /** With further settings. */
  async restart(env: Readonly<Record<string, string>>): Promise<void> {
    await this.stop();
    Object.assign(this.#env, env);
    await this.run();
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    await this.#running?.stop(signal);
    return this.#running?.exited ?? null;
  }
}

export function findSetupLink(output: string): string | undefined {
  return /https:\/\/\S+\/setup#[\w-]+/.exec(output)?.[0];
}

/** A person's browser: a context of its own, with everything that went wrong on its pages. */
export interface Person {
  context: BrowserContext;
  page: Page;
  problems: string[];
}

export async function openBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: CHROMIUM, headless: true, args: CHROMIUM_FLAGS });
}

export async function newPerson(
  browser: Browser,
  options: { locale?: string; viewport?: { width: number; height: number }; userAgent?: string } = {},
): Promise<Person> {
  const context = await browser.newContext({
    ignoreHTTPSErrors: true,
    locale: options.locale ?? 'en-GB',
    viewport: options.viewport ?? { width: 1440, height: 900 },
    ...(options.userAgent === undefined ? {} : { userAgent: options.userAgent }),
    acceptDownloads: true,
  });
  const page = await context.newPage();
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(`error: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error' && /Content Security Policy|Uncaught/.test(message.text()))
      problems.push(message.text());
  });
  page.on('request', (request) => {
    if (request.url().includes('/api/csp-report')) problems.push(`csp report: ${request.postData() ?? ''}`);
  });
  return { context, page, problems };
}
