import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { EVENT, EVENT_MASK, hear, isTapDisabled, OUR_MARK } from './heard.events.ts';

const PRESS = { type: EVENT.keyDown, userData: 0, keyCode: 0, flags: 0, isRepeated: false };

describe('events that a tap on macOS hears', () => {
  test('what carries our mark is ours, and everything else is the local hand', () => {
    assert.equal(hear({ ...PRESS, userData: OUR_MARK }).isInjected, true);
    assert.equal(hear(PRESS).isInjected, false);
    assert.equal(hear({ ...PRESS, userData: 7 }).isInjected, false, 'another program');
  });

  test('keys and modifiers are keys, the rest is the pointer; letting go is no act', () => {
    const [keys, pointer] = [
      ['keyDown', 'keyUp', 'flagsChanged'],
      ['moved', 'leftDown', 'scroll', 'otherDragged'],
    ];
    for (const name of keys) assert.equal(hear({ ...PRESS, type: EVENT[name as 'keyUp'] }).kind, 'key', name);
    for (const name of pointer) assert.equal(hear({ ...PRESS, type: EVENT[name as 'moved'] }).kind, 'pointer', name);
    const acts = Object.values(EVENT).filter((type) => hear({ ...PRESS, type }).isAct);
    assert.deepEqual(
      Object.values(EVENT).filter((type) => !acts.includes(type)),
      [EVENT.leftUp, EVENT.rightUp, EVENT.keyUp, EVENT.otherUp],
    );
  });

  test('a key is pressed once, however long it repeats, and A is a key though its number is 0', () => {
    assert.deepEqual(hear({ ...PRESS, flags: 0x20000 }).pressed, { keyCode: 0, flags: 0x20000 });
    assert.equal(hear({ ...PRESS, isRepeated: true }).pressed, undefined);
    assert.equal(hear({ ...PRESS, type: EVENT.keyUp }).pressed, undefined);
  });

  test('the end of a tap is no event, and the mask asks for every event that there is a name for', () => {
    assert.ok(isTapDisabled(0xfffffffe) && isTapDisabled(0xffffffff) && !isTapDisabled(EVENT.moved));
    for (const type of Object.values(EVENT)) assert.ok((EVENT_MASK & (1 << type)) !== 0, String(type));
    assert.ok(EVENT_MASK > 0);
  });
});
