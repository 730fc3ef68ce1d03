/** The window's page in a real browser, with the server that serves it and a clock that stands still. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { chromium, type Browser, type Page } from 'playwright-core';
import { CAPABILITY_NAMES, allowedReaches } from '../../protocol/capabilities.ts';
import { PERMISSIONS } from '../platform/platform.ts';
import { findBrowser, WINDOW_SIZE } from './consent.browser.ts';
import { loadPage } from './consent.page.ts';
import { startConsentServer, type ConsentServer } from './consent.server.ts';
import type { ConsentAction, ConsentView, ConsentWindowChoice, Language } from './consent.views.ts';

type ViewOf<S extends ConsentView['step']> = Extract<ConsentView, { step: S }>;

/** The time on the page, milliseconds since 1970. */
export const NOW = Date.UTC(2026, 4, 4, 9, 0);
const MINUTE = 60_000;

/** One grey pixel. */
export const PIXEL =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg==';

export const CARD = {
  name: '<b>Li</b> Wei',
  employeeNumber: 'E1024',
  department: 'IT Service Desk',
  photo: null,
  isVerified: true,
  organisation: 'Northport Manufacturing',
} as const;

export const SCREEN = { id: 's0', name: 'Screen 1', width: 1920, height: 1080, thumbnail: null };
export const SCREENS = [SCREEN, { ...SCREEN, id: 's1', name: 'Screen 2', width: 2560, height: 1440 }];

export const MAIL: ConsentWindowChoice = {
  id: 'w1',
  application: 'Mail',
  executable: '/usr/bin/mail',
  title: 'Inbox',
  screenId: 's0',
  bounds: { x: 100, y: 100, width: 800, height: 600 },
  thumbnail: PIXEL,
  rule: null,
};
export const SALARIES = { ...MAIL, id: 'w2', application: 'Calc', executable: '/usr/bin/calc', title: 'Salaries' };
export const KEYS = {
  ...MAIL,
  id: 'w3',
  application: 'Keys',
  executable: '/usr/bin/keys',
  title: 'Secrets',
  rule: 'password-manager',
};

export const ASK: ViewOf<'ask'> = {
  step: 'ask',
  card: CARD,
  reason: 'Mail does not open <script>alert(1)</script>',
  requestedMode: 'control',
  modes: ['view', 'limited', 'control'],
  allowed: allowedReaches({ capabilities: CAPABILITY_NAMES, limitedOnly: [] }),
  codes: ['111 1111', '222 2222', '333 3333'],
  screens: [SCREEN],
  windows: [MAIL, SALARIES],
  canFindPasswords: true,
  hideHotkeyLabel: 'Ctrl+Alt+Shift+H',
  recordingNote: 'not-recorded',
};

const ALL = { reach: 'all', windows: [], applications: [], rectangles: 0 } as const;
export const VIEW_RIGHT = { capability: 'view', scope: ALL, purpose: 'session', notAfter: NOW + 90 * MINUTE } as const;
export const PART = { reach: 'limited', windows: ['Inbox'], applications: ['Calc'], rectangles: 1 } as const;

export const LIVE: ViewOf<'live'> = {
  step: 'live',
  card: CARD,
  mode: 'limited',
  modes: ['view', 'limited', 'control'],
  allowed: ASK.allowed,
  elevation: 'possible',
  rights: [VIEW_RIGHT, { capability: 'input', scope: PART, purpose: 'task', notAfter: NOW + 5 * MINUTE }],
  givenBack: [],
  startedAt: NOW - 72_000,
  endsAt: NOW + 90 * MINUTE,
  warning: null,
  isAgentConnected: true,
  isHidden: false,
  masks: [],
  ownMasks: [],
  screen: SCREEN,
  windows: [MAIL, SALARIES, KEYS],
  hotkeyLabel: 'Ctrl+Alt+Shift+Q',
  hideHotkeyLabel: 'Ctrl+Alt+Shift+H',
  recordingNote: 'recorded',
};

/** All of the screen may be seen and used. */
export const CONTROL: ViewOf<'live'> = {
  ...LIVE,
  mode: 'control',
  rights: [VIEW_RIGHT, { ...VIEW_RIGHT, capability: 'input' }],
};

/** It came long ago for the server, so that what is held back is held back by the page. */
export const QUESTION: ViewOf<'question'> = {
  step: 'question',
  card: CARD,
  question: { id: 'q1', capability: 'input', reach: 'all', reason: 'I would click through the settings', shownAt: 0 },
  screen: SCREEN,
  windows: [MAIL, SALARIES, KEYS],
  elevation: 'possible',
};
export const LIMITED: ViewOf<'question'> = {
  ...QUESTION,
  question: { ...QUESTION.question, id: 'q2', reach: 'limited' },
};

export const ELEVATED: ViewOf<'question'> = {
  ...QUESTION,
  question: { ...QUESTION.question, id: 'q3', capability: 'elevated', reason: 'To install the driver' },
};

export const PAUSED: ViewOf<'paused'> = {
  step: 'paused',
  reason: 'screen-lock',
  card: CARD,
  deadlineAt: NOW + 10 * MINUTE,
  endsAt: NOW + 90 * MINUTE,
  restart: null,
  resume: null,
};
export const RESUMABLE: ViewOf<'paused'> = {
  ...PAUSED,
  resume: { mode: 'limited', scope: { see: ALL, operate: PART }, isElevated: false },
};

/** After a start with administrator rights. */
export const RESTARTED: ViewOf<'paused'> = {
  ...PAUSED,
  reason: 'restarting',
  resume: { mode: 'control', scope: { see: ALL, operate: ALL }, isElevated: true },
};

export const PERMISSIONS_VIEW: ViewOf<'permissions'> = {
  step: 'permissions',
  needed: PERMISSIONS,
  missing: ['operate', 'hear-input'],
};

export async function launch(): Promise<Browser> {
  const executablePath = findBrowser() ?? assert.fail('no browser installed');
  const args = ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update'];
  return chromium.launch({ executablePath, args });
}

export class TestPage {
  readonly page: Page;
  readonly actions: ConsentAction[] = [];
  /** What the browser complained about: blocked by policy, exceptions. */
  readonly complaints: string[] = [];
  #server: ConsentServer | undefined;
  readonly #opened = Promise.withResolvers<undefined>();
  #arrived = Promise.withResolvers<undefined>();

  constructor(page: Page) {
    this.page = page;
  }

  static readonly #open = new Set<TestPage>();

  /** After each test, also one that failed: what is left would keep the process alive. */
  static async closeAll(): Promise<void> {
    await Promise.all([...TestPage.#open].map((opened) => opened.#close()));
    TestPage.#open.clear();
  }

  static async open(browser: Browser, language: Language, colorScheme: 'light' | 'dark' = 'light'): Promise<TestPage> {
    const context = await browser.newContext({ viewport: WINDOW_SIZE, colorScheme, timezoneId: 'UTC' });
    const opened = new TestPage(await context.newPage());
    TestPage.#open.add(opened);
    await opened.#start(language);
    return opened;
  }

  async #start(language: Language): Promise<void> {
    const { page, complaints } = this;
    this.#server = await startConsentServer({
      language,
      page: loadPage(),
      now: Date.now,
      secret: () => randomBytes(16).toString('hex'),
      onAction: (action) => {
        this.actions.push(action);
        this.#arrived.resolve(undefined);
      },
      onPageOpen: () => this.#opened.resolve(undefined),
      onPageGone: () => undefined,
      onBreach: () => complaints.push('breach'),
      onError: (error) => complaints.push(String(error)),
    });
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.clock.install({ time: NOW - 1000 });
    await page.clock.pauseAt(NOW);
    await page.goto(this.#server.address);
    await this.#opened.promise;
  }

  /** Shows a view and returns once the page has drawn it. */
  async show(view: ConsentView): Promise<void> {
    await this.page.evaluate("document.getElementById('view').dataset.step = 'old'");
    this.#server?.show(view);
    await this.page.waitForSelector('#view[data-step=old]', { state: 'detached' });
  }

  /** The next action that has not been looked at. */
  async nextAction(): Promise<ConsentAction> {
    for (;;) {
      const action = this.actions.shift();
      if (action !== undefined) return action;
      this.#arrived = Promise.withResolvers();
      await this.#arrived.promise;
    }
  }

  /** As if half a second had passed since the view was painted, a frame after it was drawn. */
  async wait(ms = 516): Promise<void> {
    await this.page.clock.runFor(ms);
  }

  /** Id of what has the focus. */
  async focused(): Promise<string> {
    return String(await this.page.evaluate('document.activeElement.id'));
  }

  async text(selector: string): Promise<string> {
    return (await this.page.textContent(selector)) ?? '';
  }

  /** What a screen reader reads as the description of a control. */
  async description(selector: string): Promise<string> {
    const described = `document.querySelector(${JSON.stringify(selector)}).getAttribute('aria-describedby').split(' ')`;
    return String(
      await this.page.evaluate(`${described}.map((id) => document.getElementById(id).textContent).join(' ')`),
    );
  }

  /** With Tab alone. */
  async reach(selector: string): Promise<void> {
    for (let presses = 0; presses < 60; presses++) {
      if (await this.#isFocused(selector)) return;
      await this.page.keyboard.press('Tab');
    }
    assert.fail(`${selector} cannot be reached with Tab`);
  }

  async press(selector: string): Promise<void> {
    await this.reach(selector);
    await this.page.keyboard.press('Enter');
  }

  /** A check box with Space. */
  async tick(selector: string): Promise<void> {
    await this.reach(selector);
    await this.page.keyboard.press('Space');
  }

  /** A radio button of a group with the arrow keys. */
  async choose(group: string, value: string): Promise<void> {
    await this.reach(`input[name="${group}"]`);
    if (await this.page.isChecked(`[id="${group}-${value}"]`)) return;
    for (let presses = 0; presses < 10; presses++) {
      if (await this.#isFocused(`[id="${group}-${value}"]`)) return;
      await this.page.keyboard.press('ArrowDown');
    }
    assert.fail(`${group} has no ${value}`);
  }

  async #isFocused(selector: string): Promise<boolean> {
    return (await this.page.evaluate(`document.activeElement.matches(${JSON.stringify(selector)})`)) === true;
  }

  async #close(): Promise<void> {
    await this.page.context().close();
    await this.#server?.close();
  }
}
