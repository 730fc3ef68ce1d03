import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EVENT } from './heard.events.ts';
import { buttonEvent, ClickCounter, moveEvent } from './pointer.facts.ts';

test('buttons of the DOM become those of macOS, where the right one comes before the middle one', () => {
  assert.deepEqual(buttonEvent(0, true), { type: EVENT.leftDown, number: 0 });
  assert.deepEqual(buttonEvent(0, false), { type: EVENT.leftUp, number: 0 });
  assert.deepEqual(buttonEvent(1, true), { type: EVENT.otherDown, number: 2 });
  assert.deepEqual(buttonEvent(2, false), { type: EVENT.rightUp, number: 1 });
  assert.deepEqual(buttonEvent(4, true), { type: EVENT.otherDown, number: 4 });
});

test('a movement with a button held is a drag of the button that was pressed first', () => {
  assert.deepEqual(moveEvent([]), { type: EVENT.moved, number: 0 });
  assert.deepEqual(moveEvent([2, 0]), { type: EVENT.rightDragged, number: 1 });
  assert.deepEqual(moveEvent([0]), { type: EVENT.leftDragged, number: 0 });
  assert.deepEqual(moveEvent([3]), { type: EVENT.otherDragged, number: 3 });
});

test('two presses of a button at one place, soon after each other, are a double click', () => {
  const clicks = new ClickCounter();
  const at = { x: 10, y: 10 };
  assert.equal(clicks.press({ button: 0, at, time: 0 }), 1);
  assert.equal(clicks.release(0), 1);
  assert.equal(clicks.press({ button: 0, at: { x: 12, y: 8 }, time: 300 }), 2);
  assert.equal(clicks.release(0), 2);
  assert.equal(clicks.press({ button: 0, at, time: 500 }), 3);
  assert.equal(clicks.press({ button: 0, at, time: 1001 }), 1, 'too late');
  assert.equal(clicks.press({ button: 2, at, time: 1002 }), 1, 'another button');
  assert.equal(clicks.release(0), 1);
  assert.equal(clicks.press({ button: 2, at: { x: 30, y: 10 }, time: 1003 }), 1, 'another place');
});
