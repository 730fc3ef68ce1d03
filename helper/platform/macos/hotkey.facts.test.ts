import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isHotkey } from './hotkey.facts.ts';
import { FLAG } from './mac.keys.ts';

test('the hotkey is Control, Option, Shift and the letter, and neither less nor more', () => {
  const all = FLAG.control | FLAG.alternate | FLAG.shift;
  const q = 0x0c;
  assert.equal(isHotkey({ keyCode: q, flags: all }, 'Q'), true);
  assert.equal(isHotkey({ keyCode: q, flags: all | 0x100 | 0x10000 }, 'Q'), true, 'Caps Lock is no matter');
  assert.equal(isHotkey({ keyCode: 0x04, flags: all }, 'Q'), false, 'that is H');
  assert.equal(isHotkey({ keyCode: q, flags: all | FLAG.command }, 'Q'), false);
  for (const flag of [FLAG.control, FLAG.alternate, FLAG.shift])
    assert.equal(isHotkey({ keyCode: q, flags: all & ~flag }, 'Q'), false);
  assert.equal(isHotkey(undefined, 'Q'), false);
});
