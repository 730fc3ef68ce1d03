import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { matching, slashQuery } from './suggestions.ts';

const replies = [
  { id: 'a', title: 'Restart first', text: 'Please restart.' },
  { id: 'b', title: 'Hello', text: 'Hello, I have seen your printer.' },
  { id: 'c', title: '打印机', text: '请重新添加打印机。' },
  { id: 'd', title: 'Printer', text: 'Add it again.' },
];
const found = (query: string) => matching(replies, query).map(({ id }) => id);

describe('a slash offers what was written before', () => {
  test('at the beginning of a message of one line, and nowhere else', () => {
    assert.equal(slashQuery('/'), '');
    assert.equal(slashQuery('/rest'), 'rest');
    assert.equal(slashQuery('see /etc'), null);
    assert.equal(slashQuery('/etc\n/var'), null);
    assert.equal(slashQuery(''), null);
  });
  test('by words of title or text, those that begin so first', () => {
    assert.deepEqual(found(''), ['a', 'b', 'c', 'd']);
    assert.deepEqual(found('printer'), ['d', 'b']);
    assert.deepEqual(found('打印'), ['c']);
    assert.deepEqual(found('first RESTART'), ['a']);
    assert.deepEqual(found('etc/hosts'), []);
  });
});
