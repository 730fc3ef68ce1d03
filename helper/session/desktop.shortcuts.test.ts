import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { holdsShortcutModifier, isDesktopShortcut } from './desktop.shortcuts.ts';

const judge = (...keys: string[]): boolean => isDesktopShortcut(keys.at(-1) ?? '', new Set(keys.slice(0, -1)));

describe('in limited mode keys that the desktop answers do not pass', () => {
  const SHORTCUTS: string[][] = [
    ['MetaLeft'],
    ['PrintScreen'],
    ['LaunchMail'],
    ['AudioVolumeUp'],
    ['AltLeft', 'Tab'],
    ['AltRight', 'Tab'],
    ['AltLeft', 'ShiftLeft', 'Tab'],
    ['AltLeft', 'F2'],
    ['AltLeft', 'F4'],
    ['AltLeft', 'Space'],
    ['AltLeft', 'Backquote'],
    ['AltLeft', 'Enter'],
    ['ControlLeft', 'AltLeft', 'KeyT'],
    ['ControlLeft', 'AltLeft', 'ArrowLeft'],
    ['ControlRight', 'AltLeft', 'Delete'],
    ['ShiftLeft', 'AltLeft', 'ArrowRight'],
    ['ControlLeft', 'Escape'],
    // The other way round: a key that is held repeats.
    ['Tab', 'AltLeft'],
    ['KeyT', 'ControlLeft', 'AltLeft'],
    ['F2', 'AltRight'],
  ];
  for (const keys of SHORTCUTS) test(keys.join(' + '), () => assert.equal(judge(...keys), true));
});

describe('what a window answers passes', () => {
  const USUAL: string[][] = [
    ['KeyA'],
    ['F5'],
    ['Tab'],
    ['Escape'],
    ['ShiftLeft', 'Tab'],
    ['ControlLeft', 'KeyC'],
    ['ControlLeft', 'ShiftLeft', 'KeyT'],
    ['ControlLeft', 'ArrowLeft'],
    ['AltLeft', 'KeyF'],
    ['AltRight', 'KeyE'],
    ['AltRight', 'Digit7'],
    ['AltRight', 'BracketLeft'],
    ['AltLeft'],
    ['ControlLeft', 'AltLeft'],
    ['ContextMenu'],
  ];
  for (const keys of USUAL) test(keys.join(' + '), () => assert.equal(judge(...keys), false));
});

test('a typed character is part of a combination while a modifier is held, and not with Shift alone', () => {
  assert.equal(holdsShortcutModifier(new Set(['ControlLeft', 'AltLeft'])), true);
  assert.equal(holdsShortcutModifier(new Set(['AltRight'])), true);
  assert.equal(holdsShortcutModifier(new Set(['ShiftLeft', 'KeyA'])), false);
});
