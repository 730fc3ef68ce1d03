import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { knownCodes as knownOnLinux } from '../linux/keycodes.ts';
import { keyOf, knownCodes } from './windows.keys.ts';

describe('keys of Windows', () => {
  test('no two keys are the same', () => {
    const keys = knownCodes().map((code) => JSON.stringify(keyOf(code)));
    assert.equal(new Set(keys).size, keys.length);
  });

  test('scan codes are those that the W3C lists', () => {
    // UI Events KeyboardEvent code Values, section "Windows".
    const listed = { KeyA: 0x1e, Enter: 0x1c, F12: 0x58, IntlBackslash: 0x56, Convert: 0x79, IntlYen: 0x7d, F13: 0x64 };
    for (const [code, scanCode] of Object.entries(listed))
      assert.deepEqual(keyOf(code), { virtualKey: 0, scanCode, isExtended: false }, code);
    const extended = {
      ArrowUp: 0x48,
      NumpadEnter: 0x1c,
      AltRight: 0x38,
      Delete: 0x53,
      MetaLeft: 0x5b,
      BrowserBack: 0x6a,
    };
    for (const [code, scanCode] of Object.entries(extended))
      assert.deepEqual(keyOf(code), { virtualKey: 0, scanCode, isExtended: true }, code);
  });

  test('a key of the letters, digits, modifiers and arrows is known wherever the sharer sits', () => {
    const isCommon = /^(Key|Digit|Numpad\d|Arrow|F\d+$|Shift|Control|Alt|Meta|Home|End|Page|Insert|Delete|Pause)/;
    for (const code of knownOnLinux().filter((each) => isCommon.test(each))) assert.ok(keyOf(code), code);
  });

  test('older names of keys are understood, and what switches a computer off is not', () => {
    assert.deepEqual(keyOf('OSLeft'), keyOf('MetaLeft'));
    for (const code of ['Power', 'Sleep', 'WakeUp', 'Eject', '', 'constructor']) assert.equal(keyOf(code), undefined);
  });
});
