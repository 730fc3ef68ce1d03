import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { edition, editionPreview, type EditionSwitch, type EditionView } from '../../protocol/api/edition.ts';
import { request, messages } from '../../protocol/api/desk.ts';
import { readAuditPage } from '../audit/audit.repository.ts';
import { insertDepartment } from '../access/organisation.repository.ts';
import { updatePerson, writeRoles } from '../access/people.repository.ts';
import { MAIL_CATEGORY, outcome, type TestSeat } from '../desk/test-desk.ts';
import { newId } from '../platform/random.ts';
import { granting } from './test-grants.ts';
import {
  accept,
  connectingSession,
  createTestSessions,
  enrol,
  INVITE,
  invite,
  stranger,
  takeRequest,
  view,
  type TakenRequest,
  type TestSessions,
} from './test-sessions.ts';

let t: TestSessions;
let security: TestSeat;
let taken: TakenRequest;
let finance: string;

beforeEach(async () => {
  t = createTestSessions();
  finance = newId('dep', t.organisation.random);
  insertDepartment(t.organisation.database.db, { id: finance, name: 'Finance', createdAt: 0 });
  security = t.seat('Sun Li', 'security');
  taken = await takeRequest(t);
  move(taken.employee, finance);
});
afterEach(() => {
  t.close();
});

const move = (seat: TestSeat, departmentId: string) =>
  updatePerson(t.organisation.database.db, seat.id, { departmentId });

const readEdition = async (): Promise<EditionView> =>
  edition.parse(await (await security.client.get('/api/edition')).json());

async function turn(isOn: boolean, ...switches: EditionSwitch[]): Promise<EditionView> {
  const { version } = await readEdition();
  const changes = switches.map((which) => ({ which, isOn }));
  return edition.parse(await (await security.client.send('PATCH', '/api/edition', { version, changes })).json());
}

/** One of each kind, all of them about the session of this test. */
const switches = (): EditionSwitch[] => [
  { kind: 'everybody', subject: 'all' },
  { kind: 'department', subject: finance },
  { kind: 'category', subject: MAIL_CATEGORY },
  { kind: 'sharer-role', subject: 'employee' },
  { kind: 'agent-role', subject: 'agent' },
];
const KINDS = ['everybody', 'department', 'category', 'sharer-role', 'agent-role'] as const;
/** Off for everybody, and not for this one alone. */
const LEAVES_NOBODY: readonly string[] = ['everybody', 'agent-role'];

const one = (kind: EditionSwitch['kind']): EditionSwitch => {
  const found = switches().find((which) => which.kind === kind);
  assert.ok(found);
  return found;
};

const post = (seat: TestSeat, id: string, verb: string) => outcome(seat.client.post(`/api/sessions/${id}/${verb}`));

for (const kind of KINDS) {
  describe(`switched off: ${kind}`, () => {
    test('an agent cannot invite, and can once it is on again', async () => {
      const path = `/api/requests/${taken.asked.id}/invitations`;
      await turn(false, one(kind));
      assert.equal(await outcome(taken.agent.client.post(path, INVITE)), '404 not-found');
      await turn(true, one(kind));
      assert.equal(await outcome(taken.agent.client.post(path, INVITE)), '201');
    });

    test('neither side gets any further with an invitation that was open', async () => {
      const { sessionId: id } = await invite(taken);
      await turn(false, one(kind));
      for (const verb of ['accept', 'decline', 'downloads'])
        assert.equal(await post(taken.employee, id, verb), '404 not-found', verb);
      assert.equal(await post(taken.agent, id, 'ticket'), '404 not-found');
    });

    test('after the acceptance there is no download, and the helper is not let in', async () => {
      const { sessionId: id } = await invite(taken);
      const { token } = await accept(taken.employee.client, id);
      await turn(false, one(kind));
      const download = taken.employee.client.get(`/api/sessions/${id}/helper/linux-x64`);
      assert.equal(await outcome(download), '404 not-found');
      assert.equal(await post(taken.employee, id, 'downloads'), '404 not-found');
      assert.equal(await outcome(enrol(t, token)), '404 not-found');
    });

    test('a session in full swing ends at once, and both sides are told why', async () => {
      const { id, deviceSerial } = await activeSession();
      const ended: string[] = [];
      t.sessions.onEnded((sessionId, reason) => ended.push(`${sessionId} ${reason}`));
      await turn(false, one(kind));
      assert.deepEqual(ended, [`${id} switched-off`]);
      for (const seat of [taken.employee, taken.agent]) {
        const seen = await view(seat.client, id);
        assert.deepEqual([seen.state, seen.endReason, seen.grantedMode], ['ended', 'switched-off', null]);
        assert.ok(seat.heard.some((hint) => hint.type === 'session/changed' && hint.sessionId === id));
      }
      assert.equal(t.sessions.findByDeviceSerial(deviceSerial), undefined);
      assert.equal(await post(taken.agent, id, 'ticket'), '404 not-found');
    });

    test('the pages are told that there is nothing to offer, at once', async () => {
      const seen = async (seat: TestSeat) =>
        request.parse(await (await seat.client.get(`/api/requests/${taken.asked.id}`)).json()).isAssistanceAvailable;
      assert.deepEqual([await seen(taken.agent), await seen(taken.employee)], [true, true]);
      await turn(false, one(kind));
      assert.deepEqual([await seen(taken.agent), await seen(taken.employee)], [false, false]);
      for (const seat of [taken.employee, taken.agent, security])
        assert.deepEqual(seat.heard.at(-1), { type: 'edition/changed' });
    });

    test('the request itself goes on: chat, and solving it', async () => {
      await turn(false, one(kind));
      const path = `/api/requests/${taken.asked.id}`;
      const said = { text: 'Then by phone.', clientId: 'client-0001' };
      assert.equal(await outcome(taken.agent.client.post(`${path}/messages`, said)), '201');
      assert.equal(await outcome(taken.agent.client.post(`${path}/solve`)), '200');
    });

    const isOfAll = LEAVES_NOBODY.includes(kind);
    test(`codes and links that nobody has are ${isOfAll ? 'not taken' : 'still refused as such'}`, async () => {
      await turn(false, one(kind));
      const wanted = isOfAll ? '404 not-found' : '410 invitation.invalid';
      for (const body of [{ code: '123456789' }, { secret: 'A'.repeat(43) }])
        assert.equal(await outcome(stranger(t).post('/api/invitations/redeem', body)), wanted);
      const enrolled = enrol(t, 'no such token');
      assert.equal(await outcome(enrolled), isOfAll ? '404 not-found' : '403 enrolment.token-invalid');
    });
  });
}

async function activeSession(): Promise<{ id: string; deviceSerial: string }> {
  const { sessionId: id } = await invite(taken);
  const { token } = await accept(taken.employee.client, id);
  await enrol(t, token);
  t.sessions.apply(id, granting(t, id));
  t.sessions.apply(id, granting(t, id, { capability: 'input' }));
  const { raw } = t.organisation.database;
  const row = raw.prepare<[string], { s: string }>('SELECT device_serial AS s FROM sessions WHERE id = ?').get(id);
  return { id, deviceSerial: row?.s ?? '' };
}

describe('whom a switch is not about', () => {
  test('others go on as if nothing had happened, in the middle of a session', async () => {
    const other = await connectingSession(t);
    t.sessions.apply(other.id, granting(t, other.id));
    await turn(
      false,
      { kind: 'department', subject: finance },
      { kind: 'category', subject: 'cat_0defau1tphone000000000' },
      { kind: 'sharer-role', subject: 'admin' },
      { kind: 'agent-role', subject: 'lead' },
    );
    assert.equal((await view(other.employee.client, other.id)).state, 'active');
    assert.equal(await post(other.agent, other.id, 'ticket'), '201');
  });

  test('whoever is signed in and may not be helped redeems nothing, whatever the code', async () => {
    await turn(false, { kind: 'department', subject: finance });
    const redeem = (seat: TestSeat) => outcome(seat.client.post('/api/invitations/redeem', { code: '123456789' }));
    assert.equal(await redeem(taken.employee), '404 not-found');
    assert.equal(await redeem(t.seat('Zhao Min')), '410 invitation.invalid');
  });

  test('one of several roles that is off is enough', async () => {
    writeRoles(t.organisation.database.db, taken.employee.id, ['employee', 'auditor']);
    await turn(false, { kind: 'sharer-role', subject: 'auditor' });
    const path = `/api/requests/${taken.asked.id}/invitations`;
    assert.equal(await outcome(taken.agent.client.post(path, INVITE)), '404 not-found');
  });

  test('the tool that cleans up stays: what it removes was allowed once', async () => {
    await turn(false, { kind: 'everybody', subject: 'all' });
    assert.equal(await outcome(taken.employee.client.get('/api/clean-up')), '200');
    assert.equal(await outcome(taken.employee.client.get('/api/clean-up/linux-x64')), '200');
  });
});

describe('people who move', () => {
  test('an employee who comes to a department where it is off is let go within a second', async () => {
    move(taken.employee, t.organisation.departmentId);
    await turn(false, { kind: 'department', subject: finance });
    const { id } = await activeSession();
    move(taken.employee, finance);
    t.sessions.tick();
    assert.equal((await view(taken.employee.client, id)).endReason, 'switched-off');
  });

  test('until then both can stop, and nobody can go further', async () => {
    move(taken.employee, t.organisation.departmentId);
    await turn(false, { kind: 'department', subject: finance });
    const { id } = await activeSession();
    move(taken.employee, finance);
    assert.equal(await post(taken.agent, id, 'ticket'), '404 not-found');
    assert.equal(await post(taken.employee, id, 'end'), '200');
    assert.equal((await view(taken.employee.client, id)).endReason, 'sharer-stopped');
  });
});

describe('the page where it is switched', () => {
  test('is for security and administrators', async () => {
    const others = [t.seat('A', 'employee'), t.seat('B', 'agent', 'lead'), t.seat('C', 'auditor')];
    const order = { version: 0, changes: [{ which: one('everybody'), isOn: false }] };
    for (const { client } of others) {
      assert.equal(await outcome(client.get('/api/edition')), '403 auth.forbidden');
      assert.equal(await outcome(client.post('/api/edition/preview', order)), '403 auth.forbidden');
      assert.equal(await outcome(client.send('PATCH', '/api/edition', order)), '403 auth.forbidden');
    }
    assert.equal(await outcome(stranger(t).get('/api/edition')), '401 auth.required');
    assert.equal(await outcome(t.seat('D', 'admin').client.send('PATCH', '/api/edition', order)), '200');
  });

  test('shows everything as on in the beginning, and who changed it last', async () => {
    const before = await readEdition();
    assert.deepEqual([before.version, before.changed, before.isOn, before.isAvailable], [0, null, true, true]);
    const all = [...before.departments, ...before.categories];
    assert.ok(all.length > 8 && all.every(({ isOn }) => isOn));
    assert.ok(before.roles.every(({ mayBeHelped, mayHelp }) => mayBeHelped && mayHelp));
    const after = await turn(false, ...switches().slice(1));
    assert.equal(after.changed?.by.id, security.id);
    assert.deepEqual(
      [after.version, after.isOn, after.isAvailable, after.departments.find(({ id }) => id === finance)?.isOn],
      [1, true, false, false],
    );
    assert.equal(after.categories.find(({ id }) => id === MAIL_CATEGORY)?.isOn, false);
    assert.deepEqual(
      after.roles.filter(({ mayBeHelped, mayHelp }) => !mayBeHelped || !mayHelp),
      [
        { role: 'employee', mayBeHelped: false, mayHelp: true },
        { role: 'agent', mayBeHelped: true, mayHelp: false },
      ],
    );
  });

  test('says in advance how many sessions would end, and ends none', async () => {
    const { id } = await activeSession();
    const ask = async (which: EditionSwitch) => {
      const changes = [{ which, isOn: false }];
      return editionPreview.parse(await (await security.client.post('/api/edition/preview', { changes })).json());
    };
    assert.deepEqual(await ask(one('department')), { ending: 1, isAvailable: true });
    assert.deepEqual(await ask(one('everybody')), { ending: 1, isAvailable: false });
    assert.deepEqual(await ask({ kind: 'agent-role', subject: 'lead' }), { ending: 0, isAvailable: true });
    assert.equal((await view(taken.employee.client, id)).state, 'active');
    assert.equal((await readEdition()).version, 0);
  });

  test('does not overwrite what somebody else has changed meanwhile', async () => {
    await turn(false, one('category'));
    const order = { version: 0, changes: [{ which: one('everybody'), isOn: false }] };
    assert.equal(await outcome(security.client.send('PATCH', '/api/edition', order)), '409 edition.changed');
    assert.equal((await readEdition()).isOn, true);
  });

  test('knows what it switches', async () => {
    const gone: EditionSwitch = { kind: 'department', subject: newId('dep', t.organisation.random) };
    const wrong = [
      [{ which: gone, isOn: false }],
      [{ which: { kind: 'sharer-role', subject: 'king' }, isOn: false }],
      [{ which: { kind: 'everybody', subject: finance }, isOn: false }],
      [
        { which: one('category'), isOn: false },
        { which: one('category'), isOn: true },
      ],
      [],
    ];
    for (const changes of wrong) {
      const order = { version: 0, changes };
      assert.equal(await outcome(security.client.send('PATCH', '/api/edition', order)), '400 request.invalid');
    }
  });

  test('a department that is removed takes its switch with it', async () => {
    move(taken.employee, t.organisation.departmentId);
    await turn(false, { kind: 'department', subject: finance });
    const { raw } = t.organisation.database;
    raw.prepare('DELETE FROM departments WHERE id = ?').run(finance);
    assert.equal(raw.prepare<[], { n: number }>('SELECT count(*) AS n FROM edition_off').get()?.n, 0);
  });
});

describe('what the chain says', () => {
  const changes = () =>
    readAuditPage(t.organisation.database.db, { action: 'edition/changed', limit: 100 }).events.toReversed();

  test('which switch, from what, to what, by whom, and with which others', async () => {
    await turn(false, one('department'), one('sharer-role'));
    await turn(true, one('department'));
    assert.deepEqual(
      changes().map(({ actor, target, detail }) => [actor.id, target?.label, detail]),
      [
        [security.id, 'Finance', { which: 'department', name: 'Finance', from: 'on', to: 'off', version: 1 }],
        [security.id, 'employee', { which: 'sharer-role', name: 'employee', from: 'on', to: 'off', version: 1 }],
        [security.id, 'Finance', { which: 'department', name: 'Finance', from: 'off', to: 'on', version: 2 }],
      ],
    );
  });

  test('nothing, when it is so already', async () => {
    await turn(false, one('category'));
    assert.equal((await turn(false, one('category'))).version, 1);
    assert.equal(changes().length, 1);
  });

  test('the end of the sessions that follows, by the appliance, and the chat has it too', async () => {
    const { id } = await activeSession();
    await turn(false, one('department'));
    const { events } = readAuditPage(t.organisation.database.db, { limit: 100 });
    const end = events.find(({ action, target }) => action === 'session/ended' && target?.id === id);
    assert.deepEqual([end?.actor.id, end?.detail['reason']], ['system', 'switched-off']);
    const switched = events.find(({ action }) => action === 'edition/changed');
    assert.ok(end && switched && end.seq > switched.seq);
    const chat = await taken.employee.client.get(`/api/requests/${taken.asked.id}/messages`);
    assert.equal(messages.parse(await chat.json()).messages.at(-1)?.text, 'session.ended');
  });

  test('nothing at all is changed when one of the sessions cannot be ended', async () => {
    await activeSession();
    t.organisation.database.raw.exec(
      `CREATE TRIGGER full BEFORE INSERT ON audit_events WHEN json_extract(NEW.payload, '$.action') = 'session/ended'
       BEGIN SELECT RAISE(ABORT, 'disk full'); END`,
    );
    const order = { version: 0, changes: [{ which: one('department'), isOn: false }] };
    assert.equal(await outcome(security.client.send('PATCH', '/api/edition', order)), '500 internal');
    assert.deepEqual([(await readEdition()).version, changes().length], [0, 0]);
  });
});
