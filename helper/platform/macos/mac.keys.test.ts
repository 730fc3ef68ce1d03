import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { knownCodes as knownOnLinux } from '../linux/keycodes.ts';
import { FLAG, isModifier, keyOf, knownCodes, withModifiers } from './mac.keys.ts';

describe('keys of macOS', () => {
  test('no two keys are the same', () => {
    const keys = knownCodes().map(keyOf);
    assert.equal(new Set(keys).size, keys.length);
  });

  test('virtual keys are those of Events.h', () => {
    const listed = {
      ...{ KeyA: 0x00, KeyZ: 0x06, KeyV: 0x09, IntlBackslash: 0x0a, KeyB: 0x0b, KeyQ: 0x0c, KeyT: 0x11 },
      ...{ Digit1: 0x12, Digit6: 0x16, Digit5: 0x17, Equal: 0x18, Digit0: 0x1d, BracketRight: 0x1e, KeyO: 0x1f },
      ...{ Enter: 0x24, Semicolon: 0x29, KeyM: 0x2e, Period: 0x2f, Backquote: 0x32, Backspace: 0x33, Escape: 0x35 },
      ...{ MetaRight: 0x36, MetaLeft: 0x37, ShiftLeft: 0x38, CapsLock: 0x39, ControlRight: 0x3e, F17: 0x40 },
      ...{ NumpadDecimal: 0x41, NumLock: 0x47, NumpadEnter: 0x4c, NumpadEqual: 0x51, Numpad7: 0x59, F20: 0x5a },
      ...{ Numpad9: 0x5c, IntlYen: 0x5d, IntlRo: 0x5e, NumpadComma: 0x5f, F5: 0x60, F3: 0x63, Lang2: 0x66 },
      ...{ F11: 0x67, Lang1: 0x68, F13: 0x69, F14: 0x6b, F10: 0x6d, F12: 0x6f, F15: 0x71, Help: 0x72, Delete: 0x75 },
      ...{ F4: 0x76, End: 0x77, F2: 0x78, PageDown: 0x79, F1: 0x7a, ArrowLeft: 0x7b, ArrowUp: 0x7e },
    };
    for (const [code, key] of Object.entries(listed)) assert.equal(keyOf(code), key, code);
  });

  test('a key of the letters, digits, modifiers and arrows is known wherever the sharer sits', () => {
    const isCommon = /^(Key|Digit|Numpad\d|Arrow|F([1-9]|1\d|20)$|Shift|Control|Alt|Meta|Home|End|Page|Insert|Delete)/;
    for (const code of knownOnLinux().filter((each) => isCommon.test(each)))
      assert.notEqual(keyOf(code), undefined, code);
  });

  test('older names of keys are understood, and what switches a computer off is not', () => {
    assert.equal(keyOf('OSLeft'), keyOf('MetaLeft'));
    assert.equal(keyOf('Insert'), keyOf('Help'));
    for (const code of ['Power', 'Sleep', 'WakeUp', 'Eject', '', 'constructor']) assert.equal(keyOf(code), undefined);
  });

  test('an event carries the modifiers that are held from afar, and none that the local hand holds', () => {
    const [numericPad, local] = [0x200000, FLAG.command | 0x8];
    assert.equal(withModifiers(numericPad | local, []), numericPad);
    assert.equal(withModifiers(local, ['ShiftRight', 'KeyA']), FLAG.shift | 0x4);
    assert.equal(withModifiers(0, ['OSLeft', 'AltLeft']), FLAG.command | 0x8 | FLAG.alternate | 0x20);
    assert.ok(isModifier('OSLeft') && isModifier('ControlRight') && !isModifier('CapsLock'));
  });
});
