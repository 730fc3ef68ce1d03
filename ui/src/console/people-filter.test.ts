import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { filterOf, queryOf, searchOf, sortedBy } from './people-filter.ts';

const search = (address: string) => searchOf(new URLSearchParams(address));

describe('a search for people can be sent as an address', () => {
  test('the address says who is shown, in which order, and which page', () => {
    assert.deepEqual(queryOf(search('q=li&role=agent&state=inactive&sort=number&order=desc&page=3')), {
      q: 'li',
      role: 'agent',
      state: 'inactive',
      sort: 'number',
      order: 'desc',
      page: 3,
      size: 50,
    });
  });
  test('what does not exist is not filtered by, rather than refused', () => {
    const strange = 'role=root&state=all&department=1&sort=password&order=up&page=-1';
    assert.deepEqual(queryOf(search(strange)), { sort: 'name', order: 'asc', page: 1, size: 50 });
  });
  test('longer than the server takes is cut', () => {
    assert.equal(filterOf(search(`q=${'x'.repeat(500)}`)).q?.length, 100);
  });
  test('a column sorts upwards, then downwards, and from the first page', () => {
    assert.deepEqual(sortedBy(search('page=4'), 'number'), { sort: 'number', order: '', page: '' });
    assert.deepEqual(sortedBy(search('sort=number'), 'number').order, 'desc');
    assert.deepEqual(sortedBy(search('sort=number&order=desc'), 'number').order, '');
    assert.deepEqual(sortedBy(search(''), 'name'), { sort: '', order: 'desc', page: '' });
  });
});
