import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { deskAgents, type DeskAgent, type Presence } from '../../protocol/api/queues.ts';
import { shownPresence } from './presence.ts';
import { createTestDesk, outcome, type TestDesk, type TestSeat } from './test-desk.ts';

let desk: TestDesk;
let agent: TestSeat;
let colleague: TestSeat;

beforeEach(() => {
  desk = createTestDesk();
  agent = desk.seat('Li Wei', 'agent');
  colleague = desk.seat('Zhao Min', 'agent');
});
afterEach(() => {
  desk.close();
});

async function shown(name: string, to = agent): Promise<DeskAgent> {
  const answer = deskAgents.parse(await (await to.client.get('/api/desk/agents')).json());
  const found = answer.agents.find(({ person }) => person.name === name);
  assert.ok(found, name);
  return found;
}
const presenceOf = async (name: string): Promise<Presence> => (await shown(name)).presence;
const say = (seat: TestSeat, presence: string) => seat.client.send('PUT', '/api/desk/presence', { presence });
const news = (seat: TestSeat): number => seat.heard.filter(({ type }) => type === 'presence/changed').length;

describe('presence', () => {
  test('is available with an open page, until something else is said', async () => {
    assert.equal(await presenceOf('Zhao Min'), 'available');
    await say(colleague, 'busy');
    assert.equal(await presenceOf('Zhao Min'), 'busy');
    await say(colleague, 'away');
    assert.equal(await presenceOf('Zhao Min'), 'away');
    await say(colleague, 'available');
    assert.equal(await presenceOf('Zhao Min'), 'available');
  });

  test('is away without a page; a reload is not leaving', async () => {
    const comeBack = colleague.leave();
    assert.equal(await presenceOf('Zhao Min'), 'available');
    comeBack();
    desk.timers.runAfter();
    assert.equal(await presenceOf('Zhao Min'), 'available');
    colleague.leave();
    desk.organisation.clock.advance({ s: 20 });
    desk.timers.runAfter();
    const gone = await shown('Zhao Min');
    assert.deepEqual([gone.presence, gone.isConnected, gone.since], ['away', false, desk.organisation.clock.now()]);
  });

  test('said by hand holds over a reload, and is forgotten when one leaves', async () => {
    await say(colleague, 'busy');
    colleague.leave()();
    assert.equal(await presenceOf('Zhao Min'), 'busy');
    const comeBack = colleague.leave();
    desk.timers.runAfter();
    comeBack();
    assert.deepEqual([await presenceOf('Zhao Min'), (await shown('Zhao Min')).said], ['available', null]);
  });

  const cases: [boolean, boolean, Presence | null, Presence][] = [
    [false, false, null, 'away'],
    [false, true, 'available', 'away'],
    [true, false, null, 'available'],
    [true, false, 'busy', 'busy'],
    [true, false, 'away', 'away'],
    [true, true, null, 'busy'],
    [true, true, 'available', 'busy'],
    [true, true, 'away', 'away'],
  ];
  for (const [isConnected, isInSession, said, expected] of cases)
    test(`is ${expected}: page ${isConnected}, session ${isInSession}, said ${String(said)}`, () => {
      assert.equal(shownPresence({ isConnected, isInSession, said }), expected);
    });

  test('comes with what everybody is on, and whether that is a session', async () => {
    const asked = await desk.ask(desk.seat('Wang Fang'), 'Outlook will not open');
    await colleague.client.post(`/api/requests/${asked.id}/take`);
    const on = { id: asked.id, symptom: 'Outlook will not open', employee: 'Wang Fang' };
    assert.deepEqual((await shown('Zhao Min')).requests, [{ ...on, isInSession: false }]);
    desk.desk.useSessions({
      newest: () => new Map([[asked.id, { id: 'ses_aaaaaaaaaaaaaaaaaaaaaaaaaa', state: 'active' }]]),
      requestMoved: () => [],
    });
    const inSession = await shown('Zhao Min');
    assert.deepEqual([inSession.presence, inSession.requests], ['busy', [{ ...on, isInSession: true }]]);
  });

  test('lists whoever may help and nobody else; the available first', async () => {
    desk.seat('Employee');
    desk.seat('Lead', 'lead');
    const gone = desk.seat('Gone', 'agent');
    desk.organisation.database.raw.prepare('UPDATE people SET is_active = 0 WHERE id = ?').run(gone.id);
    await say(agent, 'away');
    const { agents } = deskAgents.parse(await (await agent.client.get('/api/desk/agents')).json());
    assert.deepEqual(
      agents.map(({ person }) => person.name),
      ['Lead', 'Zhao Min', 'Li Wei'],
    );
  });

  test('is news to the desk, once for each change, and to nobody else', async () => {
    const employee = desk.seat('Wang Fang');
    const before = news(agent);
    await say(colleague, 'busy');
    const comeBack = colleague.leave();
    assert.equal(news(agent), before + 1);
    desk.timers.runAfter();
    comeBack();
    assert.equal(news(agent), before + 3);
    assert.equal(news(employee), 0);
  });

  test('is the desk’s business', async () => {
    const employee = desk.seat('Wang Fang', 'employee', 'admin');
    assert.equal(await outcome(employee.client.get('/api/desk/agents')), '403 auth.forbidden');
    assert.equal(await outcome(say(employee, 'busy')), '403 auth.forbidden');
    for (const wrong of ['offline', '', 'constructor'])
      assert.equal(await outcome(say(agent, wrong)), '400 request.invalid');
  });
});
