import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, Page } from 'playwright-core';
import type { ConsentView } from './consent.views.ts';
import {
  ASK,
  CARD,
  CONTROL,
  ELEVATED,
  KEYS,
  LIMITED,
  LIVE,
  MAIL,
  PAUSED,
  PERMISSIONS_VIEW,
  PIXEL,
  QUESTION,
  RESTARTED,
  RESUMABLE,
  SCREEN,
  SCREENS,
  TestPage,
  VIEW_RIGHT,
  launch,
} from './test-page.ts';

interface Stop {
  what: string;
  view: ConsentView;
  /** Pressed one after the other; looked at after each. */
  press?: readonly string[];
}

const WITH_PICTURE = { ...SCREEN, thumbnail: PIXEL };
const STOPS: Stop[] = [
  { what: 'connecting', view: { step: 'connecting', message: 'checking-server' } },
  { what: 'permissions', view: { ...PERMISSIONS_VIEW, missing: PERMISSIONS_VIEW.needed } },
  { what: 'permissions given', view: { ...PERMISSIONS_VIEW, missing: [] } },
  { what: 'waiting', view: { step: 'waiting', card: CARD, reason: ASK.reason } },
  { what: 'ask who', view: ASK, press: ['#forward', '#code-none'] },
  {
    what: 'ask view',
    view: { ...ASK, windows: [MAIL] },
    press: [
      'input[value="222 2222"]',
      '#forward',
      '#check',
      '#hide-w1',
      '#back',
      '#see-part',
      '#start',
      '#choose-see',
      '#window-w1',
      '#draw',
      '#add',
      '#done',
      '#done',
    ],
  },
  {
    what: 'ask limited',
    view: { ...ASK, codes: ['4', '5', '6'], screens: SCREENS, windows: [MAIL, KEYS], canFindPasswords: false },
    press: ['#code-4', '#forward', '#mode-limited', '#forward', '#choose-use', '#window-w1', '#done', '#forward'],
  },
  {
    what: 'ask control',
    view: { ...ASK, codes: ['7', '8', '9'] },
    press: ['#code-7', '#forward', '#mode-control', '#forward'],
  },
  {
    what: 'live',
    view: LIVE,
    press: [
      '#hide-window',
      '#hide-w1',
      '#done',
      '#hide-area',
      '#add',
      '#cancel',
      '#more',
      '#offer-input',
      '#allow',
      '#choose',
      '#done',
      '#reach-all',
      '#back',
      '#back',
    ],
  },
  {
    what: 'live with everything',
    view: {
      ...LIVE,
      rights: [...LIVE.rights, { ...VIEW_RIGHT, capability: 'files' }],
      warning: 10,
      isHidden: true,
      isAgentConnected: false,
      masks: [
        { rule: 'password-field', count: 2 },
        { rule: 'acme', count: 1 },
      ],
      ownMasks: [{ id: 'm1', label: 'Salaries' }],
      screen: WITH_PICTURE,
      recordingNote: 'not-recorded',
    },
  },
  {
    what: 'live view only',
    view: { ...LIVE, mode: 'view', modes: ['view'], rights: [VIEW_RIGHT], allowed: [] },
  },
  { what: 'live with administrator rights to be had', view: CONTROL, press: ['#more', '#offer-elevated'] },
  { what: 'question', view: QUESTION },
  { what: 'question for administrator rights', view: ELEVATED },
  { what: 'restarting', view: { ...PAUSED, reason: 'restarting', restart: 'asked' } },
  { what: 'not restarted', view: { ...RESUMABLE, reason: 'restarting', restart: 'refused' } },
  { what: 'restarted', view: RESTARTED },
  {
    what: 'question for a part',
    view: LIMITED,
    press: ['#allow-task', '#choose', '#window-w1', '#draw', '#add', '#done', '#done'],
  },
  { what: 'paused', view: PAUSED },
  { what: 'resumable', view: RESUMABLE },
  { what: 'ended', view: { step: 'ended', reason: 'match-code-mismatch' } },
  {
    what: 'cleaned',
    view: {
      step: 'cleaned',
      removed: ['/home/mk/Downloads/handrail-helper_x', '/tmp/handrail-run-0011'],
      kept: ['/tmp/handrail-run-2233 (busy)'],
      programs: 3,
    },
  },
  { what: 'nothing cleaned', view: { step: 'cleaned', removed: [], kept: [], programs: 0 } },
  { what: 'failed', view: { step: 'failed', code: 'wrong-ca' } },
  { what: 'failed otherwise', view: { step: 'failed', code: 'something-new' } },
];

async function inspect(page: Page, what: string): Promise<void> {
  // The tool waits for timers.
  await page.clock.resume();
  const { violations } = await new AxeBuilder({ page }).setLegacyMode(true).analyze();
  await page.clock.pauseAt(Number(await page.evaluate('Date.now()')) + 1000);
  assert.deepEqual(
    violations.map(({ id, nodes }) => `${what} ${id} ${nodes[0]?.html ?? ''}`),
    [],
  );
  const [inner, outer] = (await page.evaluate('[document.documentElement.scrollWidth, innerWidth]')) as number[];
  assert.equal(inner, outer, `${what} is wider than the window`);
  const targets = (await page.evaluate(
    "[...document.querySelectorAll('button, label, .sides input')].map((e) => e.getBoundingClientRect().height)",
  )) as number[];
  assert.ok(
    targets.every((height) => height >= 44),
    `${what}: ${targets.join()}`,
  );
  const small = (await page.evaluate(
    "[...document.querySelectorAll('main *')].filter((e) => e.tagName !== 'text' && parseFloat(getComputedStyle(e).fontSize) < 16 && e.innerText).map((e) => e.outerHTML)",
  )) as string[];
  assert.deepEqual(small, [], `${what} has small print`);
  // What is pressed is on display, not behind the buttons at the bottom.
  const [top, height] = (await page.evaluate(
    "[document.querySelector('.actions').getBoundingClientRect().top, document.querySelector('.body').clientHeight]",
  )) as number[];
  assert.ok((top ?? 0) >= 150 && (height ?? 0) >= 150, `${what} leaves ${height} pixels to read`);
}

describe('the page of the consent window', { timeout: 400_000 }, () => {
  let browser: Browser;

  before(async () => {
    browser = await launch();
  });
  afterEach(() => TestPage.closeAll());
  after(() => browser.close());

  for (const [language, scheme] of [
    ['en', 'light'],
    ['zh-CN', 'dark'],
  ] as const)
    test(`every step passes axe, fits 420 pixels and is large enough (${language}, ${scheme})`, async () => {
      const opened = await TestPage.open(browser, language, scheme);
      const { page } = opened;
      for (const { what, view, press = [] } of STOPS) {
        await opened.show(view);
        await opened.wait();
        await inspect(page, what);
        for (const selector of press) {
          await page.click(selector);
          await inspect(page, `${what} after ${selector}`);
        }
        assert.equal(await page.evaluate('document.documentElement.lang'), language);
      }
      assert.deepEqual(opened.complaints, []);
    });

  test('a new question takes the focus to its heading; a right taken back is announced', async () => {
    const opened = await TestPage.open(browser, 'en');
    await opened.show(ASK);
    assert.equal(await opened.focused(), 'heading');
    await opened.show(LIVE);
    assert.equal(await opened.focused(), 'heading');
    await opened.press('#take-back-input');
    assert.deepEqual(await opened.nextAction(), { type: 'take-back', capability: 'input' });
    await opened.show({ ...LIVE, mode: 'view', rights: [VIEW_RIGHT] });
    assert.match(await opened.text('#announcer'), /can see your screen$/);
    assert.equal(await opened.focused(), 'heading', 'the button went away');
  });

  test('what the agent wrote is shown as text', async () => {
    const opened = await TestPage.open(browser, 'en');
    for (const view of [ASK, { ...QUESTION, question: { ...QUESTION.question, reason: ASK.reason } }]) {
      await opened.show(view);
      assert.equal(await opened.text('blockquote'), ASK.reason);
      assert.equal(await opened.page.locator('blockquote script, .card b').count(), 0);
    }
    assert.deepEqual(opened.complaints, []);
  });

  test('nothing moves for those who asked for no movement', async () => {
    const opened = await TestPage.open(browser, 'en');
    await opened.show({ step: 'connecting', message: 'connecting' });
    const animation = "getComputedStyle(document.querySelector('.progress'), '::after').animationName";
    assert.equal(await opened.page.evaluate(animation), 'travel');
    await opened.page.emulateMedia({ reducedMotion: 'reduce' });
    assert.equal(await opened.page.evaluate(animation), 'none');
  });

  test('the code leaves the address as soon as it is used, and a reload shows nothing', async () => {
    const opened = await TestPage.open(browser, 'en');
    const { page, complaints } = opened;
    assert.equal(await page.evaluate('location.hash'), '');
    await page.keyboard.press('F5');
    await page.keyboard.press('Control+r');
    assert.equal(await page.locator('[data-step=connecting]').count(), 1);
    await page.reload();
    await page.waitForSelector('[data-step=failed]');
    assert.match(complaints.join(), /403/);
  });
});
