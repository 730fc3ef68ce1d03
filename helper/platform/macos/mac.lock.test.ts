import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isSessionAway } from './mac.lock.ts';

test('a session on macOS is open only while it is at the screen and nothing says that it is locked', () => {
  assert.equal(isSessionAway({ isLocked: undefined, isOnConsole: true }), false);
  assert.equal(isSessionAway({ isLocked: false, isOnConsole: true }), false);
  assert.equal(isSessionAway({ isLocked: true, isOnConsole: true }), true);
  assert.equal(isSessionAway({ isLocked: undefined, isOnConsole: false }), true, 'another person is at the screen');
  assert.equal(isSessionAway({ isLocked: undefined, isOnConsole: undefined }), true);
  assert.equal(isSessionAway(undefined), true, 'no session at all');
});
