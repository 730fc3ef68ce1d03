import { describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { matchPath } from './route-match.ts';

describe('an address finds its page', () => {
  test('a pattern gives its parameters', () => {
    assert.deepEqual(matchPath('/requests/:id', '/requests/req_abc'), { id: 'req_abc' });
  });
  test('a trailing slash is the same page', () => {
    assert.deepEqual(matchPath('/desk', '/desk/'), {});
    assert.deepEqual(matchPath('/', '/'), {});
  });
  test('more or fewer segments are another page', () => {
    assert.equal(matchPath('/requests/:id', '/requests'), null);
    assert.equal(matchPath('/requests/:id', '/requests/a/b'), null);
  });
  test('an empty or escaped parameter is no page', () => {
    assert.equal(matchPath('/requests/:id', '/requests//'), null);
    assert.equal(matchPath('/requests/:id', '/requests/%2e%2e'), null);
  });
  test('case matters', () => {
    assert.equal(matchPath('/desk', '/Desk'), null);
  });
});
