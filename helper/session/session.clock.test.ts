import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { judgeTime, remainingMs, warningAt, type Moment, type TimeFacts } from './session.clock.ts';

const RULES = { sessionLimitS: 7200, idleLimitS: 900 };
const START: Moment = { wall: 1_800_000_000_000, mono: 5_000 };
const after = (wallMs: number, monoMs = wallMs): Moment => ({ wall: START.wall + wallMs, mono: START.mono + monoMs });
const facts = (at: Moment, change: Partial<TimeFacts> = {}): TimeFacts => ({
  startedAt: START,
  lastTick: { wall: at.wall - 1000, mono: at.mono - 1000 },
  lastLocalInputAt: at.mono - 1000,
  isLive: true,
  ...change,
});

describe('the time limit', () => {
  test('comes by the clock that is further ahead, whichever that is', () => {
    const limit = RULES.sessionLimitS * 1000;
    for (const now of [after(limit), after(limit, 0), after(0, limit), after(-9_000_000, limit)]) {
      assert.equal(judgeTime(facts(now), now, RULES), 'time-limit');
    }
    const before = after(limit - 1);
    assert.equal(judgeTime(facts(before), before, RULES), undefined);
  });

  test('comes in a pause too', () => {
    const now = after(RULES.sessionLimitS * 1000);
    assert.equal(judgeTime(facts(now, { isLive: false }), now, RULES), 'time-limit');
  });

  test('is never put off by setting a clock back', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 9_000_000 }), fc.integer({ min: 0, max: 9_000_000 }), (mono, back) => {
        const honest = remainingMs(START, after(mono), RULES);
        assert.ok(remainingMs(START, after(mono - back, mono), RULES) <= honest);
        assert.ok(remainingMs(START, after(mono, mono - back), RULES) <= honest);
      }),
    );
  });

  test('is announced ten minutes before, and again two', () => {
    const minutes = (left: number): number | null => warningAt(left * 60_000);
    assert.deepEqual([minutes(11), minutes(10), minutes(3), minutes(2), minutes(0.1)], [null, 10, 10, 2, 2]);
  });
});

describe('a sharer who is away', () => {
  test('pauses the session after the idle limit, and not before', () => {
    const now = after(1_000_000);
    const idle = (ms: number) => facts(now, { lastLocalInputAt: now.mono - ms });
    assert.equal(judgeTime(idle(899_999), now, RULES), undefined);
    assert.equal(judgeTime(idle(900_000), now, RULES), 'sharer-away');
    assert.equal(judgeTime({ ...idle(900_000), isLive: false }, now, RULES), undefined);
  });

  test('is away as long as they are, whoever sets the clock on the wall', () => {
    const now = after(-3_600_000, 1_000_000);
    assert.equal(judgeTime(facts(now, { lastLocalInputAt: now.mono - 900_000 }), now, RULES), 'sharer-away');
  });
});

describe('a computer that slept', () => {
  test('finds its session paused: the wall clock has gone on without the other', () => {
    const now = after(600_000, 100_000);
    const lastTick = { wall: now.wall - 61_000, mono: now.mono - 1000 };
    assert.equal(judgeTime(facts(now, { lastTick }), now, RULES), 'sleep');
  });

  test('is not a computer that was merely busy', () => {
    const now = after(600_000);
    const lastTick = { wall: now.wall - 61_000, mono: now.mono - 61_000 };
    assert.equal(judgeTime(facts(now, { lastTick }), now, RULES), undefined);
  });
});
