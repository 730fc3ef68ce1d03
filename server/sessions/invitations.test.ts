import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { redeemed, type Invited } from '../../protocol/api/sessions.ts';
import { createTestClient } from '../access/test-organisation.ts';
import { outcome } from '../desk/test-desk.ts';
import {
  INVITE,
  cookieOf,
  createTestSessions,
  invite,
  stranger,
  takeRequest,
  view,
  type TakenRequest,
  type TestSessions,
} from './test-sessions.ts';

let t: TestSessions;
let taken: TakenRequest;

beforeEach(async () => {
  t = createTestSessions();
  taken = await takeRequest(t);
});
afterEach(() => {
  t.close();
});

const secretOf = ({ link }: Invited) => link.split('#')[1] ?? '';
const REDEEM = '/api/invitations/redeem';
const wrong = (code: string) => (code === '000000000' ? '000000001' : '000000000');

describe('inviting', () => {
  const path = () => `/api/requests/${taken.asked.id}/invitations`;

  test('the agent who has the request invites; the secret is in the fragment, the code has nine digits', async () => {
    const sent = await invite(taken);
    assert.match(sent.link, /^https:\/\/desk\.example:8443\/i#[A-Za-z0-9_-]{43}$/);
    assert.match(sent.spokenCode, /^[0-9]{9}$/);
    const seen = await view(taken.employee.client, sent.sessionId);
    assert.deepEqual([seen.state, seen.reason, seen.requestedMode], ['invited', INVITE.reason, 'view']);
    assert.deepEqual([seen.card.name, seen.card.employeeNumber], ['Li Wei', taken.agent.employeeNumber]);
  });

  test('neither the secret nor the code is in the database', async () => {
    const sent = await invite(taken);
    const dump = JSON.stringify(t.organisation.database.raw.prepare('SELECT * FROM invitations').all());
    assert.ok(!dump.includes(secretOf(sent)) && !dump.includes(sent.spokenCode));
  });

  test('without a live identity certificate nobody can be invited', async () => {
    const other = t.seat('Zhao Min', 'agent');
    await other.client.post(`/api/requests/${taken.asked.id}/take`, { takeOver: true });
    assert.equal(await outcome(other.client.post(path(), INVITE)), '409 identity.missing');
    t.giveIdentity(other);
    assert.equal(await outcome(other.client.post(path(), INVITE)), '201');
  });

  test('an expired identity is a missing one', async () => {
    t.organisation.clock.advance({ h: 1 });
    const { database, clock } = t.organisation;
    database.raw.prepare('UPDATE certificates SET not_after = ?').run(clock.now());
    assert.equal(await outcome(taken.agent.client.post(path(), INVITE)), '409 identity.missing');
  });

  test('only the agent who has the request invites', async () => {
    const other = t.seat('Zhao Min', 'agent');
    t.giveIdentity(other);
    assert.equal(await outcome(other.client.post(path(), INVITE)), '409 assistance.taken');
    assert.equal(await outcome(taken.employee.client.post(path(), INVITE)), '403 auth.forbidden');
    assert.equal(await outcome(stranger(t).post(path(), INVITE)), '401 auth.required');
    await taken.agent.client.post(`/api/requests/${taken.asked.id}/release`);
    assert.equal(await outcome(taken.agent.client.post(path(), INVITE)), '409 assistance.state-changed');
  });

  test('a request with an open session cannot have a second one, and can have another when it has ended', async () => {
    const { sessionId } = await invite(taken);
    assert.equal(await outcome(taken.agent.client.post(path(), INVITE)), '409 session.exists');
    await taken.agent.client.post(`/api/sessions/${sessionId}/end`);
    assert.equal(await outcome(taken.agent.client.post(path(), INVITE)), '201');
  });

  test('a mode that does not exist is refused', async () => {
    assert.equal(await outcome(taken.agent.client.post(path(), { ...INVITE, mode: 'root' })), '400 request.invalid');
  });
});

describe('an invitation is used once', () => {
  test('the employee opens the link; the second time it is gone', async () => {
    const sent = await invite(taken);
    const open = () => taken.employee.client.post(REDEEM, { secret: secretOf(sent) });
    assert.deepEqual(redeemed.parse(await (await open()).json()), { sessionId: sent.sessionId });
    assert.equal(await outcome(open()), '410 invitation.invalid');
  });

  test('link and code are one invitation: using one uses up the other', async () => {
    const sent = await invite(taken);
    assert.equal(await outcome(stranger(t).post(REDEEM, { code: sent.spokenCode })), '200');
    assert.equal(
      await outcome(taken.employee.client.post(REDEEM, { secret: secretOf(sent) })),
      '410 invitation.invalid',
    );
  });

  test('of two who redeem at the same time one wins', async () => {
    const sent = await invite(taken);
    const both = [1, 2].map(() => outcome(stranger(t).post(REDEEM, { code: sent.spokenCode })));
    assert.deepEqual((await Promise.all(both)).sort(), ['200', '410 invitation.invalid']);
  });

  test('somebody else who is signed in is told nothing, and does not use it up', async () => {
    const sent = await invite(taken);
    const colleague = t.seat('Sun Li', 'employee', 'agent', 'admin');
    assert.equal(await outcome(colleague.client.post(REDEEM, { code: sent.spokenCode })), '410 invitation.invalid');
    assert.equal(await outcome(colleague.client.post(REDEEM, { secret: secretOf(sent) })), '410 invitation.invalid');
    assert.equal(await outcome(taken.employee.client.post(REDEEM, { code: sent.spokenCode })), '200');
  });

  test('a spoken code lives ten minutes, the link fifteen', async () => {
    const sent = await invite(taken);
    t.organisation.clock.advance({ s: 600 });
    assert.equal(await outcome(stranger(t).post(REDEEM, { code: sent.spokenCode })), '410 invitation.invalid');
    t.organisation.clock.advance({ s: 299 });
    assert.equal(await outcome(stranger(t).post(REDEEM, { secret: secretOf(sent) })), '200');
  });

  test('the link of an invitation that has expired opens nothing', async () => {
    const sent = await invite(taken);
    t.organisation.clock.advance({ s: 900 });
    assert.equal(await outcome(stranger(t).post(REDEEM, { secret: secretOf(sent) })), '410 invitation.invalid');
  });

  test('accepting on the portal page uses link and code up as well', async () => {
    const sent = await invite(taken);
    await taken.employee.client.post(`/api/sessions/${sent.sessionId}/accept`);
    assert.equal(await outcome(stranger(t).post(REDEEM, { code: sent.spokenCode })), '410 invitation.invalid');
  });

  test('after a restart a spoken code of before opens nothing', async () => {
    const sent = await invite(taken);
    const visitor = { signIn: null, address: '192.0.2.1', admit: () => undefined };
    assert.throws(() => t.restart().invitations.redeem({ code: sent.spokenCode }, visitor), /invitation.invalid/);
  });
});

describe('guessing', () => {
  test('a wrong guess does not burn the code, and is in the audit chain', async () => {
    const sent = await invite(taken);
    assert.equal(await outcome(stranger(t).post(REDEEM, { code: wrong(sent.spokenCode) })), '410 invitation.invalid');
    assert.equal(t.auditActions().at(-1), 'invitation/refused');
    assert.equal(await outcome(stranger(t).post(REDEEM, { code: sent.spokenCode })), '200');
  });

  const guess = (address: string, code: string) =>
    outcome(
      Promise.resolve(
        t.app.request(REDEEM, {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'x-test-address': address },
          body: JSON.stringify({ code }),
        }),
      ),
    );

  test('after ten wrong guesses an address must wait; others need not', async () => {
    const { spokenCode } = await invite(taken);
    for (let count = 0; count < 10; count += 1) {
      assert.equal(await guess('198.51.100.1', wrong(spokenCode)), '410 invitation.invalid');
    }
    assert.equal(await guess('198.51.100.1', spokenCode), '429 auth.too-many-attempts');
    assert.equal(await guess('198.51.100.2', spokenCode), '200');
  });

  test('whoever has the link is let in, however often others have guessed', async () => {
    const sent = await invite(taken);
    for (let count = 0; count < 200; count += 1) await guess(`198.51.100.${count}`, wrong(sent.spokenCode));
    const visit = (secret: string) => outcome(stranger(t).post(REDEEM, { secret }));
    assert.equal(await visit('a'.repeat(43)), '429 auth.too-many-attempts');
    assert.equal(await visit(secretOf(sent)), '200');
  });

  test('many addresses together cannot guess more than two hundred times in ten minutes', async () => {
    const { spokenCode } = await invite(taken);
    for (let count = 0; count < 200; count += 1) await guess(`198.51.100.${count}`, wrong(spokenCode));
    assert.equal(await guess('203.0.113.1', spokenCode), '429 auth.too-many-attempts');
    const written = t.auditActions().filter((action) => action === 'invitation/refused').length;
    assert.equal(written, 200);
    t.organisation.clock.advance({ s: 30 });
    assert.equal(await guess('203.0.113.1', spokenCode), '200');
  });
});

describe('a guest', () => {
  test('comes in by code, sees this one session and nothing else', async () => {
    const sent = await invite(taken);
    const cookie = cookieOf(await stranger(t).post(REDEEM, { code: sent.spokenCode })) ?? '';
    const guest = createTestClient(t.app, { cookie });
    const seen = await view(guest, sent.sessionId);
    assert.deepEqual([seen.sharer.id, seen.sharer.name], ['guest', 'Wang Fang']);
    assert.equal(await outcome(guest.get(`/api/requests/${taken.asked.id}`)), '403 auth.forbidden');
    assert.equal(await outcome(guest.get(`/api/requests/${taken.asked.id}/messages`)), '403 auth.forbidden');
  });

  test('has no part in another session', async () => {
    const sent = await invite(taken);
    const cookie = cookieOf(await stranger(t).post(REDEEM, { code: sent.spokenCode })) ?? '';
    const other = await takeRequest(t);
    const { sessionId } = await invite(other);
    const guest = createTestClient(t.app, { cookie });
    for (const verb of ['accept', 'decline', 'end', 'downloads', 'ticket']) {
      assert.equal(await outcome(guest.post(`/api/sessions/${sessionId}/${verb}`)), '404 not-found');
    }
  });

  test('accepts as nobody in particular: the chain does not say that it was the employee', async () => {
    const sent = await invite(taken);
    const cookie = cookieOf(await stranger(t).post(REDEEM, { code: sent.spokenCode })) ?? '';
    await createTestClient(t.app, { cookie }).post(`/api/sessions/${sent.sessionId}/accept`);
    const accepted = t.organisation.database.raw
      .prepare<[], { actor_id: string }>("SELECT actor_id FROM audit_events WHERE action = 'session/accepted'")
      .get();
    assert.equal(accepted?.actor_id, 'guest');
  });

  test('is out as soon as the employee accepts in person', async () => {
    const sent = await invite(taken);
    const cookie = cookieOf(await stranger(t).post(REDEEM, { code: sent.spokenCode })) ?? '';
    await taken.employee.client.post(`/api/sessions/${sent.sessionId}/accept`);
    const guest = createTestClient(t.app, { cookie });
    assert.equal(await outcome(guest.get(`/api/sessions/${sent.sessionId}`)), '404 not-found');
    assert.equal((await view(taken.employee.client, sent.sessionId)).sharer.id, taken.employee.id);
  });
});
