import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isHigher } from './win32.integrity.ts';

const [MEDIUM, MEDIUM_PLUS, HIGH] = [0x2000, 0x2100, 0x3000];

test('input reaches programs of our level and below', () => {
  assert.equal(isHigher(MEDIUM, MEDIUM), false);
  assert.equal(isHigher(0x1000, MEDIUM), false);
  assert.equal(isHigher(HIGH, HIGH), false, 'restarted as an administrator');
});

test('it reaches none above, and none whose level Windows keeps from us', () => {
  assert.equal(isHigher(HIGH, MEDIUM), true);
  assert.equal(isHigher(MEDIUM_PLUS, MEDIUM), true);
  assert.equal(isHigher(undefined, MEDIUM), true);
  assert.equal(isHigher(undefined, undefined), true);
});
