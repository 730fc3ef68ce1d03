import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lockReason } from './windows.lock.ts';

/** WTSINFOEXW as Windows gives it, cut behind the flags. */
function info({ level = 1, state = 0, flags = 1 }): Uint8Array {
  const bytes = Buffer.alloc(20);
  bytes.writeUInt32LE(level, 0);
  bytes.writeUInt32LE(2, 8); // number of the session
  bytes.writeInt32LE(state, 12);
  bytes.writeInt32LE(flags, 16);
  return bytes;
}

test('a session that is locked or at no screen is, whichever desktop gets the input', () => {
  for (const desktop of ['Default', 'Winlogon', 'Screen-saver', undefined]) {
    assert.equal(lockReason(desktop, info({ flags: 0 })), 'locked');
    assert.equal(lockReason(desktop, info({ state: 4 })), 'disconnected');
    assert.equal(lockReason(desktop, info({ state: 4, flags: 0 })), 'disconnected');
  }
});

test('in an open session a desktop that is Windows’ own is no lock', () => {
  assert.equal(lockReason('Default', info({})), undefined);
  for (const desktop of ['Winlogon', undefined]) assert.equal(lockReason(desktop, info({})), 'secure-desktop');
});

test('a screen saver counts as a lock', () => assert.equal(lockReason('Screen-saver', info({})), 'locked'));

test('where Windows does not tell of the session, our desktop is open and any other one a lock', () => {
  const silent = [info({ flags: -1 }), info({ level: 2, state: 4 }), info({ flags: 0 }).subarray(0, 16), undefined];
  for (const told of silent) {
    assert.equal(lockReason('Default', told), undefined);
    for (const desktop of ['Winlogon', undefined]) assert.equal(lockReason(desktop, told), 'locked');
  }
});
