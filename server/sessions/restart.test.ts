import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { SessionState } from '../../protocol/lifecycle.ts';
import type { SessionsService } from './sessions.service.ts';
import {
  connectingSession,
  createTestSessions,
  grantOf,
  invite,
  takeRequest,
  type TestSessions,
} from './test-sessions.ts';

let t: TestSessions;
beforeEach(() => {
  t = createTestSessions();
});
afterEach(() => {
  t.close();
});

async function activeSession(capabilities = ['view']) {
  const connecting = await connectingSession(t);
  for (const capability of capabilities) t.sessions.apply(connecting.id, grantOf(t, connecting.id, { capability }));
  return connecting;
}

/** As after a start of the server on the same data. */
function restart(): SessionsService {
  const after = t.restart();
  after.pauseTorn();
  return after;
}

/** Ids of grants that are not taken back. */
function openGrants(id: string): string[] {
  const { raw } = t.organisation.database;
  return raw
    .prepare<[string], { id: string }>('SELECT id FROM session_grants WHERE session_id = ? AND revoked_at IS NULL')
    .all(id)
    .map((row) => row.id);
}

describe('a restart of the server', () => {
  test('pauses a session that was live and takes every right back', async () => {
    const { id } = await activeSession(['view', 'input']);
    assert.equal(openGrants(id).length, 2);
    const after = restart();
    const { state, pauseReason, grantedMode } = after.status(id);
    assert.deepEqual([state, pauseReason, grantedMode], ['paused', 'network', null]);
    assert.deepEqual(openGrants(id), []);
    assert.deepEqual(t.auditActions().slice(-3), ['session/paused', 'session/revoked', 'session/revoked']);
  });

  test('leaves the session to the sharer: a new grant of the same device resumes it, an old one does not', async () => {
    const { id, deviceSerial } = await activeSession();
    const after = restart();
    assert.equal(after.findByDeviceSerial(deviceSerial)?.sessionId, id);
    assert.throws(() => after.apply(id, grantOf(t, id)), /grant.invalid/);
    assert.equal(after.status(id).state, 'paused');
    after.apply(id, grantOf(t, id, { grantId: 'g-again' }));
    assert.deepEqual([after.status(id).state, after.status(id).grantedMode], ['active', 'view']);
  });

  test('ends the session once the pause has lasted too long, for want of a connection', async () => {
    const { id } = await activeSession();
    const after = restart();
    t.organisation.clock.advance({ s: 599 });
    after.tick();
    assert.equal(after.status(id).state, 'paused');
    t.organisation.clock.advance({ s: 1 });
    after.tick();
    assert.equal(after.status(id).endReason, 'connection-lost');
  });

  test('does not lengthen a session: what was over meanwhile has ended', async () => {
    const { id } = await activeSession();
    t.organisation.clock.advance({ s: 7200 });
    assert.equal(restart().status(id).endReason, 'time-limit');
  });

  for (const reason of ['sharer', 'agent', 'agent-away'] as const) {
    test(`leaves a session paused that was paused (${reason}), with the deadline that it had`, async () => {
      const { id } = await activeSession();
      t.sessions.apply(id, { type: 'paused', by: 'server', reason });
      const before = t.sessions.status(id);
      t.organisation.clock.advance({ s: 60 });
      assert.deepEqual(restart().status(id), before);
    });
  }

  test('gives a helper that waits for Start a minute to come back', async () => {
    const { id } = await connectingSession(t);
    const after = restart();
    t.organisation.clock.advance({ s: 59 });
    after.tick();
    assert.equal(after.status(id).state, 'connecting');
    after.setConnected(id, 'device', true);
    t.organisation.clock.advance({ s: 60 });
    after.tick();
    assert.equal(after.status(id).state, 'connecting');

    const other = restart();
    t.organisation.clock.advance({ s: 60 });
    other.tick();
    assert.equal(other.status(id).endReason, 'connection-lost');
  });

  test('leaves an invitation and an acceptance as they were', async () => {
    const taken = await takeRequest(t);
    const { sessionId } = await invite(taken);
    const stateOf = (): SessionState => restart().status(sessionId).state;
    assert.equal(stateOf(), 'invited');
    await taken.employee.client.post(`/api/sessions/${sessionId}/accept`);
    assert.equal(stateOf(), 'accepted');
  });

  test('does not lose what was counted before, and counts on', async () => {
    const { id } = await activeSession();
    t.sessions.recordFigures(id, { bytes: 500, chunks: 1, pictureFrames: 5, inputFrames: 1 });
    t.organisation.clock.advance({ s: 10 });
    t.sessions.tick();
    const after = restart();
    after.recordFigures(id, { bytes: 30, chunks: 1, pictureFrames: 3, inputFrames: 0 });
    after.apply(id, { type: 'ended', by: 'sharer', reason: 'sharer-stopped' });
    const { raw } = t.organisation.database;
    assert.deepEqual(raw.prepare('SELECT bytes FROM sessions WHERE id = ?').get(id), { bytes: 530 });
  });
});
