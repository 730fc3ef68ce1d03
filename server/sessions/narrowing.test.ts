import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { session as sessionSchema, type Session } from '../../protocol/api/sessions.ts';
import { readAuditPage } from '../audit/audit.repository.ts';
import { outcome, type TestSeat } from '../desk/test-desk.ts';
import { connectingSession, createTestSessions, grantOf, view, type TestSessions } from './test-sessions.ts';

let t: TestSessions;
let id: string;
let employee: TestSeat;
let agent: TestSeat;
beforeEach(async () => {
  t = createTestSessions();
  ({ id, employee, agent } = await connectingSession(t));
});
afterEach(() => {
  t.close();
});

const LIMITED = { reach: 'limited', windows: 1, applications: 0, rectangles: 0, sha256: 'f'.repeat(64) } as const;

function grant(capability: string, more: Omit<NonNullable<Parameters<typeof grantOf>[2]>, 'capability'> = {}): void {
  t.sessions.apply(id, grantOf(t, id, { capability, ...more }));
}
const takeBack = (seat: TestSeat, capability: string) =>
  seat.client.post(`/api/sessions/${id}/take-back`, { capability });
const pause = (seat: TestSeat) => seat.client.post(`/api/sessions/${id}/pause`);
const rights = async (seat = employee): Promise<string[]> =>
  (await view(seat.client, id)).rights.map(({ capability, reach }) => `${capability} ${reach}`).sort();
const answered = async (answer: Promise<Response>): Promise<Session> =>
  sessionSchema.parse(await (await answer).json());
/** Who did what, newest last. */
function trail(action: 'session/paused' | 'session/revoked'): string[] {
  const { events } = readAuditPage(t.organisation.database.db, { action, limit: 20 });
  return events.map(({ actor, detail }) => `${actor.label} ${detail['capability'] ?? detail['reason']}`).reverse();
}

describe('both pages see', () => {
  test('each right that is in force: how far it reaches, for what and until when', async () => {
    assert.deepEqual(await rights(), []);
    grant('view', { scope: LIMITED });
    grant('input', { purpose: 'task' });
    const { clock } = t.organisation;
    for (const seat of [employee, agent])
      assert.deepEqual((await view(seat.client, id)).rights, [
        { capability: 'view', reach: 'limited', purpose: 'session', notAfter: clock.now() + 7_200_000 },
        { capability: 'input', reach: 'limited', purpose: 'task', notAfter: clock.now() + 900_000 },
      ]);
    assert.equal((await view(agent.client, id)).grantedMode, 'limited');
    clock.advance({ s: 900 });
    assert.deepEqual(await rights(), ['view limited']);
  });

  test('of two grants of a right the one that lasts longer', async () => {
    grant('view');
    grant('input', { purpose: 'task' });
    grant('input', { grantId: 'g-longer' });
    const input = (await view(employee.client, id)).rights.find(({ capability }) => capability === 'input');
    assert.deepEqual([input?.purpose, input?.notAfter], ['session', t.organisation.clock.now() + 7_200_000]);
  });

  test('which modes the policy has room for', async () => {
    assert.deepEqual((await view(employee.client, id)).policy, { modes: ['view', 'limited', 'control'] });
    const { raw } = t.organisation.database;
    raw.prepare(`UPDATE sessions SET policy = json_set(policy, '$.limitedOnly', json('["input"]'))`).run();
    assert.deepEqual((await view(employee.client, id)).policy, { modes: ['view', 'limited'] });
  });
});

describe('a right', () => {
  beforeEach(() => {
    for (const capability of ['view', 'input', 'files']) grant(capability);
  });

  test('is taken back by the sharer, or handed back by the agent, and the answer shows it', async () => {
    assert.deepEqual((await answered(takeBack(employee, 'input'))).grantedMode, 'view');
    assert.deepEqual(await rights(), ['files all', 'view all']);
    assert.equal(await outcome(takeBack(agent, 'files')), '200');
    assert.deepEqual(await rights(agent), ['view all']);
    assert.deepEqual(trail('session/revoked'), ['Wang Fang input', 'Li Wei files']);
  });

  test('that is view goes with all the others, and the session is paused', async () => {
    const { state, pauseReason, rights: left } = await answered(takeBack(employee, 'view'));
    assert.deepEqual([state, pauseReason, left], ['paused', 'sharer', []]);
    assert.deepEqual(trail('session/paused'), ['Wang Fang sharer']);
  });

  test('that nobody holds is taken back without more ado, as often as one likes', async () => {
    for (let count = 0; count < 3; count += 1) assert.equal(await outcome(takeBack(employee, 'input')), '200');
    assert.deepEqual(trail('session/revoked'), ['Wang Fang input']);
  });

  test('that does not exist is no right: the request is refused, and so is one that says more', async () => {
    assert.equal(await outcome(takeBack(employee, 'clipboard')), '400 request.invalid');
    const more = { capability: 'input', reach: 'limited' };
    assert.equal(await outcome(employee.client.post(`/api/sessions/${id}/take-back`, more)), '400 request.invalid');
    assert.deepEqual(await rights(), ['files all', 'input all', 'view all']);
  });
});

describe('a pause', () => {
  beforeEach(() => {
    grant('view');
  });

  for (const who of ['sharer', 'agent'] as const) {
    test(`by the ${who} takes every right back and says when it ends by itself`, async () => {
      const seat = who === 'sharer' ? employee : agent;
      const paused = await answered(pause(seat));
      assert.deepEqual([paused.state, paused.pauseReason, paused.rights], ['paused', who, []]);
      assert.equal(paused.deadlineAt, t.organisation.clock.now() + 600_000);
      assert.deepEqual(trail('session/paused'), [`${seat.name} ${who}`]);
    });
  }

  test('that is on already stays whose it was, and its deadline too', async () => {
    const first = await answered(pause(agent));
    t.organisation.clock.advance({ s: 60 });
    const second = await answered(pause(employee));
    assert.deepEqual([second.pauseReason, second.deadlineAt], ['agent', first.deadlineAt]);
  });

  test('is not for a session that has not begun, nor for one that is over', async () => {
    const other = await connectingSession(t);
    const pauseOther = () => outcome(other.employee.client.post(`/api/sessions/${other.id}/pause`));
    assert.equal(await pauseOther(), '409 session.state-changed');
    await other.employee.client.post(`/api/sessions/${other.id}/end`);
    assert.equal(await pauseOther(), '409 session.state-changed');
  });
});
