import assert from 'node:assert/strict';
import { test } from 'node:test';
import { logLine, proseLetters } from './text.ts';

test('log lines never wrap and differ from their neighbours', () => {
  for (let number = 0; number < 2000; number += 1) {
    assert.ok(logLine(number, 240).length < 240);
    assert.notEqual(logLine(number, 240), logLine(number + 1, 240));
    assert.equal(logLine(number, 240), logLine(number, 240));
  }
});

test('typed text is single printable characters without end', () => {
  for (let index = 0; index < 20_000; index += 1) assert.match(proseLetters(index), /^[a-z ]$/);
});
