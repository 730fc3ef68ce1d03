import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TOKEN, wouldAsk, type Rights } from './windows.elevation.ts';

const NOTHING_SET = { lua: undefined, forUsers: undefined };
const USER: Rights = { ...NOTHING_SET, type: TOKEN.only, isElevated: false };
const ADMINISTRATOR: Rights = { ...NOTHING_SET, type: TOKEN.limited, isElevated: false };

test('an administrator with few rights is asked, and everybody else for the password of one', () => {
  assert.equal(wouldAsk(ADMINISTRATOR), true);
  assert.equal(wouldAsk(USER), true);
  assert.equal(wouldAsk({ ...USER, lua: 1, forUsers: 3 }), true);
});

test('nobody is asked where Windows has nothing more to give, or was told to refuse', () => {
  assert.equal(wouldAsk({ ...USER, isElevated: true }), false, 'the built-in administrator');
  assert.equal(wouldAsk({ ...USER, lua: 0 }), false);
  assert.equal(wouldAsk({ ...USER, forUsers: 0 }), false);
  assert.equal(wouldAsk({ ...USER, type: undefined }), false);
});
