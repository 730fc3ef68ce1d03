import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { AxeBuilder } from '@axe-core/playwright';
import { chromium, type Browser, type Page } from 'playwright-core';
import { findBrowser, WINDOW_SIZE } from './consent.browser.ts';
import { loadPage } from './consent.page.ts';
import { startConsentServer } from './consent.server.ts';
import { consentText } from './consent.text.ts';
import type { ConsentAction, ConsentView, Language } from './consent.views.ts';

const CARD = {
  name: '<b>Li</b> Wei',
  employeeNumber: 'E1024',
  department: 'IT Service Desk',
  photo: null,
  isVerified: true,
  organisation: 'Northport Manufacturing',
} as const;
const SCREENS = [
  { id: 's0', name: 'Screen 1', width: 1920, height: 1080, thumbnail: null },
  { id: 's1', name: 'Screen 2', width: 2560, height: 1440, thumbnail: null },
];
const ASK = {
  step: 'ask',
  card: CARD,
  reason: 'Mail does not open <script>alert(1)</script>',
  requestedMode: 'control',
  modes: ['view', 'control'],
  codes: ['111 1111', '222 2222', '333 3333'],
  screens: SCREENS,
  recordingNote: 'not-recorded',
} as const satisfies ConsentView;
const LIVE = {
  step: 'live',
  card: CARD,
  mode: 'control',
  modes: ['view', 'control'],
  startedAt: 0,
  isAgentConnected: false,
  hotkeyLabel: 'Ctrl+Alt+Shift+Q',
  recordingNote: 'recorded',
} as const satisfies ConsentView;
const VIEWS: ConsentView[] = [
  { step: 'connecting', message: 'checking-server' },
  { step: 'waiting', card: CARD, reason: ASK.reason },
  ASK,
  LIVE,
  { ...LIVE, mode: 'view', isAgentConnected: true },
  { step: 'paused', reason: 'network' },
  { step: 'ended', reason: 'match-code-mismatch' },
  {
    step: 'cleaned',
    removed: ['/home/mk/Downloads/handrail-helper_x', '/tmp/handrail-run-0011'],
    kept: ['/tmp/handrail-run-2233 (busy)'],
    programs: 3,
  },
  { step: 'cleaned', removed: [], kept: [], programs: 0 },
  { step: 'failed', code: 'wrong-ca' },
  { step: 'failed', code: 'something-new' },
];

interface Opened {
  page: Page;
  actions: ConsentAction[];
  /** What the browser complained about: blocked by policy, exceptions. */
  complaints: string[];
  show: (view: ConsentView) => Promise<void>;
  nextAction: () => Promise<ConsentAction>;
  close: () => Promise<void>;
}

describe('the page of the consent window', { timeout: 180_000 }, () => {
  let browser: Browser;

  before(async () => {
    const executablePath = findBrowser() ?? assert.fail('no browser installed');
    const args = ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update'];
    browser = await chromium.launch({ executablePath, args });
  });
  after(() => browser.close());

  async function open(language: Language, colorScheme: 'light' | 'dark' = 'light'): Promise<Opened> {
    const opened = Promise.withResolvers<undefined>();
    const actions: ConsentAction[] = [];
    const complaints: string[] = [];
    let arrived = Promise.withResolvers<ConsentAction>();
    const server = await startConsentServer({
      language,
      page: loadPage(),
      secret: () => randomBytes(16).toString('hex'),
      onAction: (action) => {
        actions.push(action);
        arrived.resolve(action);
      },
      onPageOpen: () => opened.resolve(undefined),
      onPageGone: () => undefined,
      onBreach: () => complaints.push('breach'),
      onError: (error) => complaints.push(String(error)),
    });
    const context = await browser.newContext({ viewport: WINDOW_SIZE, colorScheme });
    const page = await context.newPage();
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(server.address);
    await opened.promise;
    let shown = 0;
    const show = async (view: ConsentView): Promise<void> => {
      await page.evaluate(
        `document.getElementById('view').dataset.before = '${++shown}'; document.querySelector('.body').id = 'old'`,
      );
      server.show(view);
      await page.waitForSelector('#old', { state: 'detached' });
    };
    const nextAction = async (): Promise<ConsentAction> => {
      const action = await arrived.promise;
      arrived = Promise.withResolvers();
      return action;
    };
    const close = async (): Promise<void> => {
      await context.close();
      await server.close();
    };
    return { page, actions, complaints, show, nextAction, close };
  }

  for (const [language, scheme] of [
    ['en', 'light'],
    ['zh-CN', 'dark'],
  ] as const)
    test(`every step passes axe and fits 420 pixels (${language}, ${scheme})`, async () => {
      const { page, complaints, show, close } = await open(language, scheme);
      const check = async (what: string): Promise<void> => {
        const { violations } = await new AxeBuilder({ page }).setLegacyMode(true).analyze();
        assert.deepEqual(
          violations.map(({ id, nodes }) => `${what} ${id} ${nodes[0]?.html ?? ''}`),
          [],
        );
        const [inner, outer] = (await page.evaluate('[document.documentElement.scrollWidth, innerWidth]')) as number[];
        assert.equal(inner, outer, `${what} is wider than the window`);
        const targets = (await page.evaluate(
          "[...document.querySelectorAll('button, label')].map((e) => e.getBoundingClientRect().height)",
        )) as number[];
        assert.ok(
          targets.every((height) => height >= 44),
          `${what}: ${targets.join()}`,
        );
        assert.equal(await page.evaluate('document.documentElement.lang'), language);
      };
      for (const view of VIEWS) {
        await show(view);
        await check(view.step);
        if (view.step !== 'ask') continue;
        await page.click('#forward');
        await check('ask without a code');
        await page.check('#code-none');
        await check('ask with none');
        await page.check('input[value="222 2222"]');
        await page.click('#forward');
        await check('ask what');
      }
      assert.deepEqual(complaints, []);
      await close();
    });

  test('view only is preselected whatever the agent asked for, and Start says what happens', async () => {
    const { page, show, nextAction, close } = await open('en');
    await show(ASK);
    await page.check('input[value="222 2222"]');
    await page.click('#forward');
    assert.equal(await page.isChecked('#mode-view'), true);
    assert.equal(await page.textContent('#start'), 'Let <b>Li</b> Wei look at my screen');
    await page.check('#screen-s1');
    await page.check('#mode-control');
    assert.equal(await page.textContent('#start'), 'Let <b>Li</b> Wei use the mouse and keyboard');
    await page.click('#start');
    assert.deepEqual(await nextAction(), { type: 'start', code: '222 2222', mode: 'control', screenId: 's1' });
    assert.equal(await page.isDisabled('#decline'), true);
    await close();
  });

  test('the text on display is the text of the audit, in both languages and modes', async () => {
    for (const language of ['en', 'zh-CN'] as const) {
      const { page, show, close } = await open(language);
      await show(ASK);
      await page.check('input[value="111 1111"]');
      await page.click('#forward');
      for (const mode of ['view', 'control'] as const) {
        await page.check(`#mode-${mode}`);
        const { text } = consentText(language, mode, CARD);
        assert.equal(await page.textContent('#consent-text'), text.replaceAll('\n', language === 'en' ? ' ' : ''));
      }
      await close();
    }
  });

  test('without a code there is no way on, and the page says what is missing', async () => {
    const { page, actions, show, close } = await open('en');
    await show(ASK);
    await page.click('#forward');
    assert.match((await page.textContent('[role=alert]')) ?? '', /Choose the code/);
    assert.equal(await page.locator('#start').count(), 0);
    assert.equal(await page.evaluate('document.activeElement.name'), 'code');
    assert.deepEqual(actions, []);
    await close();
  });

  test('none of these stops with a warning', async () => {
    const { page, show, nextAction, close } = await open('en');
    await show(ASK);
    await page.check('#code-none');
    assert.match((await page.textContent('[role=alert]')) ?? '', /between you and/);
    await page.click('#forward');
    assert.deepEqual(await nextAction(), { type: 'none-of-these' });
    await close();
  });

  test('a mode that policy does not allow is not offered', async () => {
    const { page, show, close } = await open('en');
    await show({ ...ASK, modes: ['view'] });
    await page.check('input[value="111 1111"]');
    await page.click('#forward');
    assert.equal(await page.locator('#mode-control').count(), 0);
    await show({ ...LIVE, mode: 'view', modes: ['view'] });
    assert.equal(await page.locator('#widen').count(), 0);
    await close();
  });

  test('fresh thumbnails keep what was chosen; another question forgets it', async () => {
    const { page, show, close } = await open('en');
    await show(ASK);
    await page.check('input[value="222 2222"]');
    await show({ ...ASK, screens: SCREENS.slice(0, 1) });
    assert.equal(await page.isChecked('input[value="222 2222"]'), true);
    await show({ ...ASK, codes: ['222 2222', '444 4444', '555 5555'] });
    assert.equal(await page.isChecked('input[value="222 2222"]'), false);
    await close();
  });

  test('a new question takes the focus to its heading; a right taken back is announced', async () => {
    const { page, show, nextAction, close } = await open('en');
    await show(ASK);
    assert.equal(await page.evaluate('document.activeElement.id'), 'heading');
    await show(LIVE);
    assert.equal(await page.evaluate('document.activeElement.id'), 'heading');
    await page.click('#narrow');
    assert.deepEqual(await nextAction(), { type: 'mode', mode: 'view' });
    await show({ ...LIVE, mode: 'view', isAgentConnected: true });
    assert.match((await page.textContent('#announcer')) ?? '', /can see your screen$/);
    assert.equal(await page.evaluate('document.activeElement.id'), 'heading');
    await close();
  });

  test('what the agent wrote is shown as text', async () => {
    const { page, complaints, show, close } = await open('en');
    await show(ASK);
    assert.equal(await page.textContent('blockquote'), ASK.reason);
    assert.equal(await page.locator('blockquote script, .card b').count(), 0);
    assert.deepEqual(complaints, []);
    await close();
  });

  test('the code leaves the address as soon as it is used, and a reload shows nothing', async () => {
    const { page, complaints, close } = await open('en');
    assert.equal(await page.evaluate('location.hash'), '');
    await page.keyboard.press('F5');
    await page.keyboard.press('Control+r');
    assert.equal(await page.locator('[data-step=connecting]').count(), 1);
    await page.reload();
    await page.waitForSelector('[data-step=failed]');
    assert.match(complaints.join(), /403/);
    await close();
  });
});
