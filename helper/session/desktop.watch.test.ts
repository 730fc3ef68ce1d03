import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { WindowList } from '../platform/platform.ts';
import { DesktopWatch } from './desktop.watch.ts';
import { createTestDesktop, windowOf } from './test-desktop.ts';

test('a window that opens and takes the keyboard while windows are being listed gets no key meant for another', async () => {
  const { platform } = createTestDesktop();
  let focused = 'mail';
  const windows: WindowList = {
    ...platform.windows,
    focusedWindow: () => Promise.resolve(focused),
    list: async () => {
      const listed = [windowOf({ id: 'mail', isFocused: focused === 'mail' }), windowOf({ id: 'prompt' })];
      focused = 'prompt';
      return Promise.resolve(listed);
    },
  };
  const watch = new DesktopWatch(
    { ...platform, windows },
    { consentPids: () => new Set(), now: () => 0, onError: (cause) => assert.fail(String(cause)) },
  );
  assert.equal(await watch.currentFocus(), 0);
  const keys = watch.view().windows.filter(({ isFocused }) => isFocused);
  assert.deepEqual(
    keys.map(({ id }) => id),
    ['prompt'],
  );
});
