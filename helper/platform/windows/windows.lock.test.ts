import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isSessionAway } from './windows.lock.ts';

/** WTSINFOEXW as Windows gives it, cut behind the flags. */
function info({ level = 1, state = 0, flags = 1 }): Uint8Array {
  const bytes = Buffer.alloc(20);
  bytes.writeUInt32LE(level, 0);
  bytes.writeUInt32LE(2, 8); // number of the session
  bytes.writeInt32LE(state, 12);
  bytes.writeInt32LE(flags, 16);
  return bytes;
}

test('a session is away when it is locked or at no screen', () => {
  assert.equal(isSessionAway(info({})), false);
  assert.equal(isSessionAway(info({ flags: 0 })), true, 'locked');
  assert.equal(isSessionAway(info({ state: 4 })), true, 'disconnected');
});

test('what Windows does not say is no lock: the desktop that gets the input tells', () => {
  assert.equal(isSessionAway(info({ flags: -1 })), false, 'WTS_SESSIONSTATE_UNKNOWN');
  assert.equal(isSessionAway(info({ level: 2, state: 4 })), false);
  assert.equal(isSessionAway(info({ flags: 0 }).subarray(0, 16)), false);
  assert.equal(isSessionAway(undefined), false);
});
