import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isHonestName } from './names.ts';

const accepted = (names: readonly string[]): string[] => names.filter(isHonestName);

describe('a name', () => {
  test('may be written in any script, with whatever belongs to it', () => {
    const names = [
      'Anna Lindgren',
      '李伟',
      '欧阳 修',
      "Sinéad O'Brien-Łęcki",
      'José Núñez',
      'عبد الله',
      'می‌خواهم',
      'क्‍ष',
      'Łukasz 2',
      '𠮷野 👩‍💻',
    ];
    assert.deepEqual(accepted(names), names);
  });
  test('does not turn the reading direction', () => {
    assert.deepEqual(accepted(['Anna \u202enimdA', 'Anna\u200f', '\u2067Anna\u2069', 'Anna\u061c']), []);
  });
  test('has nothing in it that nobody sees, so that no two names look the same', () => {
    const hidden = [
      '\u200b',
      '\u00ad',
      '\u2060',
      '\ufeff',
      '\u{e0041}',
      '\u200c',
      '\u200d',
      '\u034f',
      '\u3164',
      '\ue000',
    ];
    assert.deepEqual(accepted(hidden.map((one) => `An${one}na`)), []);
  });
  test('does not break the line', () => {
    assert.deepEqual(accepted(['Anna\nAdmin', 'Anna\tAdmin', 'Anna\u2028Admin', 'Anna\u0085Admin']), []);
  });
  test('says something', () => {
    assert.deepEqual(accepted(['…', '\u3164', '\u2800\u2800', '--', '\u200d']), []);
  });
  test('is well-formed text', () => {
    assert.deepEqual(accepted(['Anna\ud800', '\udc00Anna']), []);
  });
});
