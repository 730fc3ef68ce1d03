/** A session that runs on a desktop with a terminal: whether the agent's hand reaches it can be read from a file. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import type { Mode } from '../protocol/capabilities.ts';
import { Desktop } from './desktop.ts';
import { watchPaints } from './forbidden.ts';
import { focusTerminal } from './held-input.ts';
import { XtestRecorder } from './hostile/xtest.recorder.ts';
import { EMPLOYEE } from './people.ts';
import { eventually } from './processes.ts';
import { newPerson, openBrowser, Product, type Person } from './product.ts';
import { wordsIn } from './scenes.ts';
import { openOffice, openSession, type HelperDesktop, type Office, type OpenSession } from './session.ts';
import { pageOf, pictureSize } from './viewer.ts';

const w = wordsIn('en');
/** What a terminal keeps of what is typed into it, at once. */
const KEEP_TYPED = 'stty -icanon; exec cat > typed';

/** As much of a session as both sides may read. */
export interface SessionSeen {
  state: string;
  pauseReason: string | null;
  endReason: string | null;
  grantedMode: Mode | null;
  rights: { capability: string; reach: string; purpose: string }[];
  figures: { bytes: number; pictureFrames: number; inputFrames: number };
}

export interface LiveSceneOptions {
  mode?: 'view' | 'control';
  /** Settings of the server. */
  env?: Record<string, string>;
  /** Settings of the helper. */
  helperEnv?: Record<string, string>;
  /** Every paint of the agent's picture is looked at. */
  isWatched?: boolean;
}

export class LiveScene {
  readonly product: Product;
  readonly browser: Browser;
  readonly desktop: Desktop;
  readonly office: Office;
  readonly agent: Person;
  readonly xtest: XtestRecorder;
  readonly session: OpenSession;
  /** In the terminal, on the agent's page. */
  readonly #point: { x: number; y: number };

  private constructor(
    parts: Pick<LiveScene, 'product' | 'browser' | 'desktop' | 'office' | 'agent' | 'xtest' | 'session'>,
    point: { x: number; y: number },
  ) {
    this.product = parts.product;
    this.browser = parts.browser;
    this.desktop = parts.desktop;
    this.office = parts.office;
    this.agent = parts.agent;
    this.xtest = parts.xtest;
    this.session = parts.session;
    this.#point = point;
  }

  static async open(options: LiveSceneOptions = {}): Promise<LiveScene> {
    const { mode = 'control', env = {}, helperEnv = {}, isWatched = false } = options;
    const starting = [Product.start(undefined, { env }), openBrowser(), Desktop.open()] as const;
    const [product, browser, desktop] = await Promise.all(starting);
    try {
      const [office, agent, xtest] = await Promise.all([
        openOffice(product),
        newPerson(browser),
        XtestRecorder.start(desktop),
      ]);
      if (isWatched) await watchPaints(agent.context);
      desktop.start('xterm', ['-geometry', '60x16+700+450', '-title', 'work', '-e', 'sh', '-c', KEEP_TYPED]);
      await eventually('the terminal', () => existsSync(join(desktop.home, 'typed')));
      const sharers: HelperDesktop = {
        start: (command, args) => desktop.start(command, args, helperEnv),
        consentPage: () => desktop.consentPage(),
      };
      const session = await openSession(office, { agentPage: agent.page, desktop: sharers, mode });
      await eventually('the picture', async () => (await pictureSize(agent.page)) === '1280x800');
      const point = await pageOf(agent.page, 900, 600);
      return new LiveScene({ product, browser, desktop, office, agent, xtest, session }, point);
    } catch (cause) {
      // What would keep this process alive.
      await Promise.all([desktop.close(), product.stop('SIGKILL'), browser.close()]);
      throw cause;
    }
  }

  async close(): Promise<void> {
    await this.browser.close();
    await this.desktop.close();
    await this.office.close();
    await this.product.stop('SIGKILL');
  }

  get page(): Page {
    return this.agent.page;
  }
  get consent(): Page {
    return this.session.consentPage;
  }

  readonly read = (): Promise<SessionSeen> => this.office.employee.get(`/api/sessions/${this.session.id}`);

  /** Polled until the server says so. */
  async isIn(state: string, limitMs?: number): Promise<SessionSeen> {
    return eventually(
      `the state ${state}`,
      async () => {
        const session = await this.read();
        return session.state === state && session;
      },
      limitMs,
    );
  }

  async banner(words: RegExp, limitMs?: number): Promise<void> {
    const seen = async (): Promise<boolean> => words.test((await this.desktop.banner()) ?? '');
    await eventually(`a banner like ${words.source}`, seen, limitMs);
  }

  async hasPicture(): Promise<void> {
    await eventually('the picture', async () => (await pictureSize(this.page)) === '1280x800');
  }
  async hasNoPicture(limitMs?: number): Promise<void> {
    await eventually('the end of the picture', async () => (await pictureSize(this.page)) === undefined, limitMs);
  }

  /** What the agent types reaches the terminal. */
  async assertTypes(): Promise<void> {
    await focusTerminal(this.page, this.desktop);
    const before = this.#typed().length;
    await eventually('what was typed', async () => {
      await this.page.keyboard.press('KeyA');
      return this.#typed().length > before;
    });
  }

  /** Nothing that the agent does reaches anything. */
  async assertTypesNothing(): Promise<void> {
    this.xtest.forget();
    const before = this.#typed();
    await this.page.mouse.click(this.#point.x, this.#point.y);
    await this.page.keyboard.type('never');
    await this.page.waitForTimeout(700);
    assert.deepEqual(this.xtest.events(), []);
    assert.equal(this.#typed(), before);
  }

  /** The employee's own browser, signed in. */
  async employeePage(path: string): Promise<Person> {
    const person = await newPerson(this.browser);
    const { employeeNumber, password } = EMPLOYEE;
    const headers = { origin: this.product.url };
    await person.page.request.post(`${this.product.url}/api/sign-in`, { data: { employeeNumber, password }, headers });
    await person.page.goto(this.product.url + path);
    return person;
  }

  /** As the agent asks, by mouse. */
  async ask(capability: 'input' | 'files', reason: string): Promise<void> {
    await this.page.getByRole('button', { name: w(`viewer.ask.${capability}`) }).click();
    const choice = w(capability === 'input' ? 'viewer.choice.input-all' : 'viewer.choice.files');
    await this.page.getByRole('radio', { name: choice }).check();
    await this.page.getByLabel(w('viewer.ask.reason'), { exact: true }).fill(reason);
    await this.page.getByRole('button', { name: w('viewer.ask.send') }).click();
  }

  /** What the sharer allows of their own accord. */
  async allowInput(): Promise<void> {
    await this.consent.locator('#more').click();
    await this.consent.locator('#offer-input').click();
    await this.consent.getByRole('radio', { name: 'The whole screen' }).check({ force: true });
    await this.consent.getByRole('button', { name: /^Let .* use the mouse and keyboard$/ }).click();
  }

  #typed(): string {
    return readFileSync(join(this.desktop.home, 'typed'), 'utf8');
  }
}
