import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { createTestClock } from '../platform/test-clock.ts';
import { createSessionTimes } from './session.time.ts';
import { connectingSession, createTestSessions, grantOf, type TestSessions } from './test-sessions.ts';

let t: TestSessions;
beforeEach(() => {
  t = createTestSessions();
});
afterEach(() => {
  t.close();
});

async function activeSession(): Promise<string> {
  const { id } = await connectingSession(t);
  t.sessions.apply(id, grantOf(t, id));
  return id;
}

/** By a device whose own clock was not set back. */
function resume(id: string, deviceAheadMs: number, service = t.sessions): void {
  const { grant } = grantOf(t, id, { grantId: 'g-again' });
  const times = { notBefore: grant.notBefore + deviceAheadMs, notAfter: grant.notAfter + deviceAheadMs };
  service.apply(id, { type: 'granted', grant: { ...grant, ...times } });
}

/** Seconds until the end of what `what` limits, told by ticks of a second. */
function secondsToTheEnd(id: string, service = t.sessions): number {
  for (let second = 0; second <= 8000; second += 1) {
    service.tick();
    if (service.status(id).state === 'ended') return second;
    t.organisation.clock.advance({ s: 1 });
  }
  throw new Error('it does not end');
}

describe('a clock on the wall that is set back', () => {
  test('does not lengthen a session', async () => {
    const id = await activeSession();
    const { clock } = t.organisation;
    clock.advance({ s: 3600 });
    t.sessions.tick();
    clock.set({ h: -1 });
    assert.equal(secondsToTheEnd(id), 3600);
    assert.equal(t.sessions.status(id).endReason, 'time-limit');
  });

  test('does not lengthen it by being set back again and again', async () => {
    const id = await activeSession();
    for (let hour = 0; hour < 8; hour += 1) {
      t.organisation.clock.advance({ s: 720 });
      t.organisation.clock.set({ s: -700 });
      t.sessions.tick();
    }
    assert.equal(secondsToTheEnd(id), 7200 - 8 * 720);
  });

  test('does not lengthen a pause, nor what is left of the session after it', async () => {
    const id = await activeSession();
    const { clock } = t.organisation;
    clock.advance({ s: 60 });
    t.sessions.apply(id, { type: 'paused', by: 'sharer', reason: 'sharer' });
    clock.advance({ s: 300 });
    clock.set({ h: -5 });
    resume(id, 5 * 3_600_000);
    clock.set({ h: -5 });
    assert.equal(secondsToTheEnd(id), 7200 - 360);

    const paused = await activeSession();
    t.sessions.apply(paused, { type: 'paused', by: 'sharer', reason: 'sharer' });
    clock.advance({ s: 200 });
    clock.set({ h: -5 });
    assert.equal(secondsToTheEnd(paused), 400);
    assert.equal(t.sessions.status(paused).endReason, 'pause-timeout');
  });

  test('does not end one too early either, nor a helper’s minute to come back', async () => {
    const { id } = await connectingSession(t);
    const { clock } = t.organisation;
    t.sessions.tick();
    clock.advance({ s: 10 });
    clock.set({ h: -1 });
    t.sessions.setConnected(id, 'device', true);
    t.sessions.setConnected(id, 'device', false);
    assert.equal(secondsToTheEnd(id), 60);
  });

  test('leaves a restarted server what it can know: the session is as old as its last change says', async () => {
    const id = await activeSession();
    const { clock } = t.organisation;
    clock.advance({ s: 3600 });
    t.sessions.apply(id, { type: 'paused', by: 'agent', reason: 'agent' });
    clock.set({ h: -1 });
    const after = t.restart();
    after.pauseTorn();
    resume(id, 3_600_000, after);
    assert.equal(secondsToTheEnd(id, after), 3600);
  });

  test('shows people the end as their clocks will show it', async () => {
    const id = await activeSession();
    const { clock } = t.organisation;
    clock.advance({ s: 600 });
    assert.equal(t.sessions.status(id).deadlineAt, clock.now() + 6_600_000);
    clock.set({ s: -600 });
    assert.equal(t.sessions.status(id).deadlineAt, clock.now() + 6_600_000);
  });
});

describe('a clock on the wall that is set forward', () => {
  test('shortens a session: the earlier of both clocks counts', async () => {
    const id = await activeSession();
    t.organisation.clock.set({ s: 7100 });
    assert.equal(secondsToTheEnd(id), 100);
  });

  test('does not shorten one for ever: set right again, the session has its time', async () => {
    const id = await activeSession();
    const { clock } = t.organisation;
    clock.set({ h: 1 });
    t.sessions.tick();
    clock.set({ h: -1 });
    assert.equal(secondsToTheEnd(id), 7200);
  });
});

test('both clocks drift apart by less than a second all the time, and nobody sees it', () => {
  const clock = createTestClock(1_000_000);
  let drift = 0;
  const times = createSessionTimes({ now: clock.now, monotonic: () => clock.monotonic() + drift });
  const row = { id: 'ses_a', state: 'active', stateSince: 1_000_000 } as const;
  assert.equal(times.now(row), 1_000_000);
  clock.advance({ s: 100 });
  drift = 0.75;
  assert.equal(times.now(row), 1_100_000);
  drift = 499.9;
  assert.equal(times.now(row), 1_100_499);
  assert.equal(times.onWall(row, 2_000_000), 2_000_000);
});
