import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { consentText, rightText } from './consent.text.ts';
import type { ConsentView, Language } from './consent.views.ts';
import {
  CARD,
  CONTROL,
  LIVE,
  NOW,
  PAUSED,
  QUESTION,
  RESTARTED,
  RESUMABLE,
  TestPage,
  VIEW_RIGHT,
  launch,
} from './test-page.ts';

describe('while something is shared', { timeout: 120_000 }, () => {
  let browser: Browser;

  before(async () => {
    browser = await launch();
  });
  afterEach(() => TestPage.closeAll());
  after(() => browser.close());

  async function shown(view: ConsentView = LIVE, language: Language = 'en'): Promise<TestPage> {
    const opened = await TestPage.open(browser, language);
    await opened.show(view);
    return opened;
  }

  test('one glance answers who, what they see, what they do, whether it is recorded and how to stop', async () => {
    const opened = await shown();
    assert.equal(await opened.text('#heading'), '<b>Li</b> Wei can see your screen and use a part of it');
    assert.match(await opened.text('#right-view'), /Look at your screen.*The whole screen/);
    assert.match(
      await opened.text('#right-input'),
      /“Inbox”, all windows of Calc, and one area.*For one task, until 9:05/,
    );
    assert.match(await opened.text('.body'), /is recorded. Only auditors of Northport Manufacturing/);
    assert.match(await opened.text('.card'), /E1024.*Verified/);
    assert.match(await opened.text('.actions'), /Stop sharing.*Ctrl\+Alt\+Shift\+Q/);
    const sizes = await opened.page
      .locator('button')
      .evaluateAll((buttons) =>
        buttons.map((button) => ({ id: button.id, area: button.clientWidth * button.clientHeight })),
      );
    assert.equal(sizes.sort((a, b) => b.area - a.area)[0]?.id, 'stop', 'the largest');
  });

  test('the heading says how much it is', async () => {
    const opened = await shown();
    const part = { ...VIEW_RIGHT, scope: { ...VIEW_RIGHT.scope, reach: 'limited' } } as const;
    for (const [change, expected] of [
      [{ mode: 'view', rights: [VIEW_RIGHT] }, /can see your screen$/],
      [{ mode: 'view', rights: [part] }, /can see a part of your screen$/],
      [{ mode: 'limited', rights: [part] }, /can see and use a part of your screen$/],
      [{ mode: 'control', rights: [VIEW_RIGHT] }, /use your mouse and keyboard$/],
      [{ isHidden: true }, /^Everything is hidden/],
    ] as const) {
      await opened.show({ ...LIVE, ...change });
      assert.match(await opened.text('#heading'), expected);
      assert.match(await opened.text('#announcer'), expected);
    }
  });

  test('every right is taken back with one press, again and again', async () => {
    const opened = await shown({ ...LIVE, rights: [...LIVE.rights, { ...VIEW_RIGHT, capability: 'files' }] });
    for (const capability of ['view', 'input', 'files'] as const) {
      await opened.press(`#take-back-${capability}`);
      assert.deepEqual(await opened.nextAction(), { type: 'take-back', capability });
    }
    await opened.press('#take-back-input');
    assert.deepEqual(await opened.nextAction(), { type: 'take-back', capability: 'input' });
  });

  test('what the agent gave back is told as that, in both languages', async () => {
    for (const [language, words] of [
      ['en', '<b>Li</b> Wei gave this back: “Use your mouse and keyboard” and “See and use folders and file windows”.'],
      ['zh-CN', '<b>Li</b> Wei已交还：“使用您的鼠标和键盘”和“查看和操作文件夹与文件窗口”。'],
    ] as const) {
      const opened = await shown(LIVE, language);
      assert.equal(await opened.page.locator('#given-back').count(), 0);
      await opened.show({ ...LIVE, rights: [VIEW_RIGHT], givenBack: ['input', 'files'] });
      assert.equal(await opened.text('#given-back'), words);
      assert.ok((await opened.text('#announcer')).includes(words));
    }
  });

  test('the time that is left is told in minutes with the time of the end, and the last ten and two are announced', async () => {
    const opened = await shown();
    assert.match(await opened.text('.since'), /Sharing for 01:12.*1 h 30 min left, until 10:30/);
    await opened.wait(3000);
    assert.match(
      await opened.text('.since'),
      /Sharing for 01:15.*1 h 30 min left/,
      'only the time that has passed runs',
    );
    for (const minutes of [10, 2]) {
      await opened.show({ ...LIVE, warning: minutes, endsAt: NOW + 3000 + minutes * 60_000 });
      assert.match(await opened.text('#time-warning'), new RegExp(`in ${minutes} minutes. Save`));
      assert.match(await opened.text('#announcer'), new RegExp(`in ${minutes} minutes`));
      assert.match(await opened.text('#left'), new RegExp(`^${minutes} min left`));
    }
  });

  test('Hide now is one press, and showing again is another button', async () => {
    const opened = await shown();
    assert.match(await opened.text('#hide-now'), /Hide now.*Ctrl\+Alt\+Shift\+H/);
    await opened.press('#hide-now');
    await opened.page.keyboard.press('Enter');
    for (let times = 0; times < 2; times++)
      assert.deepEqual(await opened.nextAction(), { type: 'hide-now', isHidden: true });
    await opened.show({ ...LIVE, isHidden: true });
    await opened.page.keyboard.press('Enter');
    assert.deepEqual(opened.actions, [], 'a press too many does not show everything again');
    await opened.press('#unhide-now');
    assert.deepEqual(await opened.nextAction(), { type: 'hide-now', isHidden: false });
  });

  test('what is hidden is listed by rule in words, and own covers are taken away again', async () => {
    const opened = await shown({
      ...LIVE,
      masks: [
        { rule: 'password-field', count: 1 },
        { rule: 'password-manager', count: 2 },
        { rule: 'acme', count: 1 },
      ],
      ownMasks: [{ id: 'm1', label: 'Salaries' }],
    });
    const rows = await opened.page.locator('section[aria-labelledby=hidden] li').allTextContents();
    assert.deepEqual(rows, [
      'password field',
      'password manager × 2',
      'acme (a rule of your organisation)',
      'SalariesShow again',
    ]);
    await opened.press('#unmask-m1');
    assert.deepEqual(await opened.nextAction(), { type: 'unmask', id: 'm1' });
    await opened.page.keyboard.press('Enter');
    await opened.press('#hide-window');
    await opened.press('#hide-w1');
    assert.deepEqual(
      await opened.nextAction(),
      { type: 'mask-window', windowId: 'w1' },
      'once; and hiding never waits',
    );
  });

  test('by keyboard alone windows and areas are hidden', async () => {
    const opened = await shown();
    await opened.press('#hide-window');
    await opened.press('#hide-w1');
    await opened.press('#hide-w2');
    await opened.press('#done');
    assert.equal(await opened.focused(), 'hide-window');
    await opened.press('#hide-area');
    await opened.press('#add');
    await opened.page.keyboard.press('ArrowLeft');
    await opened.press('#hide-these');
    assert.equal(await opened.focused(), 'hide-area');
    assert.deepEqual(await opened.nextAction(), { type: 'mask-window', windowId: 'w1' });
    assert.deepEqual(await opened.nextAction(), { type: 'mask-window', windowId: 'w2' });
    const rectangle = { x: 460, y: 270, width: 960, height: 540 };
    assert.deepEqual(await opened.nextAction(), { type: 'mask-rectangle', rectangle });
  });

  test('by keyboard alone more is allowed unasked, and what is agreed to is the text of the grant', async () => {
    for (const language of ['en', 'zh-CN'] as const) {
      const opened = await shown({ ...LIVE, mode: 'view', rights: [VIEW_RIGHT] }, language);
      const isShown = async (reach: 'all' | 'limited', capability: 'input' | 'files' = 'input'): Promise<void> => {
        const { text } = rightText(language, { capability, reach, purpose: 'session' }, CARD);
        assert.equal(await opened.description('#allow'), text.replaceAll('\n', language === 'en' ? ' ' : ''));
      };
      await opened.press('#more');
      await opened.press('#offer-input');
      await isShown('limited');
      await opened.press('#allow');
      assert.equal(await opened.focused(), 'choose', 'something has to be chosen first');
      await opened.press('#choose');
      await opened.tick('#window-w1');
      await opened.press('#done');
      await opened.press('#allow');
      const scope = [{ kind: 'window', windowId: 'w1' }];
      assert.deepEqual(await opened.nextAction(), { type: 'allow', capability: 'input', scope });
      await opened.show(LIVE);
      await opened.press('#more');
      await opened.press('#offer-input');
      await opened.choose('reach', 'all');
      await isShown('all');
      await opened.press('#allow');
      assert.deepEqual(await opened.nextAction(), { type: 'allow', capability: 'input', scope: 'all' });
      await opened.show(LIVE);
      await opened.press('#more');
      await opened.press('#offer-files');
      await isShown('all', 'files');
      await opened.press('#allow');
      assert.deepEqual(await opened.nextAction(), { type: 'allow', capability: 'files', scope: 'all' });
    }
  });

  test('administrator rights are offered beside the whole screen alone, and what comes of a yes is said first', async () => {
    for (const language of ['en', 'zh-CN'] as const) {
      const opened = await shown(LIVE, language);
      await opened.press('#more');
      assert.equal(await opened.page.locator('#offer-elevated').count(), 0);
      await opened.show(CONTROL);
      await opened.press('#offer-elevated');
      const { text } = rightText(language, { capability: 'elevated', reach: 'all', purpose: 'session' }, CARD);
      assert.equal(await opened.description('#allow'), text.replaceAll('\n', language === 'en' ? ' ' : ''));
      assert.match(await opened.text('#elevated-how'), /Windows/);
      await opened.show({ ...CONTROL, elevation: 'elevated' });
      assert.equal(await opened.page.locator('#elevated-how').count(), 0, 'given at once');
      await opened.press('#allow');
      assert.deepEqual(await opened.nextAction(), { type: 'allow', capability: 'elevated', scope: 'all' });
      await opened.show({ ...CONTROL, rights: [...CONTROL.rights, { ...VIEW_RIGHT, capability: 'elevated' }] });
      assert.equal(await opened.page.locator('#right-elevated').count(), 1);
      await opened.press('#take-back-elevated');
      assert.deepEqual(await opened.nextAction(), { type: 'take-back', capability: 'elevated' });
    }
  });

  test('only what policy has room for, and what is not held yet, can be allowed', async () => {
    const withoutFiles = LIVE.allowed.filter(({ capability }) => capability !== 'files');
    const opened = await shown({ ...LIVE, modes: ['view'], mode: 'view', rights: [VIEW_RIGHT], allowed: withoutFiles });
    assert.equal(await opened.page.locator('#more').count(), 0);
    const part = { ...VIEW_RIGHT, scope: { ...VIEW_RIGHT.scope, reach: 'limited' } } as const;
    await opened.show({ ...LIVE, modes: ['view', 'limited'], mode: 'view', rights: [part], allowed: withoutFiles });
    await opened.press('#more');
    assert.deepEqual(
      await opened.page.locator('.body button').evaluateAll((buttons) => buttons.map((button) => button.id)),
      ['offer-input', 'offer-view'],
    );
    await opened.press('#offer-input');
    assert.equal(await opened.page.locator('#reach-all').count(), 0, 'limited only');
  });

  test('where policy lets a right reach a part only, that is all there is to allow, and the page says so', async () => {
    const part = { ...VIEW_RIGHT, scope: { ...VIEW_RIGHT.scope, reach: 'limited' } } as const;
    const allowed = LIVE.allowed.filter(({ capability, reach }) => capability === 'files' || reach === 'limited');
    const view: ConsentView = { ...LIVE, modes: ['view', 'limited'], mode: 'view', rights: [part], allowed };
    const opened = await shown(view);
    for (const [offer, words] of [
      ['view', /lets only a part of a screen be seen/],
      ['input', /only in what you choose/],
    ] as const) {
      await opened.press('#more');
      await opened.press(`#offer-${offer}`);
      assert.equal(await opened.page.locator('input[name=reach]').count(), 0);
      assert.match(await opened.text(`#part-only-${offer}`), words);
      await opened.press('#allow');
      assert.equal(await opened.focused(), 'choose', 'something has to be chosen first');
      await opened.press('#back');
      await opened.press('#back');
    }
  });

  test('Pause and Stop are one press away wherever the person is', async () => {
    const opened = await shown();
    await opened.press('#pause');
    assert.deepEqual(await opened.nextAction(), { type: 'pause' });
    for (const path of [
      [],
      ['#hide-window'],
      ['#done', '#hide-area'],
      ['#cancel', '#more'],
      ['#offer-input'],
      ['#choose'],
      ['#draw'],
    ]) {
      for (const selector of path) await opened.press(selector);
      await opened.press('#stop');
      assert.deepEqual(await opened.nextAction(), { type: 'stop' }, path.join());
    }
  });

  test('a question in between does not lose what was being drawn', async () => {
    const opened = await shown();
    await opened.press('#hide-area');
    await opened.press('#add');
    await opened.show(QUESTION);
    await opened.show({ ...LIVE, warning: 10 });
    assert.equal(await opened.page.locator('#area-0').count(), 1);
  });

  test('a pause says why, that nothing is sent, what to do and when it ends by itself', async () => {
    const opened = await shown(PAUSED);
    const body = await opened.text('.body');
    for (const part of [/screen was locked/, /Nothing is sent/, /Save your work/, /before 9:10.*ends by itself/])
      assert.match(body, part);
    assert.equal(await opened.page.locator('#resume').count(), 0);
    await opened.show({ ...PAUSED, endsAt: NOW + 60_000 });
    assert.match(await opened.text('#deadline'), /ends by itself at 9:01/, 'the earlier one counts');
    await opened.press('#stop');
    assert.deepEqual(await opened.nextAction(), { type: 'stop' });
  });

  test('while Windows asks for administrator rights the page says so, and there is nothing but Stop', async () => {
    const asking: ConsentView = { ...PAUSED, reason: 'restarting', restart: 'asked' };
    const opened = await shown(asking);
    assert.match(await opened.text('.body'), /paused to start this program again with administrator rights/);
    assert.match(await opened.text('#restart[role=alert]'), /Windows asks you now.*type it yourself: nobody sees it/);
    assert.deepEqual(
      await opened.page.locator('#view button').evaluateAll((buttons) => buttons.map((button) => button.id)),
      ['stop'],
    );
    await opened.show({ ...RESUMABLE, reason: 'restarting', restart: 'refused' });
    assert.match(
      await opened.text('#restart[role=alert]'),
      /did not start this program.*<b>Li<\/b> Wei cannot use programs/,
    );
    await opened.press('#resume');
    assert.deepEqual(await opened.nextAction(), { type: 'resume', mode: 'same' });
  });

  test('going on with administrator rights names them, and what is agreed to is the text of both grants', async () => {
    for (const language of ['en', 'zh-CN'] as const) {
      const opened = await shown(RESTARTED, language);
      const [who, input, stop] = consentText(language, { mode: 'control', see: 'all' }, CARD).text.split('\n');
      const right = rightText(language, { capability: 'elevated', reach: 'all', purpose: 'session' }, CARD);
      const between = language === 'en' ? ' ' : '';
      assert.equal(await opened.description('#resume'), `${who} ${stop}`);
      assert.equal(await opened.text('#resume small'), [input, ...right.text.split('\n')].join(between));
      const looking = consentText(language, { mode: 'view', see: 'all' }, CARD).text.split('\n')[1];
      assert.equal(await opened.text('#resume-view small'), looking);
      assert.match(
        await opened.text('#resume'),
        language === 'en' ? /^Go on with administrator programs/ : /^继续，包括管理员程序/,
      );
      assert.equal(await opened.page.locator('#restart').count(), 0);
    }
    const opened = await shown(RESUMABLE);
    assert.doesNotMatch(await opened.text('#view'), /administrator/);
  });

  test('going on is one step, with what was allowed before in words, or looking only', async () => {
    const opened = await shown(PAUSED);
    await opened.show(RESUMABLE);
    assert.match(await opened.text('#announcer'), /You can let it go on now/);
    assert.match(await opened.text('.rights'), /The whole screen.*“Inbox”, all windows of Calc, and one area/);
    await opened.press('#resume');
    assert.deepEqual(await opened.nextAction(), { type: 'resume', mode: 'same' });
    await opened.page.click('#resume-view', { force: true });
    assert.deepEqual(opened.actions, [], 'one answer');
    await opened.show(PAUSED);
    await opened.show(RESUMABLE);
    await opened.press('#resume-view');
    assert.deepEqual(await opened.nextAction(), { type: 'resume', mode: 'view' });
  });

  test('what is agreed to by going on is the text of the audit', async () => {
    for (const language of ['en', 'zh-CN'] as const) {
      const opened = await shown(RESUMABLE, language);
      for (const [button, mode] of [
        ['#resume', 'limited'],
        ['#resume-view', 'view'],
      ] as const) {
        const parts = ['#agreed-who', `${button} small`, '#agreed-stop'];
        const sentences = await Promise.all(parts.map((selector) => opened.text(selector)));
        assert.equal(sentences.join('\n'), consentText(language, { mode, see: 'all' }, CARD).text);
      }
    }
  });

  test('who could only look goes on looking: there is one button', async () => {
    const { scope } = RESUMABLE.resume ?? assert.fail('nothing to go on with');
    const opened = await shown({
      ...PAUSED,
      resume: { mode: 'view', scope: { ...scope, operate: null }, isElevated: false },
    });
    assert.equal(await opened.page.locator('#resume').count(), 1);
    assert.equal(await opened.page.locator('#resume-view').count(), 0);
  });
});
