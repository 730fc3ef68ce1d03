import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lockReasonOf } from './mac.lock.ts';

test('a session on macOS is open only while it is at the screen and nothing says that it is locked', () => {
  assert.equal(lockReasonOf({ isLocked: undefined, isOnConsole: true }), undefined);
  assert.equal(lockReasonOf({ isLocked: false, isOnConsole: true }), undefined);
  assert.equal(lockReasonOf({ isLocked: true, isOnConsole: true }), 'locked');
  const elsewhere = lockReasonOf({ isLocked: undefined, isOnConsole: false });
  assert.equal(elsewhere, 'disconnected', 'another person is at the screen');
  assert.equal(lockReasonOf({ isLocked: undefined, isOnConsole: undefined }), 'disconnected');
  assert.equal(lockReasonOf(undefined), 'disconnected', 'no session at all');
});
