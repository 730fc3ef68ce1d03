import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { PERMISSIONS } from '../platform/platform.ts';
import { isActionOffered } from './consent.views.ts';
import { walkThroughPermissions } from './permission.walk.ts';
import { PERMISSIONS_VIEW, TestPage, launch } from './test-page.ts';

describe('what macOS has to allow, in the window', { timeout: 120_000 }, () => {
  let browser: Browser;

  before(async () => {
    browser = await launch();
  });
  afterEach(() => TestPage.closeAll());
  after(() => browser.close());

  test('it names every permission as macOS does, what it is for, and which ones are missing, in both languages', async () => {
    for (const [language, names, states] of [
      [
        'en',
        ['Screen & System Audio Recording', 'Accessibility', 'Input Monitoring'],
        ['Allowed', 'Not allowed yet', 'Not allowed yet'],
      ],
      ['zh-CN', ['录屏与系统录音', '辅助功能', '输入监控'], ['已允许', '尚未允许', '尚未允许']],
    ] as const) {
      const opened = await TestPage.open(browser, language);
      await opened.show(PERMISSIONS_VIEW);
      assert.equal(await opened.focused(), 'heading');
      const rows = await opened.page.locator('.rights li').allTextContents();
      for (const [at, name] of names.entries()) assert.ok(rows[at]?.startsWith(name), rows[at]);
      assert.deepEqual(await Promise.all(PERMISSIONS.map((permission) => opened.text(`#state-${permission}`))), states);
      assert.equal(await opened.page.locator('#open-see-screen').count(), 0, 'what is given is not asked for');
      assert.equal(await opened.page.getAttribute('#open-operate', 'aria-label'), openWord[language](names[1]));
    }
  });

  const openWord = {
    en: (setting: string) => `Open settings: ${setting}`,
    'zh-CN': (setting: string) => `打开设置：${setting}`,
  };

  test('its place in the settings can be opened again and again, by keyboard, and declining stays possible', async () => {
    const opened = await TestPage.open(browser, 'en');
    await opened.show(PERMISSIONS_VIEW);
    for (const permission of ['hear-input', 'operate', 'operate'] as const) {
      await opened.press(`#open-${permission}`);
      assert.deepEqual(await opened.nextAction(), { type: 'open-settings', permission });
    }
    await opened.press('#decline');
    assert.deepEqual(await opened.nextAction(), { type: 'decline' });
    assert.deepEqual(opened.complaints, []);
  });

  test('what is given meanwhile is said, and the focus stays where it is', async () => {
    const opened = await TestPage.open(browser, 'en');
    await opened.show(PERMISSIONS_VIEW);
    await opened.reach('#open-hear-input');
    await opened.show({ ...PERMISSIONS_VIEW, missing: ['hear-input'] });
    assert.equal(await opened.focused(), 'open-hear-input');
    assert.match(await opened.text('#announcer'), /Accessibility: Allowed\. Input Monitoring: Not allowed yet/);
    await opened.show({ ...PERMISSIONS_VIEW, missing: [] });
    assert.equal(await opened.text('#heading'), 'Everything is allowed');
    assert.equal(await opened.page.locator('.rights button').count(), 0);
  });

  test('only what is missing can be opened, and only while that is shown', () => {
    const action = { type: 'open-settings', permission: 'operate' } as const;
    assert.equal(isActionOffered(PERMISSIONS_VIEW, action, 0), true);
    assert.equal(isActionOffered({ ...PERMISSIONS_VIEW, missing: ['hear-input'] }, action, 0), false);
    assert.equal(isActionOffered({ step: 'connecting', message: 'starting' }, action, 0), false);
  });

  test('the person goes to the settings, gives one after the other, and the helper goes on', async () => {
    const opened = await TestPage.open(browser, 'en');
    const given = new Set<string>(['hear-input']);
    const missing = (): (typeof PERMISSIONS)[number][] => PERMISSIONS.filter((permission) => !given.has(permission));
    const shown: Promise<void>[] = [];
    let take: (action: Awaited<ReturnType<TestPage['nextAction']>>) => void = () => assert.fail('nobody listens');
    const walked = walkThroughPermissions({
      // Whatever is opened, the person switches it on there.
      permissions: { missing: () => Promise.resolve(missing()), openSettings: (permission) => given.add(permission) },
      openWindow: () =>
        Promise.resolve({
          show: (view) => void shown.push(opened.show(view)),
          onAction: (listener) => void (take = listener),
          onClosed: () => undefined,
          close: () => Promise.resolve(),
        }),
      everyMs: 300,
    });
    for (const permission of ['see-screen', 'operate'] as const) {
      await opened.page.waitForSelector(`#open-${permission}`);
      await opened.page.click(`#open-${permission}`);
      take(await opened.nextAction());
      await opened.page.waitForSelector(`#open-${permission}`, { state: 'detached' });
    }
    assert.equal(await walked, true);
    await Promise.all(shown);
    assert.deepEqual(opened.complaints, []);
  });
});
