import { describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { filterOf, queryOf } from './audit-filter.ts';

describe('an audit search can be sent as an address', () => {
  test('the address says what is filtered', () => {
    const filter = filterOf(new URLSearchParams('q=li&action=auth/refused&outcome=refused'));
    assert.deepEqual(queryOf(filter), { q: 'li', action: 'auth/refused', outcome: 'refused' });
  });
  test('an outcome or a day that does not exist is not filtered by', () => {
    assert.deepEqual(queryOf(filterOf(new URLSearchParams('outcome=maybe&from=yesterday'))), {});
  });
  test('the last day is included to its end', () => {
    const { from, to } = queryOf(filterOf(new URLSearchParams('from=2026-04-01&to=2026-04-01')));
    assert.equal((to ?? 0) - (from ?? 0), 86_400_000 - 1);
  });
  test('longer than the server takes is cut, not refused', () => {
    assert.equal(queryOf(filterOf(new URLSearchParams({ q: 'x'.repeat(500) }))).q?.length, 100);
  });
});
