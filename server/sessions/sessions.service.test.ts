import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { STATE_DEADLINES, type EndReason } from '../../protocol/lifecycle.ts';
import { request, type Request } from '../../protocol/api/desk.ts';
import { outcome } from '../desk/test-desk.ts';
import { hashSecret } from '../platform/random.ts';
import {
  accept,
  connectingSession,
  createTestSessions,
  grantOf,
  invite,
  takeRequest,
  view,
  type TestSessions,
} from './test-sessions.ts';

let t: TestSessions;
beforeEach(() => {
  t = createTestSessions();
});
afterEach(() => {
  t.close();
});

async function activeSession() {
  const connecting = await connectingSession(t);
  t.sessions.apply(connecting.id, grantOf(t, connecting.id));
  return connecting;
}

async function invitedSession() {
  const taken = await takeRequest(t);
  return { ...taken, id: (await invite(taken)).sessionId };
}

/** A session brought into this state, and what ended it. */
const INTO: Record<'invited' | 'accepted' | 'connecting' | 'active' | 'paused', () => Promise<string>> = {
  invited: async () => (await invitedSession()).id,
  accepted: async () => {
    const taken = await takeRequest(t);
    const { sessionId } = await invite(taken);
    await accept(taken.employee.client, sessionId);
    return sessionId;
  },
  connecting: async () => (await connectingSession(t)).id,
  active: async () => (await activeSession()).id,
  paused: async () => {
    const { id } = await activeSession();
    t.sessions.apply(id, { type: 'paused', by: 'agent', reason: 'agent' });
    return id;
  },
};
const STATES = Object.keys(INTO) as (keyof typeof INTO)[];

describe('time', () => {
  for (const state of STATES) {
    const { limitS, reason } = STATE_DEADLINES[state];
    test(`a session that stays ${state} for ${limitS} s ends with ${reason}, not a second before`, async () => {
      const id = await INTO[state]();
      assert.equal(t.sessions.status(id).state, state);
      t.organisation.clock.advance({ s: limitS - 1 });
      t.sessions.tick();
      assert.equal(t.sessions.status(id).state, state);
      t.organisation.clock.advance({ s: 1 });
      t.sessions.tick();
      assert.deepEqual(t.sessions.status(id), {
        state: 'ended',
        grantedMode: null,
        pauseReason: null,
        deadlineAt: null,
        endReason: reason,
      });
    });
  }

  test('a pause ends the session at its own limit or at the session’s, whichever comes first', async () => {
    const { id } = await activeSession();
    t.organisation.clock.advance({ s: 7200 - 300 });
    t.sessions.apply(id, { type: 'paused', by: 'sharer', reason: 'sharer' });
    assert.equal(t.sessions.status(id).deadlineAt, t.organisation.clock.now() + 300_000);
    t.organisation.clock.advance({ s: 300 });
    t.sessions.tick();
    assert.equal(t.sessions.status(id).endReason, 'time-limit');
  });

  test('a helper that vanishes before Start and is not back within a minute is the end', async () => {
    const { id } = await connectingSession(t);
    t.sessions.setConnected(id, 'device', true);
    t.sessions.setConnected(id, 'device', false);
    t.organisation.clock.advance({ s: 60 });
    t.sessions.tick();
    assert.equal(t.sessions.status(id).endReason, 'connection-lost');
  });
});

describe('an end', () => {
  test("revokes the device's certificate in the same transaction and tells the edges once", async () => {
    const { id, deviceSerial } = await activeSession();
    const heard: [string, EndReason][] = [];
    t.sessions.onEnded((...ended) => heard.push(ended));
    assert.equal(t.authority.isRevoked(deviceSerial), false);
    t.sessions.apply(id, { type: 'ended', by: 'agent', reason: 'agent-stopped' });
    t.sessions.apply(id, { type: 'ended', by: 'agent', reason: 'agent-stopped' });
    assert.equal(t.authority.isRevoked(deviceSerial), true);
    assert.deepEqual(heard, [[id, 'agent-stopped']]);
    assert.equal(t.sessions.findByDeviceSerial(deviceSerial), undefined);
  });

  test('one listener that fails does not keep the next from hearing of it', async () => {
    const { id } = await activeSession();
    let heard = 0;
    t.sessions.onEnded(() => {
      throw new Error('a socket that would not close');
    });
    t.sessions.onEnded(() => (heard += 1));
    t.sessions.apply(id, { type: 'ended', by: 'sharer', reason: 'sharer-stopped' });
    assert.equal(heard, 1);
  });

  test('leaves a trail: every change of state is in the chain', async () => {
    const { id } = await activeSession();
    t.sessions.apply(id, { type: 'ended', by: 'sharer', reason: 'sharer-stopped' });
    assert.deepEqual(t.auditActions().slice(2), [
      'invitation/sent',
      'session/accepted',
      'session/enrolled',
      'session/granted',
      'session/revoked',
      'certificate/revoked',
      'session/ended',
    ]);
  });

  test('writes nothing when the audit event cannot be written', async () => {
    const { id } = await activeSession();
    const { raw } = t.organisation.database;
    raw.exec("CREATE TRIGGER full BEFORE INSERT ON audit_events BEGIN SELECT RAISE(ABORT, 'disk full'); END");
    assert.throws(() => t.sessions.apply(id, { type: 'paused', by: 'agent', reason: 'agent' }), /disk full/);
    assert.equal(t.sessions.status(id).state, 'active');
  });
});

describe('people who are no longer there', () => {
  for (const [who, reason] of [
    ['agent', 'agent-deactivated'],
    ['employee', 'sharer-deactivated'],
  ] as const) {
    test(`a deactivated ${who} ends a live session at once`, async () => {
      const active = await activeSession();
      t.organisation.database.raw.prepare('UPDATE people SET is_active = 0 WHERE id = ?').run(active[who].id);
      t.organisation.events.emit('person/deactivated', { personId: active[who].id });
      assert.equal(t.sessions.status(active.id).endReason, reason);
    });
  }

  test('a revoked identity ends the session that was begun with it', async () => {
    const { id, agent } = await activeSession();
    const other = await connectingSession(t);
    const { raw } = t.organisation.database;
    const serialNumber =
      raw.prepare<[string], { s: string }>('SELECT agent_serial AS s FROM sessions WHERE id = ?').get(id)?.s ?? '';
    t.organisation.events.emit('identity/revoked', { personId: agent.id, serialNumber });
    assert.equal(t.sessions.status(id).endReason, 'agent-stopped');
    assert.equal(t.sessions.status(other.id).state, 'connecting');
  });
});

test('an agent who is no agent any more leaves the sessions of before', async () => {
  const { id, agent } = await activeSession();
  const { raw } = t.organisation.database;
  raw.prepare("UPDATE person_roles SET role = 'employee' WHERE person_id = ?").run(agent.id);
  const row = raw.prepare<[string], { s: string }>('SELECT agent_serial AS s FROM sessions WHERE id = ?').get(id);
  t.organisation.events.emit('identity/revoked', { personId: agent.id, serialNumber: row?.s ?? '' });
  assert.equal(t.sessions.status(id).endReason, 'agent-deactivated');
});

describe('a request that moves on takes its session with it', () => {
  const cases = [
    ['solve', 'agent', 'invited', 'invitation-withdrawn'],
    ['solve', 'agent', 'active', 'agent-stopped'],
    ['release', 'agent', 'invited', 'invitation-withdrawn'],
    ['release', 'agent', 'active', 'agent-stopped'],
    ['cancel', 'employee', 'active', 'sharer-stopped'],
  ] as const;
  for (const [verb, who, state, reason] of cases) {
    test(`${verb} while ${state}: ${reason}`, async () => {
      const session = state === 'active' ? await activeSession() : await invitedSession();
      await session[who].client.post(`/api/requests/${session.asked.id}/${verb}`);
      assert.equal(t.sessions.status(session.id).endReason, reason);
    });
  }

  test('taking over withdraws the invitation of the agent before', async () => {
    const taken = await takeRequest(t);
    const { sessionId } = await invite(taken);
    const other = t.seat('Zhao Min', 'agent');
    await other.client.post(`/api/requests/${taken.asked.id}/take`, { takeOver: true });
    assert.equal(t.sessions.status(sessionId).endReason, 'invitation-withdrawn');
  });

  test('a request shows its newest session', async () => {
    const taken = await takeRequest(t);
    const first = await invite(taken);
    const read = async (): Promise<Request> =>
      request.parse(await (await taken.employee.client.get(`/api/requests/${taken.asked.id}`)).json());
    assert.deepEqual((await read()).session, { id: first.sessionId, state: 'invited' });
    await taken.employee.client.post(`/api/sessions/${first.sessionId}/decline`);
    const second = await invite(taken);
    assert.deepEqual((await read()).session, { id: second.sessionId, state: 'invited' });
  });
});

describe('what was granted', () => {
  test('view, then control, then only view again, as both pages see it', async () => {
    const { id, agent } = await connectingSession(t);
    const seen = async () => (await view(agent.client, id)).grantedMode;
    assert.equal(await seen(), null);
    t.sessions.apply(id, grantOf(t, id));
    assert.equal(await seen(), 'view');
    t.sessions.apply(id, grantOf(t, id, { capability: 'input' }));
    assert.equal(await seen(), 'control');
    t.sessions.apply(id, { type: 'revoked', grantId: 'g-input' });
    assert.equal(await seen(), 'view');
    t.sessions.apply(id, { type: 'disconnected', who: 'agent' });
    assert.equal(await seen(), null);
    assert.throws(() => t.sessions.apply(id, grantOf(t, id)), /grant.invalid/);
    t.sessions.apply(id, grantOf(t, id, { grantId: 'g-view-2' }));
    assert.deepEqual([(await view(agent.client, id)).state, await seen()], ['active', 'view']);
  });

  test('a right that its holder does not have counts for nobody', async () => {
    const { id } = await connectingSession(t);
    const { grant } = grantOf(t, id);
    t.sessions.apply(id, { type: 'granted', grant: { ...grant, holder: 'ffff' } });
    assert.equal(t.sessions.status(id).grantedMode, null);
  });
});

describe('tickets', () => {
  async function ticketOf(active: Awaited<ReturnType<typeof activeSession>>): Promise<string> {
    const answer = await active.agent.client.post(`/api/sessions/${active.id}/ticket`);
    return ((await answer.json()) as { ticket: string }).ticket;
  }

  test('a ticket opens its own session once and names the key that must prove itself', async () => {
    const active = await activeSession();
    const ticket = await ticketOf(active);
    const redeemed = t.sessions.redeemTicket(ticket);
    assert.equal(redeemed?.sessionId, active.id);
    assert.equal(redeemed?.publicKey.asymmetricKeyType, 'rsa');
    assert.equal(t.sessions.redeemTicket(ticket), undefined);
  });

  test('it lives thirty seconds', async () => {
    const ticket = await ticketOf(await activeSession());
    t.organisation.clock.advance({ s: 30 });
    assert.equal(t.sessions.redeemTicket(ticket), undefined);
  });

  test('it is worth nothing after the end, nor when the identity was revoked meanwhile', async () => {
    const active = await activeSession();
    const [first, second] = [await ticketOf(active), await ticketOf(active)];
    const { raw } = t.organisation.database;
    raw.prepare("UPDATE certificates SET revoked_at = 1, revoked_reason = 'lost' WHERE kind = 'identity'").run();
    assert.equal(t.sessions.redeemTicket(first), undefined);
    const refused = active.agent.client.post(`/api/sessions/${active.id}/ticket`);
    assert.equal(await outcome(refused), '409 identity.missing');
    t.sessions.apply(active.id, { type: 'ended', by: 'agent', reason: 'agent-stopped' });
    assert.equal(t.sessions.redeemTicket(second), undefined);
  });

  test('there is none before the sharer has accepted, and none after the end', async () => {
    const taken = await takeRequest(t);
    const { sessionId } = await invite(taken);
    const ask = () => outcome(taken.agent.client.post(`/api/sessions/${sessionId}/ticket`));
    assert.equal(await ask(), '409 session.state-changed');
    await accept(taken.employee.client, sessionId);
    assert.equal(await ask(), '201');
    await taken.agent.client.post(`/api/sessions/${sessionId}/end`);
    assert.equal(await ask(), '409 session.state-changed');
  });

  test('an invented one, or the hash of one, opens nothing', async () => {
    const ticket = await ticketOf(await activeSession());
    assert.equal(t.sessions.redeemTicket(hashSecret(ticket)), undefined);
    assert.equal(t.sessions.redeemTicket('a'.repeat(43)), undefined);
  });
});

describe('what the relay reports', () => {
  test('figures add up over several rooms and are kept at the end', async () => {
    const { id, agent } = await activeSession();
    t.sessions.recordFigures(id, { bytes: 100, chunks: 1, pictureFrames: 10, inputFrames: 1 });
    t.sessions.recordFigures(id, { bytes: 300, chunks: 1, pictureFrames: 30, inputFrames: 3 });
    t.sessions.recordFigures(id, { bytes: 50, chunks: 1, pictureFrames: 5, inputFrames: 0 });
    assert.deepEqual((await view(agent.client, id)).figures, { bytes: 350, pictureFrames: 35, inputFrames: 3 });
    t.sessions.apply(id, { type: 'ended', by: 'agent', reason: 'agent-stopped' });
    const { raw } = t.organisation.database;
    assert.deepEqual(raw.prepare('SELECT bytes FROM sessions WHERE id = ?').get(id), { bytes: 350 });
  });

  test('who is connected is seen by both pages, and told once', async () => {
    const { id, agent, employee } = await activeSession();
    employee.heard.length = 0;
    t.sessions.setConnected(id, 'agent', true);
    t.sessions.setConnected(id, 'agent', true);
    assert.equal((await view(agent.client, id)).isAgentConnected, true);
    assert.equal(employee.heard.filter(({ type }) => type === 'session/changed').length, 1);
  });

  test('refusals are counted and written every ten seconds, not one by one', async () => {
    const { id } = await activeSession();
    for (let second = 0; second < 9; second += 1) {
      t.sessions.recordRefusals(id, 'agent', [{ reason: 'no-grant', count: 7 }]);
      t.organisation.clock.advance({ s: 1 });
      t.sessions.tick();
    }
    assert.ok(!t.auditActions().includes('relay/refused'));
    t.organisation.clock.advance({ s: 1 });
    t.sessions.tick();
    const { raw } = t.organisation.database;
    const written = raw
      .prepare<[], { payload: string }>("SELECT payload FROM audit_events WHERE action = 'relay/refused'")
      .all()
      .map(({ payload }) => (JSON.parse(payload) as { detail: unknown }).detail);
    assert.deepEqual(written, [{ reason: 'no-grant', count: 63 }]);
  });
});
