import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { toLayout } from './keyboard.layout.ts';
import type { RawKeyboard } from './keyboard.layout.ts';
import { keycodeOf, knownCodes } from './keycodes.ts';
import { codePointOf, keysymOf } from './keysyms.ts';

const [SHIFT, ALT_GR] = [10, 11];

/** A keyboard with Shift, AltGr, an empty key and one key with the given keysyms. */
function keyboardWith(row: number[], state: Partial<RawKeyboard> = {}): RawKeyboard {
  const empty = [0, 0, 0, 0, 0, 0, 0, 0];
  const rows = [[0xffe1], [0xfe03], empty, row];
  const modifiers = [[SHIFT, 0], [], [], [], [], [], [], [ALT_GR, 0]];
  return { minKeycode: 10, rows, modifiers, group: 0, lockedModifiers: 0, ...state };
}

const code = (character: string): number => character.codePointAt(0) ?? 0;

describe('the keyboard layout', () => {
  test('each level of a key needs its modifiers', () => {
    // AltGr+E on a German keyboard is the euro.
    const { keystrokes } = toLayout(keyboardWith([code('e'), code('E'), code('e'), code('E'), 0x20ac, 0, 0, 0]));
    assert.deepEqual(keystrokes.get(code('e')), { keycode: 13, modifiers: [] });
    assert.deepEqual(keystrokes.get(code('E')), { keycode: 13, modifiers: [SHIFT] });
    assert.deepEqual(keystrokes.get(code('€')), { keycode: 13, modifiers: [ALT_GR] });
  });

  test('the active group decides which letters a key types', () => {
    const row = [code('f'), code('F'), 0x6c1, 0x6e1]; // Cyrillic а, А
    assert.ok(toLayout(keyboardWith(row)).keystrokes.has(code('f')));
    const russian = toLayout(keyboardWith(row, { group: 1 })).keystrokes;
    assert.deepEqual([russian.has(code('f')), russian.has(code('а')), russian.has(code('А'))], [false, true, true]);
  });

  test('a key without a second group types the same in both', () => {
    const { keystrokes } = toLayout(keyboardWith([code('1'), code('!'), 0, 0], { group: 1 }));
    assert.deepEqual(keystrokes.get(code('!')), { keycode: 13, modifiers: [SHIFT] });
  });

  test('keys without meaning are spare, modifiers are not', () => {
    assert.deepEqual(toLayout(keyboardWith([code('a')])).spareKeycodes, [12]);
  });

  test('dead keys and function keys type nothing', () => {
    assert.equal(toLayout(keyboardWith([0xfe51, 0xffbe])).keystrokes.size, 0);
  });

  test('every character has a keysym that leads back to it', () => {
    for (const character of ['a', '~', 'é', '€', 'Я', '中', '😀']) {
      assert.equal(codePointOf(keysymOf(code(character))), code(character));
    }
  });

  test('physical keys keep the numbers of the kernel', () => {
    const expected = {
      KeyA: 38,
      Escape: 9,
      F12: 96,
      ArrowUp: 111,
      NumpadEnter: 104,
      IntlBackslash: 94,
      MediaPlayPause: 172,
      ContextMenu: 135,
    };
    for (const [name, keycode] of Object.entries(expected)) assert.equal(keycodeOf(name), keycode, name);
    const all = knownCodes().map(keycodeOf);
    assert.equal(new Set(all).size, all.length);
  });
});
