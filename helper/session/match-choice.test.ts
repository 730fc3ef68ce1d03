import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatMatchCode } from '../../protocol/handshake.ts';
import { matchChoices } from './match-choice.ts';

const random = (below: number): number => Math.floor(Math.random() * below);

test('three codes are shown, the right one among them, and no two can be mistaken', () => {
  fc.assert(
    fc.property(fc.bigInt(0n, 9_999_999n), (value) => {
      const right = formatMatchCode(value);
      const choices = matchChoices(right, random);
      assert.equal(choices.length, 3);
      assert.ok(choices.includes(right));
      for (const a of choices) {
        for (const b of choices) if (a !== b) assert.ok([...a].filter((digit, at) => digit !== b[at]).length >= 4);
      }
    }),
  );
});

test('the right code stands in every place about equally often', () => {
  const places = Array.from({ length: 3000 }, () => matchChoices('123 4567', random).indexOf('123 4567'));
  for (const place of [0, 1, 2]) {
    const count = places.filter((found) => found === place).length;
    assert.ok(count > 850 && count < 1150, `place ${place}: ${count} of 3000`);
  }
});
