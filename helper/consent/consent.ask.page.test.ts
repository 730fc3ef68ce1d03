import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { consentText } from './consent.text.ts';
import type { ConsentAction, ConsentView } from './consent.views.ts';
import { ASK, CARD, KEYS, MAIL, PIXEL, SALARIES, SCREEN, SCREENS, TestPage, launch } from './test-page.ts';

const START = {
  type: 'start',
  code: '222 2222',
  mode: 'view',
  screenId: 's0',
  see: 'all',
  operate: [],
  hide: [],
  hideAreas: [],
} as const satisfies ConsentAction;

describe('the question before Start', { timeout: 120_000 }, () => {
  let browser: Browser;

  before(async () => {
    browser = await launch();
  });
  afterEach(() => TestPage.closeAll());
  after(() => browser.close());

  /** As far as "what may they do?", by keyboard. */
  async function whatOf(view: ConsentView = ASK, language: 'en' | 'zh-CN' = 'en'): Promise<TestPage> {
    const opened = await TestPage.open(browser, language);
    await opened.show(view);
    await opened.choose('code', '222 2222');
    await opened.press('#forward');
    return opened;
  }

  test('view only is preselected whatever the agent asked for, and Start says what happens', async () => {
    const opened = await whatOf({ ...ASK, screens: SCREENS, windows: [] });
    const { page } = opened;
    assert.equal(await page.isChecked('#mode-view'), true);
    assert.equal(await opened.text('#start'), 'Let <b>Li</b> Wei look at my screen');
    await opened.choose('screen', 's1');
    await opened.choose('mode', 'control');
    assert.equal(await opened.text('#start'), 'Let <b>Li</b> Wei use the mouse and keyboard');
    await opened.press('#start');
    assert.deepEqual(await opened.nextAction(), {
      ...START,
      mode: 'control',
      screenId: 's1',
      see: 'all',
      operate: 'all',
    });
    assert.equal(await page.getAttribute('#decline', 'aria-disabled'), 'true');
    await page.click('#decline', { force: true });
    await page.click('#start', { force: true });
    assert.deepEqual(opened.actions, [], 'one answer');
  });

  test('looking only, with nothing secret open, is two steps and Start', async () => {
    const opened = await whatOf();
    assert.match(await opened.text('#see-whole-text'), /Open now: “Inbox” and “Salaries”/);
    await opened.press('#start');
    assert.deepEqual(await opened.nextAction(), START);
  });

  test('before anything more the person is led past the windows that are open, and hides some', async () => {
    const opened = await whatOf({ ...ASK, windows: [MAIL, KEYS, SALARIES] });
    const { page } = opened;
    await opened.choose('mode', 'control');
    assert.equal(await page.locator('#start').count(), 0);
    await opened.press('#forward');
    assert.equal(await opened.text('#heading'), 'Close or hide what they should not see');
    assert.match(await opened.text('#row-w3'), /Secrets.*Hidden: password manager/);
    assert.equal(await page.locator('#hide-w3').count(), 0, 'a rule hides it already');
    await opened.press('#hide-w2');
    assert.equal(await opened.focused(), 'hide-w2');
    assert.equal(await opened.text('#announcer'), 'Salaries is hidden.');
    await opened.press('#hide-w1');
    await opened.press('#hide-w1');
    await opened.press('#start');
    assert.deepEqual(await opened.nextAction(), { ...START, mode: 'control', operate: 'all', hide: ['w2'] });
  });

  test('by keyboard alone an area is hidden before Start, shown in the list, and removed', async () => {
    const opened = await whatOf();
    await opened.press('#check');
    await opened.press('#hide-area');
    assert.equal(await opened.text('#heading'), 'Which area should be hidden?');
    await opened.press('#add');
    await opened.page.keyboard.press('ArrowLeft');
    await opened.press('#add');
    await opened.press('#hide-these');
    assert.equal(await opened.focused(), 'hide-area');
    assert.match(await opened.text('#hidden-area-0'), /Area 1.*960 × 540.*Hidden from them/);
    await opened.press('#hide-area');
    assert.equal(await opened.page.locator('.area').count(), 2, 'drawn on, not anew');
    await opened.press('#cancel');
    await opened.press('#remove-area-1');
    assert.equal(await opened.page.locator('#hidden-area-1').count(), 0);
    assert.equal(await opened.text('#announcer'), 'Area 2 is shown.');
    await opened.press('#start');
    assert.deepEqual(await opened.nextAction(), { ...START, hideAreas: [{ x: 460, y: 270, width: 960, height: 540 }] });
  });

  test('a dragged area is hidden, and belongs to the screen on which it was drawn', async () => {
    const opened = await whatOf({ ...ASK, screens: SCREENS });
    const { page } = opened;
    const draw = async (): Promise<void> => {
      await page.click('#check');
      await page.click('#hide-area');
      const box = (await page.locator('#board').boundingBox()) ?? assert.fail('no board');
      await page.mouse.move(box.x + box.width / 4, box.y + box.height / 4);
      await page.mouse.down();
      await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
      await page.mouse.up();
      await page.click('#hide-these');
    };
    await draw();
    assert.equal(await page.locator('#hidden-area-0').count(), 1);
    await page.click('#back');
    await page.check('#screen-s1');
    await page.click('#check');
    assert.equal(await page.locator('#hidden-area-0').count(), 0);
    await page.click('#back');
    await draw();
    await page.click('#start');
    const action = await opened.nextAction();
    const [area] = action.type === 'start' ? action.hideAreas : [];
    assert.deepEqual([action.type === 'start' && action.screenId, Math.round((area?.x ?? 0) / 10)], ['s1', 64]);
  });

  test('a rule of the organisation is named; where passwords cannot be found the person is told before Start', async () => {
    const acme = { ...KEYS, rule: 'acme-secrets' };
    const opened = await whatOf({ ...ASK, windows: [acme], canFindPasswords: false });
    await opened.press('#forward');
    assert.match(await opened.text('#no-passwords'), /cannot be found.*press Ctrl\+Alt\+Shift\+H/);
    assert.match(await opened.text('#row-w3'), /Hidden by a rule of your organisation: acme-secrets/);
    await opened.press('#start');
    assert.deepEqual(await opened.nextAction(), START);
  });

  test('by keyboard alone a window is shown and nothing else', async () => {
    const opened = await whatOf();
    await opened.choose('see', 'part');
    await opened.press('#start');
    assert.match(await opened.text('[role=alert]#missing'), /Choose first what they may see/);
    assert.equal(await opened.focused(), 'choose-see', 'and it leads there');
    await opened.press('#choose-see');
    assert.equal(await opened.focused(), 'heading');
    await opened.tick('#window-w1');
    assert.equal(await opened.text('#chosen'), 'Chosen: “Inbox”');
    await opened.press('#done');
    assert.equal(await opened.focused(), 'choose-see');
    assert.equal(await opened.text('#start'), 'Let <b>Li</b> Wei look at what I chose');
    await opened.press('#start');
    assert.deepEqual(await opened.nextAction(), { ...START, see: [{ kind: 'window', windowId: 'w1' }] });
  });

  test('by keyboard alone one program is shown and one of its windows may be used', async () => {
    const second = { ...MAIL, id: 'w4', title: 'Write' };
    const opened = await whatOf({ ...ASK, windows: [MAIL, SALARIES, second] });
    const program = '[id="program-%2Fusr%2Fbin%2Fmail"]';
    await opened.choose('mode', 'limited');
    await opened.choose('see', 'part');
    await opened.press('#choose-see');
    await opened.tick(program);
    assert.equal(await opened.page.isChecked('#window-w4'), true, 'included');
    assert.equal(await opened.page.isDisabled('#window-w4'), true);
    await opened.press('#done');
    assert.equal(await opened.page.isChecked('#use-same'), true, 'the same is what is there at first');
    await opened.choose('use', 'part');
    await opened.press('#start');
    assert.match(await opened.text('#missing'), /what they may use/);
    await opened.press('#choose-use');
    await opened.tick('#window-w4');
    await opened.press('#done');
    await opened.press('#start');
    const see = [{ kind: 'application', executable: '/usr/bin/mail' }];
    assert.deepEqual(await opened.nextAction(), {
      ...START,
      mode: 'limited',
      see,
      operate: [{ kind: 'window', windowId: 'w4' }],
    });
  });

  test('what may be used is seen too, and what is seen no more is not used', async () => {
    const opened = await whatOf();
    await opened.choose('mode', 'limited');
    await opened.press('#choose-use');
    await opened.tick('#window-w2');
    await opened.press('#done');
    await opened.choose('see', 'part');
    assert.equal(await opened.text('#see-chosen'), '“Salaries”');
    await opened.press('#choose-see');
    await opened.tick('#window-w1');
    await opened.tick('#window-w2');
    await opened.press('#done');
    assert.equal(await opened.text('#use-chosen'), 'Nothing yet');
  });

  test('by keyboard alone an area is added, moved, made larger, typed and removed', async () => {
    const opened = await whatOf();
    const { page } = opened;
    await opened.choose('see', 'part');
    await opened.press('#choose-see');
    await opened.press('#draw');
    await opened.press('#add');
    assert.equal(await opened.focused(), 'area-0');
    assert.equal(
      await page.getAttribute('#area-0', 'aria-label'),
      'Area 1: 480 from the left, 270 from the top, 960 wide, 540 high',
    );
    for (const key of ['ArrowRight', 'ArrowRight', 'ArrowUp', 'Shift+ArrowLeft', 'Shift+ArrowDown'])
      await page.keyboard.press(key);
    assert.equal(
      await page.getAttribute('#area-0', 'aria-label'),
      'Area 1: 520 from the left, 250 from the top, 940 wide, 560 high',
    );
    await opened.reach('#area-0-x');
    await page.keyboard.press('Control+a');
    await page.keyboard.type('99999');
    await page.keyboard.press('Enter');
    assert.equal(await page.inputValue('#area-0-x'), String(1920 - 940), 'never beyond the screen');
    await opened.press('#add');
    assert.equal(await opened.focused(), 'area-1');
    await page.keyboard.press('Delete');
    assert.equal(await opened.focused(), 'area-0');
    await opened.press('#done');
    await opened.press('#done');
    await opened.press('#start');
    const area = { kind: 'rectangle', x: 980, y: 250, width: 940, height: 560 };
    assert.deepEqual(await opened.nextAction(), { ...START, see: [area] });
  });

  test('an area drawn with the pointer is in pixels of the screen, and is moved and resized by dragging', async () => {
    const opened = await whatOf();
    const { page } = opened;
    await page.check('#see-part');
    await page.click('#choose-see');
    await page.click('#draw');
    const box = (await page.locator('#board').boundingBox()) ?? assert.fail('no board');
    const scale = SCREEN.width / box.width;
    const drag = async (from: [number, number], to: [number, number]): Promise<void> => {
      await page.mouse.move(box.x + from[0] / scale, box.y + from[1] / scale);
      await page.mouse.down();
      // Fresh thumbnails in the middle of it.
      await opened.show({ ...ASK, screens: [{ ...SCREEN, thumbnail: PIXEL }] });
      await page.mouse.move(box.x + to[0] / scale, box.y + to[1] / scale, { steps: 3 });
      await page.mouse.up();
    };
    const isAt = async (expected: readonly number[]): Promise<void> => {
      const label = (await page.getAttribute('#area-0', 'aria-label')) ?? '';
      const sides = [...label.matchAll(/\d+/g)].slice(1).map(Number);
      assert.ok(
        sides.length === 4 && sides.every((side, at) => Math.abs(side - (expected[at] ?? 0)) <= 2 * scale),
        `${label} is not ${expected.join()}`,
      );
    };
    await drag([1200, 900], [200, 300]);
    await isAt([200, 300, 1000, 600]);
    await drag([700, 600], [800, 500]);
    await isAt([300, 200, 1000, 600]);
    await drag([1290, 790], [1500, 1000]);
    await isAt([300, 200, 1210, 810]);
    await drag([10, 10], [14, 14]);
    assert.equal(await page.locator('.area').count(), 1, 'a slip of the hand draws nothing');
  });

  test('full control is of the whole screen: there is nothing to choose', async () => {
    const opened = await whatOf();
    await opened.choose('see', 'part');
    await opened.choose('mode', 'control');
    assert.equal(await opened.page.locator('#see-part, #choose-see').count(), 0);
    assert.equal(await opened.page.isChecked('#see-whole'), true);
  });

  test('fresh thumbnails keep focus, scrolling and what was chosen; a window that closed is chosen no more', async () => {
    const many = Array.from({ length: 12 }, (_, at) => ({ ...MAIL, id: `m${at}`, title: `Letter ${at}` }));
    const opened = await whatOf({ ...ASK, windows: [...many, SALARIES] });
    const { page } = opened;
    await opened.choose('see', 'part');
    await opened.press('#choose-see');
    await opened.tick('#window-w2');
    await opened.tick('#window-m9');
    const scrolled = "document.querySelector('.body').scrollTop";
    const before = await page.evaluate(scrolled);
    assert.ok(Number(before) > 100, 'the list is long');
    await page.evaluate("window.known = document.getElementById('window-m9')");
    const fresh = [...many].reverse().map((window) => ({ ...window, thumbnail: null, title: `${window.title}!` }));
    const added = { ...MAIL, id: 'new', title: 'New letter' };
    await opened.show({ ...ASK, windows: [added, ...fresh, SALARIES] });
    assert.equal(await opened.focused(), 'window-m9');
    assert.equal(await page.evaluate("window.known === document.getElementById('window-m9')"), true, 'not drawn anew');
    assert.equal(await page.evaluate(scrolled), before);
    assert.equal(await page.isChecked('#window-m9'), true);
    assert.equal(await page.isChecked('#window-new'), false, 'in the list, not chosen');
    await opened.show({ ...ASK, windows: many });
    assert.equal(await opened.text('#chosen'), 'Chosen: “Letter 9”');
    await opened.show({ ...ASK, windows: [...many, SALARIES] });
    assert.equal(await page.isChecked('#window-w2'), false, 'its id may mean another window now');
  });

  test('another question forgets what was chosen', async () => {
    const opened = await TestPage.open(browser, 'en');
    await opened.show(ASK);
    await opened.choose('code', '222 2222');
    await opened.show({ ...ASK, windows: [] });
    assert.equal(await opened.page.isChecked('input[value="222 2222"]'), true);
    await opened.show({ ...ASK, codes: ['222 2222', '444 4444', '555 5555'] });
    assert.equal(await opened.page.isChecked('input[value="222 2222"]'), false);
  });

  test('an answer that came too late is said to be, and can be given again', async () => {
    const opened = await whatOf();
    const { page } = opened;
    await page.route('**/action', (route) => route.fulfill({ status: 409 }), { times: 1 });
    await opened.press('#start');
    await page.waitForSelector('.actions [role=alert]');
    assert.match(await opened.text('.actions [role=alert]'), /did not go through/);
    assert.equal(await opened.focused(), 'start');
    await page.keyboard.press('Enter');
    assert.deepEqual(await opened.nextAction(), START);
  });

  test('the text on display is the text of the audit, in both languages, for all modes and parts', async () => {
    for (const language of ['en', 'zh-CN'] as const) {
      const opened = await whatOf({ ...ASK, windows: [MAIL] }, language);
      const isShown = async (choice: Parameters<typeof consentText>[1]): Promise<void> => {
        const { text } = consentText(language, choice, CARD);
        assert.equal(await opened.text('#consent-text'), text.replaceAll('\n', language === 'en' ? ' ' : ''));
        assert.equal(await opened.description('#start'), await opened.text('#consent-text'));
      };
      const { page } = opened;
      await isShown({ mode: 'view', see: 'all' });
      await page.check('#mode-control');
      await page.click('#forward');
      await isShown({ mode: 'control', see: 'all' });
      await page.click('#back');
      await page.check('#mode-limited');
      await page.click('#choose-use');
      await page.check('#window-w1');
      await page.click('#done');
      await page.click('#forward');
      await isShown({ mode: 'limited', see: 'all' });
      await page.click('#back');
      await page.check('#see-part');
      await isShown({ mode: 'limited', see: 'limited' });
      await page.check('#mode-view');
      await isShown({ mode: 'view', see: 'limited' });
    }
  });

  test('without a code there is no way on, and the page says what is missing', async () => {
    const opened = await TestPage.open(browser, 'en');
    await opened.show(ASK);
    await opened.press('#forward');
    assert.match(await opened.text('[role=alert]#code-note'), /Choose the code/);
    assert.equal(await opened.page.locator('#start').count(), 0);
    assert.equal(await opened.page.evaluate('document.activeElement.name'), 'code');
    assert.deepEqual(opened.actions, []);
  });

  test('none of these stops with a warning', async () => {
    const opened = await TestPage.open(browser, 'en');
    await opened.show(ASK);
    await opened.choose('code', 'none');
    assert.match(await opened.text('[role=alert]#code-note'), /between you and/);
    await opened.press('#stop-here');
    assert.deepEqual(await opened.nextAction(), { type: 'none-of-these' });
  });

  test('where only a part of the screen may be seen, that is what is chosen, and the page says why', async () => {
    const allowed = ASK.allowed.filter(({ capability, reach }) => capability !== 'view' || reach === 'limited');
    for (const [language, words] of [
      ['en', 'Your organisation lets only a part of a screen be seen. You choose which.'],
      ['zh-CN', '您单位只允许查看屏幕的一部分，由您选择是哪一部分。'],
    ] as const) {
      const opened = await whatOf({ ...ASK, modes: ['view', 'limited'], allowed }, language);
      assert.equal(await opened.text('#part-only-view'), words);
      assert.equal(await opened.page.locator('input[name=see]').count(), 0, 'no whole screen');
      await opened.press('#start');
      assert.equal(await opened.focused(), 'choose-see');
      await opened.press('#choose-see');
      await opened.tick('#window-w1');
      await opened.press('#done');
      await opened.choose('mode', 'limited');
      assert.equal(await opened.page.isChecked('#use-same'), true);
      await opened.press('#start');
      const see = [{ kind: 'window', windowId: 'w1' }];
      assert.deepEqual(await opened.nextAction(), { ...START, mode: 'limited', see, operate: see });
    }
  });

  test('where mouse and keyboard may only be used in a part, the page says why there is no full control', async () => {
    const allowed = ASK.allowed.filter(({ capability, reach }) => capability !== 'input' || reach === 'limited');
    const opened = await whatOf({ ...ASK, modes: ['view', 'limited'], allowed });
    assert.equal(
      await opened.text('#part-only-input'),
      'Your organisation lets mouse and keyboard be used only in what you choose.',
    );
    assert.equal(await opened.page.isChecked('#see-whole'), true);
    await opened.press('#start');
    assert.deepEqual(await opened.nextAction(), START);
    await opened.show(ASK);
    assert.equal(await opened.page.locator('#part-only-input, #part-only-view').count(), 0);
  });

  test('a mode that policy does not allow is not offered', async () => {
    const opened = await whatOf({ ...ASK, modes: ['view', 'limited'] });
    assert.equal(await opened.page.locator('#mode-control').count(), 0);
    assert.equal(await opened.page.locator('#mode-limited').count(), 1);
  });
});
