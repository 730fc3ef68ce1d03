import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createTestClock } from '../platform/test-clock.ts';
import { createSignInThrottle } from './sign-in-throttle.ts';

const owner = { employeeNumber: 'A1001', address: '10.0.0.5' };
const attacker = { employeeNumber: 'A1001', address: '203.0.113.9' };

describe('guessing passwords', () => {
  test('costs more with every failure, up to a quarter of an hour', () => {
    const clock = createTestClock();
    const throttle = createSignInThrottle(clock);
    const waits: number[] = [];
    for (let index = 0; index < 16; index += 1) {
      const wait = throttle.waitS(attacker);
      waits.push(wait);
      clock.advance({ s: wait });
      assert.equal(throttle.waitS(attacker), 0);
      throttle.failed(attacker);
    }
    assert.deepEqual(waits.slice(0, 8), [0, 0, 0, 0, 0, 2, 4, 8]);
    assert.equal(Math.max(...waits), 900);
  });

  test('at the same moment is no way around: what is still being looked at counts as a failure', () => {
    const throttle = createSignInThrottle(createTestClock());
    const begin = (attempt: typeof attacker): boolean => {
      const isAdmitted = throttle.waitS(attempt) === 0;
      if (isAdmitted) throttle.begin(attempt);
      return isAdmitted;
    };
    const many = Array.from({ length: 100 }, (_, index) => index);
    assert.equal(many.filter(() => begin(attacker)).length, 5);
    assert.equal(throttle.waitS(owner), 0);
    assert.equal(many.filter((index) => begin({ ...attacker, address: `203.0.113.${index}` })).length, 25);
    assert.equal(many.filter((index) => begin({ ...attacker, employeeNumber: `B${index}` })).length, 55);
    for (let count = 0; count < 5; count += 1) throttle.succeeded(attacker);
    assert.equal(throttle.waitS(attacker), 0);
  });

  test('does not cost the owner anything at another address', () => {
    const throttle = createSignInThrottle(createTestClock());
    for (let index = 0; index < 8; index += 1) throttle.failed(attacker);
    assert.ok(throttle.waitS(attacker) > 0);
    assert.equal(throttle.waitS(owner), 0);
  });

  test('from many addresses uses up the account’s budget, but not for an address the owner has signed in from', () => {
    const throttle = createSignInThrottle(createTestClock());
    throttle.succeeded(owner);
    for (let index = 0; index < 40; index += 1) throttle.failed({ ...attacker, address: `203.0.113.${index}` });
    assert.ok(throttle.waitS({ ...attacker, address: '198.51.100.1' }) > 0);
    assert.equal(throttle.waitS(owner), 0);
  });

  test('the account’s budget comes back by itself', () => {
    const clock = createTestClock();
    const throttle = createSignInThrottle(clock);
    for (let index = 0; index < 40; index += 1) throttle.failed({ ...attacker, address: `203.0.113.${index}` });
    assert.ok(throttle.waitS(owner) > 0);
    clock.advance({ s: 31 });
    assert.equal(throttle.waitS(owner), 0);
  });

  test('of many accounts from one address is slowed as well', () => {
    const throttle = createSignInThrottle(createTestClock());
    for (let index = 0; index < 60; index += 1) throttle.failed({ ...attacker, employeeNumber: `A${index}` });
    assert.ok(throttle.waitS({ ...attacker, employeeNumber: 'A9999' }) > 0);
  });

  test('spelling the number differently is the same account, and success forgives', () => {
    const throttle = createSignInThrottle(createTestClock());
    for (let index = 0; index < 6; index += 1)
      throttle.failed({ ...attacker, employeeNumber: index % 2 === 0 ? ' a1001' : 'A1001 ' });
    assert.ok(throttle.waitS(attacker) > 0);
    throttle.succeeded(attacker);
    assert.equal(throttle.waitS(attacker), 0);
  });
});
