import { describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { filterItems, groupItems } from './palette.ts';

const items = [
  { group: 'Actions', label: 'Take this request' },
  { group: 'Queue', label: 'Tom Becker', detail: 'Outlook asks again', keywords: ['E2002'] },
  { group: 'Queue', label: '王芳', detail: '打印机没有反应' },
];
const found = (query: string) => filterItems(items, query).map(({ label }) => label);

describe('the command palette finds', () => {
  test('words in any order and case', () => {
    assert.deepEqual(found('request TAKE'), ['Take this request']);
  });
  test('people by number and by what they asked', () => {
    assert.deepEqual(found('e2002'), ['Tom Becker']);
    assert.deepEqual(found('打印机'), ['王芳']);
  });
  test('everything before anything is typed', () => {
    assert.equal(found('  ').length, 3);
  });
  test('nothing when one of the words is missing', () => {
    assert.deepEqual(found('take tom'), []);
  });
  test('items stay under their headings', () => {
    assert.deepEqual(
      groupItems(items).map((group) => group.items.length),
      [1, 2],
    );
  });
});
