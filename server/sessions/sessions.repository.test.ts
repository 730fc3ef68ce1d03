import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { SESSION_STATES, TRANSITIONS } from '../../protocol/lifecycle.ts';
import { replaceHelperToken, useHelperToken } from './invitations.repository.ts';
import { moveSession } from './sessions.repository.ts';
import { sessionTransitionsTable } from './sessions.tables.ts';
import { connectingSession, createTestSessions, invite, takeRequest, type TestSessions } from './test-sessions.ts';

let t: TestSessions;
beforeEach(() => {
  t = createTestSessions();
});
afterEach(() => {
  t.close();
});

describe('the database keeps the lifecycle', () => {
  test('its table of transitions is that of the protocol', () => {
    const stored = t.organisation.database.db.select().from(sessionTransitionsTable).all();
    const expected = SESSION_STATES.flatMap((from) => TRANSITIONS[from].map((to) => `${from} ${to}`));
    assert.deepEqual(stored.map(({ fromState, toState }) => `${fromState} ${toState}`).sort(), expected.sort());
  });

  test('a transition that the table does not have is refused by SQLite itself', async () => {
    const { sessionId } = await invite(await takeRequest(t));
    const { raw } = t.organisation.database;
    const skip = raw.prepare(
      "UPDATE sessions SET previous_state = state, state = 'connecting', device_serial = 'd' WHERE id = ?",
    );
    assert.throws(() => skip.run(sessionId), /FOREIGN KEY constraint failed/);
  });

  test('a transition cannot lie about where it came from', async () => {
    const { sessionId } = await invite(await takeRequest(t));
    const { raw } = t.organisation.database;
    const lie = raw.prepare(
      "UPDATE sessions SET previous_state = 'accepted', state = 'connecting', device_serial = 'd' WHERE id = ?",
    );
    assert.throws(() => lie.run(sessionId), /the previous state is the old one/);
    const rewrite = raw.prepare("UPDATE sessions SET previous_state = 'accepted' WHERE id = ?");
    assert.throws(() => rewrite.run(sessionId), /the previous state is the old one/);
  });

  test('what has ended cannot be revived', async () => {
    const { id } = await connectingSession(t);
    t.sessions.apply(id, { type: 'ended', by: 'sharer', reason: 'sharer-stopped' });
    const { raw } = t.organisation.database;
    const revive = raw.prepare(
      "UPDATE sessions SET previous_state = 'ended', state = 'active', ended_at = NULL, end_reason = NULL WHERE id = ?",
    );
    assert.throws(() => revive.run(id), /FOREIGN KEY constraint failed/);
  });

  test('of two who move a session at once one loses', async () => {
    const { sessionId: id } = await invite(await takeRequest(t));
    const move = { id, from: 'invited', to: 'accepted', at: 1, pauseReason: null, endReason: null } as const;
    const { db } = t.organisation.database;
    assert.equal(moveSession(db, move)?.state, 'accepted');
    assert.equal(moveSession(db, move), undefined);
  });

  test('of two who use a token at once one finds nothing', async () => {
    const { sessionId } = await invite(await takeRequest(t));
    const { db } = t.organisation.database;
    replaceHelperToken(db, { tokenHash: 'h', sessionId, expiresAt: 10 }, 1);
    assert.deepEqual(useHelperToken(db, 'h', 2), { sessionId });
    assert.equal(useHelperToken(db, 'h', 2), undefined);
  });

  test('an ended session leaves nothing in the database that could still open it', async () => {
    const taken = await takeRequest(t);
    const { sessionId } = await invite(taken);
    const { db, raw } = t.organisation.database;
    replaceHelperToken(db, { tokenHash: 'h', sessionId, expiresAt: t.organisation.clock.now() + 1000 }, 1);
    await taken.agent.client.post(`/api/sessions/${sessionId}/end`);
    const invitations = raw.prepare('SELECT secret_hash, code_hmac FROM invitations').all();
    assert.deepEqual(invitations, [{ secret_hash: null, code_hmac: null }]);
    assert.equal(useHelperToken(db, 'h', t.organisation.clock.now()), undefined);
  });

  test('a request has one open session at most', async () => {
    const taken = await takeRequest(t);
    const { sessionId } = await invite(taken);
    const { raw } = t.organisation.database;
    const copy = raw.prepare(
      `INSERT INTO sessions (id, request_id, state, state_since, reason, requested_mode, policy, sharer_id, agent_id,
         agent_serial, agent_certificate, created_at)
       SELECT 'ses_copy', request_id, 'requested', 0, reason, requested_mode, policy, sharer_id, agent_id,
         agent_serial, agent_certificate, 0 FROM sessions WHERE id = ?`,
    );
    assert.throws(() => copy.run(sessionId), /UNIQUE constraint failed/);
  });
});
