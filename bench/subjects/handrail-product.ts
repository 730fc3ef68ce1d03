/** The product as the end-to-end tests start it, with an agent, an employee and the employee's bare X display. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { chromium } from 'playwright-core';
import type { Browser } from 'playwright-core';
import { freePort, start } from '../../e2e/processes.ts';
import { Product, type ProductOptions } from '../../e2e/product.ts';
import { openOffice, openSession } from '../../e2e/session.ts';
import type { HelperDesktop, Office } from '../../e2e/session.ts';
import { endWithBench, eventually } from '../children.ts';
import type { HandrailServer, HandrailSession, HandrailSessionOptions } from './handrail.ts';

const run = promisify(execFile);
const builtUi = fileURLToPath(new URL('../../ui/dist/index.html', import.meta.url));

/** Starts the product on an empty data directory and makes its people; sessions are with the sources of the helper for Linux. */
export async function startHandrailServer(
  startSession: (office: Office, options: HandrailSessionOptions) => Promise<HandrailSession> = startOnDisplay,
  options: ProductOptions = {},
): Promise<HandrailServer> {
  if (!existsSync(builtUi)) throw new Error('the pages are not built: npm run build');
  const dataDir = await mkdtemp(join(tmpdir(), 'handrail-bench-data-'));
  const product = await Product.start(dataDir, options);
  const office = await openOffice(product);
  return {
    port: product.port,
    processIds: [product.pid],
    startSession: async (asked) => await startSession(office, asked),
    stop: async () => {
      await office.close();
      await product.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

async function startOnDisplay(
  office: Office,
  { display, newAgentPage }: HandrailSessionOptions,
): Promise<HandrailSession> {
  const desktop = await BareDesktop.open(display);
  try {
    const session = await openSession(office, { agentPage: await newAgentPage(), desktop, mode: 'control' });
    await desktop.hideConsentWindow();
    return {
      agentPage: session.agentPage,
      startedAtMs: session.startedAtMs,
      helperProcessIds: [session.helper.child.pid ?? 0],
      close: async () => {
        await session.close();
        await desktop.close();
      },
    };
  } catch (error) {
    await desktop.close();
    throw error;
  }
}

/** The employee's session on the display of the bench: a home folder and a browser for the consent window. */
class BareDesktop implements HelperDesktop {
  readonly #env: NodeJS.ProcessEnv;
  readonly #home: string;
  readonly #debugPort: number;
  #consent: Browser | undefined;

  private constructor(display: string, home: string, debugPort: number) {
    this.#home = home;
    this.#debugPort = debugPort;
    const { PATH, LANG } = process.env;
    this.#env = {
      PATH: `${join(home, 'bin')}:${PATH ?? ''}`,
      LANG: LANG ?? 'C.UTF-8',
      HOME: home,
      DISPLAY: display,
      XDG_RUNTIME_DIR: join(home, 'run'),
      TMPDIR: join(home, 'tmp'),
    };
  }

  static async open(display: string): Promise<BareDesktop> {
    const home = await mkdtemp(join(tmpdir(), 'handrail-bench-home-'));
    for (const folder of ['bin', 'run', 'tmp']) await mkdir(join(home, folder), { mode: 0o700 });
    const desktop = new BareDesktop(display, home, await freePort());
    await desktop.#writeBrowser();
    return desktop;
  }

  start(command: string, args: readonly string[]): ReturnType<typeof start> {
    const running = start(command, args, { env: this.#env, cwd: this.#home });
    endWithBench(running.child);
    return running;
  }

  async consentPage(): ReturnType<HelperDesktop['consentPage']> {
    this.#consent = await eventually(
      'the consent window',
      // Refused until the browser listens.
      async () => await chromium.connectOverCDP(`http://127.0.0.1:${this.#debugPort}`).catch(() => undefined),
      30_000,
    );
    const contexts = this.#consent.contexts();
    return await eventually('its page', async () => contexts.flatMap((context) => context.pages())[0]);
  }

  /** As a person minimises it; there is no window manager to ask. It would be masked in what is measured. */
  async hideConsentWindow(): Promise<void> {
    const search = ['search', '--onlyvisible', '--class', 'handrail-consent'];
    await run('xdotool', [...search, 'windowunmap', '%@'], { env: this.#env });
  }

  async close(): Promise<void> {
    await this.#consent?.close();
    await rm(this.#home, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }

  /** The helper takes the first Chromium on its PATH; this one can be driven. */
  async #writeBrowser(): Promise<void> {
    const file = join(this.#home, 'bin', 'chromium');
    await writeFile(file, `#!/bin/sh\nexec /usr/bin/chromium --remote-debugging-port=${this.#debugPort} "$@"\n`);
    await chmod(file, 0o755);
  }
}
