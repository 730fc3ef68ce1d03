import { describe, test } from 'node:test';
import assert from 'node:assert/strict';
import {
  END_REASONS,
  PAUSE_REASONS,
  SESSION_STATES,
  STATE_DEADLINES,
  TRANSITIONS,
  isTransitionAllowed,
} from './lifecycle.ts';

describe('the lifecycle table', () => {
  test('is closed: every state has a row, every row leads to states that exist and never to itself', () => {
    assert.deepEqual(Object.keys(TRANSITIONS).toSorted(), SESSION_STATES.toSorted());
    for (const state of SESSION_STATES) {
      const next: readonly string[] = TRANSITIONS[state];
      assert.equal(new Set(next).size, next.length);
      assert.ok(!next.includes(state));
      for (const to of next) assert.ok((SESSION_STATES as readonly string[]).includes(to));
    }
  });

  test('is the one the architecture draws, and no other step is allowed', () => {
    const drawn = [
      'requested>invited',
      'invited>accepted',
      'accepted>connecting',
      'connecting>active',
      'active>paused',
      'paused>active',
    ];
    for (const from of SESSION_STATES) {
      for (const to of SESSION_STATES) {
        const isDrawn = drawn.includes(`${from}>${to}`) || (to === 'ended' && from !== 'ended');
        assert.equal(isTransitionAllowed(from, to), isDrawn, `${from} → ${to}`);
      }
    }
  });

  test('lets any state end, and nothing leave the end', () => {
    for (const state of SESSION_STATES) assert.equal(isTransitionAllowed(state, 'ended'), state !== 'ended');
    assert.deepEqual(TRANSITIONS.ended, []);
  });

  test('reaches every state from the first', () => {
    const reached = new Set<string>(['requested']);
    for (const state of SESSION_STATES)
      if (reached.has(state)) for (const next of TRANSITIONS[state]) reached.add(next);
    assert.equal(reached.size, SESSION_STATES.length);
  });

  test('gives every state but the last a deadline and the reason for which it then ends', () => {
    assert.deepEqual(
      Object.keys(STATE_DEADLINES).toSorted(),
      SESSION_STATES.filter((state) => state !== 'ended').toSorted(),
    );
    for (const { limitS, reason } of Object.values(STATE_DEADLINES)) {
      assert.ok(Number.isInteger(limitS) && limitS > 0);
      assert.ok(END_REASONS.includes(reason));
    }
  });

  test('names each reason once', () => {
    for (const reasons of [END_REASONS, PAUSE_REASONS]) {
      assert.equal(new Set(reasons).size, reasons.length);
      for (const reason of reasons) assert.match(reason, /^[a-z]+(-[a-z]+)*$/);
    }
  });
});
