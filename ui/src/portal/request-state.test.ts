import { describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { reachedStation, shownState } from './request-state.ts';

const session = (state: 'invited' | 'active' | 'ended') => ({ id: 'ses_a', state });

describe('the state of a request', () => {
  test('an open session says more than the request itself', () => {
    assert.equal(shownState({ state: 'taken', session: session('active') }), 'active');
    assert.equal(shownState({ state: 'taken', session: session('invited') }), 'invited');
  });
  test('an ended session says nothing: the agent still has the request', () => {
    assert.equal(shownState({ state: 'taken', session: session('ended') }), 'taken');
    assert.equal(shownState({ state: 'waiting', session: session('ended') }), 'waiting');
  });
  test('solved is solved, whatever came before', () => {
    assert.equal(shownState({ state: 'solved', session: session('ended') }), 'solved');
    assert.equal(reachedStation('solved'), 'solved');
  });
  test('a paused session is still the session', () => {
    assert.equal(reachedStation('paused'), 'session');
  });
});
