import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keptAction, SPECIAL_KEYS } from './special-keys.ts';

type Press = Parameters<typeof keptAction>[0];

const press = (code: string, changes: Partial<Press> = {}): Press => ({
  code,
  ctrlKey: true,
  altKey: true,
  shiftKey: true,
  metaKey: false,
  getModifierState: () => false,
  ...changes,
});

test('the agent keeps three combinations for this page, and no others', () => {
  assert.deepEqual(
    ['KeyB', 'KeyA', 'KeyP', 'KeyC', 'Tab', 'Escape', 'toString'].map((code) => keptAction(press(code))),
    ['leave', 'ask', 'pause', undefined, undefined, undefined, undefined],
  );
});

test('with a modifier missing, or one more, it goes to the other screen', () => {
  for (const changes of [{ ctrlKey: false }, { altKey: false }, { shiftKey: false }, { metaKey: true }])
    assert.equal(keptAction(press('KeyA', changes)), undefined);
});

test('a letter that is typed with AltGr and Shift is a letter, although AltGr is Ctrl and Alt', () => {
  const isAltGraph = (name: string): boolean => name === 'AltGraph';
  assert.equal(keptAction(press('KeyA', { getModifierState: isAltGraph })), undefined);
});

test('what the menu sends is never what the page keeps', () => {
  for (const { codes } of SPECIAL_KEYS) assert.equal(codes.includes('ShiftLeft'), false);
});
