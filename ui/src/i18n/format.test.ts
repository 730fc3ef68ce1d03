import { describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { bytes, duration, relative, stopwatch } from './format.ts';
import { choosePlural, fill } from './message.ts';

const NOW = new Date(2026, 3, 1, 12).getTime();

describe('times and amounts are written as people say them', () => {
  test('near times are relative, in the language of the reader', () => {
    assert.equal(relative(NOW - 3 * 60_000, NOW, 'en'), '3 minutes ago');
    assert.equal(relative(NOW - 3 * 60_000, NOW, 'zh-CN'), '3分钟前');
  });
  test('a clock that is a little ahead says "now", not "in 20 seconds"', () => {
    assert.equal(relative(NOW + 20_000, NOW, 'en'), 'now');
  });
  test('after a day the date is said', () => {
    assert.match(relative(NOW - 3 * 86_400_000, NOW, 'en'), /2026/);
  });
  test('a duration is minutes, and hours from an hour on', () => {
    assert.equal(duration(59_000, 'en'), '59 sec');
    assert.equal(duration(5 * 60_000, 'en'), '5 min');
    assert.equal(duration(65 * 60_000, 'en'), '1 hr 5 min');
  });
  test('a running clock never goes below zero', () => {
    assert.equal(stopwatch(-500), '0:00');
    assert.equal(stopwatch(3_729_000), '1:02:09');
  });
  test('sizes use the unit that reads best', () => {
    assert.equal(bytes(52_400_000, 'en'), '52 MB');
    assert.equal(bytes(1500, 'en'), '1.5 kB');
    assert.equal(bytes(12, 'en'), '12 bytes');
  });
});

describe('a message is filled', () => {
  test('with values, numbers in the format of the language', () => {
    assert.equal(
      fill('{name} has {count}', { name: 'Li', count: 1200 }, (n) => n.toLocaleString('en')),
      'Li has 1,200',
    );
  });
  test('a value is text, even when it looks like a placeholder', () => {
    assert.equal(fill('{name}', { name: '{other}', other: 'x' }, String), '{other}');
  });
  test('plural forms follow the rules of the language', () => {
    const message = { one: 'one request', other: '{count} requests' };
    assert.equal(choosePlural(message, 1, 'en'), 'one request');
    assert.equal(choosePlural(message, 2, 'en'), '{count} requests');
    assert.equal(choosePlural({ other: '{count} 个' }, 1, 'zh-CN'), '{count} 个');
  });
});
