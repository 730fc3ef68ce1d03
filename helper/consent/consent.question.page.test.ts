import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { CAPABILITIES, CAPABILITY_NAMES } from '../../protocol/capabilities.ts';
import { REACHES } from '../../protocol/scope.ts';
import { rightText } from './consent.text.ts';
import type { Language } from './consent.views.ts';
import { purposesOf } from './page/reaches.ts';
import { CARD, ELEVATED, LIMITED, LIVE, MAIL, QUESTION, SALARIES, TestPage, launch } from './test-page.ts';

describe('a question while something is shared', { timeout: 120_000 }, () => {
  let browser: Browser;

  before(async () => {
    browser = await launch();
  });
  afterEach(() => TestPage.closeAll());
  after(() => browser.close());

  async function asked(view = QUESTION, language: Language = 'en'): Promise<TestPage> {
    const opened = await TestPage.open(browser, language);
    await opened.show(LIVE);
    await opened.show(view);
    return opened;
  }

  test('it says who asks for what and why, and that their hands are held, with the focus on no answer', async () => {
    const opened = await asked();
    assert.equal(await opened.focused(), 'heading');
    assert.equal(await opened.text('#heading'), '<b>Li</b> Wei asks to use your mouse and keyboard');
    assert.equal(await opened.text('figure.reason'), '<b>Li</b> Wei says whyI would click through the settings');
    assert.match(await opened.text('.body'), /their mouse and keyboard are held/);
  });

  test('it is announced at once, and once', async () => {
    const opened = await asked();
    const alarm = '#alarm[aria-live=assertive]';
    assert.match(await opened.text(alarm), /asks to use your mouse and keyboard.*held/);
    await opened.page.evaluate(
      "new MutationObserver(() => (window.said = true)).observe(document.getElementById('alarm'), { childList: true, characterData: true, subtree: true })",
    );
    await opened.show({ ...QUESTION, windows: [MAIL] });
    assert.equal(await opened.page.evaluate('window.said'), undefined);
    await opened.show({ ...QUESTION, question: { ...QUESTION.question, id: 'q9' } });
    assert.equal(await opened.page.evaluate('window.said'), true, 'another question is news');
    await opened.show(LIVE);
    assert.equal(await opened.text(alarm), '', 'withdrawn');
  });

  test('what is agreed to is the text of the grant, for every right and both purposes', async () => {
    for (const language of ['en', 'zh-CN'] as const) {
      const opened = await asked(QUESTION, language);
      for (const capability of CAPABILITY_NAMES)
        for (const reach of REACHES) {
          if (!CAPABILITIES[capability].canBeLimited && reach === 'limited') continue;
          const id = `${capability}-${reach}`;
          await opened.show({ ...QUESTION, question: { ...QUESTION.question, id, capability, reach } });
          if (reach === 'limited') {
            await opened.page.click('#choose');
            await opened.page.check('#window-w1');
            await opened.page.click('#done');
          }
          for (const purpose of purposesOf(capability)) {
            const { text } = rightText(language, { capability, reach, purpose }, CARD);
            const shown = [await opened.description(`#allow-${purpose}`), await opened.text(`#allow-${purpose} small`)];
            const between = language === 'en' ? ' ' : '';
            assert.equal(shown.join(between), text.replaceAll('\n', between), `${id} ${purpose}`);
          }
        }
    }
  });

  test('for administrator rights it says what comes of a yes, to which there is one way', async () => {
    const opened = await asked(ELEVATED);
    assert.equal(await opened.text('#heading'), '<b>Li</b> Wei asks to use programs with administrator rights too');
    assert.match(
      await opened.text('#elevated-how'),
      /pauses and Windows asks you.*type it yourself.*asked here once more/,
    );
    assert.match(await opened.description('#allow-session'), /can change everything on this computer/);
    assert.match(await opened.text('#allow-session'), /^Allow, and let Windows ask me/);
    assert.equal(await opened.page.locator('#allow-task').count(), 0);
    await opened.page.click('#allow-session');
    await opened.wait(500);
    await opened.page.click('#allow-session');
    assert.deepEqual(opened.actions, [], 'not in the first half second');
    await opened.wait(16);
    await opened.page.click('#allow-session');
    const answer = { type: 'answer', id: ELEVATED.question.id, answer: 'session', scope: 'all' };
    assert.deepEqual(await opened.nextAction(), answer);
    await opened.show({ ...ELEVATED, question: { ...ELEVATED.question, id: 'q4' }, elevation: 'elevated' });
    assert.equal(await opened.page.locator('#elevated-how').count(), 0, 'given at once');
    assert.match(await opened.text('#allow-session'), /^Allow for the whole session/);
  });

  test('a click in the first half second after the question was painted does nothing; afterwards it answers', async () => {
    for (const [button, answer] of [
      ['#allow-task', 'task'],
      ['#allow-session', 'session'],
      ['#decline', 'decline'],
    ] as const) {
      const opened = await asked();
      await opened.page.click(button);
      await opened.wait(500);
      await opened.page.click(button);
      assert.deepEqual(opened.actions, []);
      await opened.wait(16);
      await opened.page.click(button);
      const scope = answer === 'decline' ? [] : 'all';
      assert.deepEqual(await opened.nextAction(), { type: 'answer', id: 'q1', answer, scope });
      await opened.page.click('#allow-session', { force: true });
      assert.deepEqual(opened.actions, [], 'answered once');
    }
  });

  test('the half second begins anew for the next question, and not for the same one with fresh thumbnails', async () => {
    const opened = await asked();
    await opened.wait();
    await opened.show({ ...QUESTION, windows: [MAIL] });
    await opened.page.click('#decline');
    assert.equal((await opened.nextAction()).type, 'answer');
    await opened.show({ ...QUESTION, question: { ...QUESTION.question, id: 'q3' } });
    await opened.page.click('#allow-task');
    assert.deepEqual(opened.actions, []);
  });

  test('a key that was down when the question came answers nothing', async () => {
    const opened = await TestPage.open(browser, 'en');
    const { keyboard } = opened.page;
    await opened.show(LIVE);
    await opened.reach('#hide-now');
    await keyboard.down('Enter');
    await opened.show(QUESTION);
    await opened.wait();
    await opened.reach('#allow-task');
    // The second time is what a held key sends.
    await keyboard.down('Enter');
    await keyboard.down('Enter');
    await keyboard.up('Enter');
    assert.deepEqual(
      opened.actions.map(({ type }) => type),
      ['hide-now'],
    );
    await keyboard.press('Enter');
    assert.equal((await opened.nextAction()).type, 'hide-now');
    assert.equal((await opened.nextAction()).type, 'answer');
  });

  test('a click that began on one question does not answer the next', async () => {
    const opened = await asked();
    const { page } = opened;
    const button = (await page.locator('#allow-session').boundingBox()) ?? assert.fail('no button');
    await opened.wait();
    await page.mouse.move(button.x + 20, button.y + 20);
    await page.mouse.down();
    await opened.show({ ...QUESTION, question: { ...QUESTION.question, id: 'q7' } });
    await opened.wait();
    await page.mouse.up();
    assert.deepEqual(opened.actions, []);
    await page.mouse.down();
    await page.mouse.up();
    assert.partialDeepStrictEqual(await opened.nextAction(), { type: 'answer', id: 'q7' }, 'the place was right');
  });

  test('no answer is no: nothing is sent however long it stands, and nothing counts down', async () => {
    const opened = await asked();
    const before = await opened.text('main');
    await opened.wait(60 * 60_000);
    assert.equal(await opened.text('main'), before);
    assert.deepEqual(opened.actions, []);
    assert.equal(await opened.page.locator('[role=timer]').count(), 0);
  });

  test('no is as easy as yes', async () => {
    const opened = await asked();
    const style = (id: string): Promise<unknown> =>
      opened.page.evaluate(
        `(({ backgroundColor, color, fontSize, fontWeight }) => [backgroundColor, color, fontSize, fontWeight])(getComputedStyle(document.getElementById('${id}')))`,
      );
    assert.deepEqual(await style('decline'), await style('allow-session'));
    await opened.wait();
    await opened.press('#decline');
    assert.deepEqual(await opened.nextAction(), { type: 'answer', id: 'q1', answer: 'decline', scope: [] });
  });

  test('for a part nothing is chosen at first, and the allowing buttons say so', async () => {
    const opened = await asked(LIMITED);
    await opened.wait();
    assert.equal(await opened.text('#allow-task small'), 'choose first what');
    await opened.press('#allow-task');
    assert.match(await opened.text('[role=alert]#missing'), /Choose first/);
    assert.equal(await opened.focused(), 'choose');
    assert.deepEqual(opened.actions, []);
    await opened.press('#choose');
    await opened.tick('#window-w2');
    await opened.show({ ...LIMITED, windows: [SALARIES, MAIL] });
    assert.equal(await opened.page.isChecked('#window-w2'), true, 'kept with fresh thumbnails');
    await opened.press('#done');
    assert.equal(await opened.focused(), 'choose');
    assert.equal(await opened.text('#chosen'), '“Salaries”');
    await opened.press('#allow-session');
    const scope = [{ kind: 'window', windowId: 'w2' }];
    assert.deepEqual(await opened.nextAction(), { type: 'answer', id: 'q2', answer: 'session', scope });
  });

  test('Stop is there, also while choosing', async () => {
    const opened = await asked(LIMITED);
    await opened.press('#stop');
    await opened.press('#choose');
    await opened.press('#stop');
    await opened.press('#draw');
    await opened.press('#stop');
    for (let times = 0; times < 3; times++) assert.deepEqual(await opened.nextAction(), { type: 'stop' });
  });
});
