import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { foldText, searchWords, sortKeyOf } from './name-keys.ts';

const sorted = (names: readonly string[]): string[] =>
  [...names].sort((a, b) => (sortKeyOf(a) < sortKeyOf(b) ? -1 : sortKeyOf(a) > sortKeyOf(b) ? 1 : 0));

describe('names are found and sorted', () => {
  test('without regard to case, accents and the width of letters', () => {
    for (const name of ['Müller', 'MÜLLER', 'muller', 'Ｍｕｌｌｅｒ', 'Mu\u0308ller'])
      assert.equal(foldText(name), 'muller');
    assert.equal(foldText('Łukasz Sørensen'), 'lukasz sorensen');
    assert.equal(foldText('Weiß'), 'weiss');
  });
  test('Chinese in the order of pinyin, rare surnames too, after Latin', () => {
    const names = ['王芳', '赵敏', 'Zoë', '李伟', '陈静', '闫妮', '覃海', 'Anna', '岑明'];
    assert.deepEqual(sorted(names), ['Anna', 'Zoë', '岑明', '陈静', '李伟', '覃海', '王芳', '闫妮', '赵敏']);
  });
  test('a search is its words, whatever is between them', () => {
    assert.deepEqual(searchWords('  Müller\u3000 财务 '), ['muller', '财务']);
    assert.deepEqual(searchWords(' '), []);
  });
});
