import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { category, queue, request, type Request } from '../../protocol/api/desk.ts';
import { queueInfo, queues, type QueueInfo } from '../../protocol/api/queues.ts';
import { insertDepartment } from '../access/organisation.repository.ts';
import { updatePerson } from '../access/people.repository.ts';
import { newId } from '../platform/random.ts';
import { MAIL_CATEGORY, createTestDesk, outcome, type TestDesk, type TestSeat } from './test-desk.ts';

const NETWORK_CATEGORY = 'cat_0defau1tnetwork0000000';

let desk: TestDesk;
let admin: TestSeat;
let agent: TestSeat;
let employee: TestSeat;

beforeEach(() => {
  desk = createTestDesk();
  admin = desk.seat('Admin', 'admin');
  agent = desk.seat('Li Wei', 'agent');
  employee = desk.seat('Wang Fang');
});
afterEach(() => {
  desk.close();
});

const named = (en: string) => ({ en, 'zh-CN': '' });
const listed = async (seat: TestSeat) => queues.parse(await (await seat.client.get('/api/queues')).json());
const mineOf = async (seat: TestSeat): Promise<string[]> =>
  (await listed(seat)).queues.filter(({ isMine }) => isMine).map(({ name }) => name.en);

async function add(name: string, departmentIds: string[] = []): Promise<QueueInfo> {
  const answer = await admin.client.post('/api/queues', { name: named(name), departmentIds });
  assert.equal(answer.status, 201);
  return queueInfo.parse(await answer.json());
}
const change = (id: string, body: object) => admin.client.send('PATCH', `/api/queues/${id}`, body);
const route = (categoryId: string, queueId: string | null) =>
  admin.client.send('PATCH', `/api/categories/${categoryId}`, { queueId });

async function defaultQueue(): Promise<QueueInfo> {
  const found = (await listed(admin)).queues.find(({ isDefault }) => isDefault);
  assert.ok(found);
  return found;
}

function addDepartment(name: string): string {
  const { database, random, clock } = desk.organisation;
  const id = newId('dep', random);
  insertDepartment(database.db, { id, name, createdAt: clock.now() });
  return id;
}

describe('queues', () => {
  test('a new appliance has one, which takes everything', async () => {
    const [only, ...others] = (await listed(agent)).queues;
    assert.deepEqual([others.length, only?.isDefault, only?.isMine, only?.waiting], [0, true, true, 0]);
    assert.equal((await desk.ask(employee)).queue.id, only?.id);
  });

  test('a category sends its requests to its queue, the others go to the default one', async () => {
    const network = await add('Network');
    await route(NETWORK_CATEGORY, network.id);
    const asked = await desk.ask(employee, 'No link', { categoryId: NETWORK_CATEGORY });
    assert.equal(asked.queue.name.en, 'Network');
    assert.equal((await desk.ask(employee)).queue.id, (await defaultQueue()).id);
    await change(network.id, { isDefault: true });
    assert.equal((await desk.ask(employee)).queue.id, network.id, 'what has no route follows the default');
  });

  test('a request stays where it is when its category is routed anew', async () => {
    const asked = await desk.ask(employee);
    await route(MAIL_CATEGORY, (await add('Mail')).id);
    const after = request.parse(await (await employee.client.get(`/api/requests/${asked.id}`)).json());
    assert.equal(after.queue.id, asked.queue.id);
  });

  test('say how many wait there and since when', async () => {
    const network = await add('Network');
    await route(NETWORK_CATEGORY, network.id);
    const first = await desk.ask(employee, 'a', { categoryId: NETWORK_CATEGORY });
    desk.organisation.clock.advance({ s: 60 });
    const second = await desk.ask(employee, 'b', { categoryId: NETWORK_CATEGORY });
    await agent.client.post(`/api/requests/${second.id}/take`);
    const shown = (await listed(agent)).queues.find(({ id }) => id === network.id);
    assert.deepEqual([shown?.waiting, shown?.oldestAt], [1, first.createdAt]);
  });

  test('of my department are mine; without any, all are', async () => {
    assert.deepEqual(await mineOf(agent), ['Service desk']);
    await add('Network', [desk.organisation.departmentId]);
    await add('Devices');
    assert.deepEqual(await mineOf(agent), ['Network']);
    updatePerson(desk.organisation.database.db, agent.id, { departmentId: addDepartment('Elsewhere') });
    assert.deepEqual(await mineOf(agent), ['Service desk', 'Network', 'Devices']);
  });

  test('are mine when I choose them, whatever my department has, until I leave it to the department again', async () => {
    await add('Network', [desk.organisation.departmentId]);
    const devices = await add('Devices');
    const choose = (queueIds: string[] | null) => agent.client.send('PUT', '/api/desk/queues', { queueIds });
    const chosen = queues.parse(await (await choose([devices.id])).json());
    assert.deepEqual([chosen.hasChosen, await mineOf(agent)], [true, ['Devices']]);
    assert.deepEqual(await mineOf(desk.seat('Zhao Min', 'agent')), ['Network']);
    await choose(null);
    assert.deepEqual(await mineOf(agent), ['Network']);
    assert.equal(await outcome(choose(['que_aaaaaaaaaaaaaaaaaaaaaaaaaa'])), '400 request.invalid');
    assert.equal(await outcome(choose([])), '400 request.invalid');
    await choose([devices.id]);
    await change(devices.id, { isActive: false });
    assert.deepEqual(await mineOf(agent), ['Network'], 'a closed queue is nobody’s');
  });

  test('cannot be closed while something goes there or waits there', async () => {
    const network = await add('Network');
    assert.equal(await outcome(change((await defaultQueue()).id, { isActive: false })), '409 queue.in-use');
    await route(NETWORK_CATEGORY, network.id);
    assert.equal(await outcome(change(network.id, { isActive: false })), '409 queue.in-use');
    const asked = await desk.ask(employee, 'No link', { categoryId: NETWORK_CATEGORY });
    await route(NETWORK_CATEGORY, null);
    assert.equal(await outcome(change(network.id, { isActive: false })), '409 queue.in-use');
    await agent.client.post(`/api/requests/${asked.id}/take`);
    assert.equal(await outcome(change(network.id, { isActive: false })), '409 queue.in-use');
    await agent.client.post(`/api/requests/${asked.id}/solve`);
    assert.equal(await outcome(change(network.id, { isActive: false })), '200');
    assert.ok(!(await listed(agent)).queues.some(({ id }) => id === network.id));
    assert.equal(await outcome(route(NETWORK_CATEGORY, network.id)), '400 request.invalid');
    assert.equal(await outcome(change(network.id, { isDefault: true })), '409 queue.in-use');
  });

  test('there is always exactly one default', async () => {
    const network = await add('Network');
    await change(network.id, { isDefault: true });
    assert.deepEqual(
      (await listed(admin)).queues.map(({ isDefault }) => isDefault),
      [false, true],
    );
    assert.equal(await outcome(change(network.id, { isDefault: false })), '400 request.invalid');
    const { raw } = desk.organisation.database;
    assert.throws(() => raw.exec('UPDATE queues SET is_default = 1'), /UNIQUE/);
  });

  test('have names of their own and departments that exist', async () => {
    await add('Network');
    const again = admin.client.post('/api/queues', { name: named('NETWORK'), departmentIds: [] });
    assert.equal(await outcome(again), '409 queue.name-taken');
    const departmentIds = ['dep_aaaaaaaaaaaaaaaaaaaaaaaaaa'];
    const nowhere = admin.client.post('/api/queues', { name: named('Other'), departmentIds });
    assert.equal(await outcome(nowhere), '400 request.invalid');
    const hidden = admin.client.post('/api/queues', { name: named('Net\u202ework'), departmentIds: [] });
    assert.equal(await outcome(hidden), '400 request.invalid');
  });

  test('are made by administrators, seen by the desk, and nobody else’s business', async () => {
    const body = { name: named('Mine'), departmentIds: [] };
    for (const seat of [agent, desk.seat('Lead', 'lead'), employee]) {
      assert.equal(await outcome(seat.client.post('/api/queues', body)), '403 auth.forbidden');
      const { id } = await defaultQueue();
      assert.equal(await outcome(seat.client.send('PATCH', `/api/queues/${id}`, {})), '403 auth.forbidden');
    }
    assert.equal(await outcome(employee.client.get('/api/queues')), '403 auth.forbidden');
    const choice = { queueIds: null };
    assert.equal(await outcome(admin.client.send('PUT', '/api/desk/queues', choice)), '403 auth.forbidden');
  });

  test('forget a department that is removed', async () => {
    const gone = addDepartment('Gone');
    const network = await add('Network', [gone, desk.organisation.departmentId]);
    desk.organisation.database.raw.prepare('DELETE FROM departments WHERE id = ?').run(gone);
    const shown = (await listed(admin)).queues.find(({ id }) => id === network.id);
    assert.deepEqual(shown?.departmentIds, [desk.organisation.departmentId]);
  });

  test('the database itself keeps every request in a queue', async () => {
    const asked = await desk.ask(employee);
    const { raw } = desk.organisation.database;
    const leave = raw.prepare('UPDATE requests SET queue_id = NULL WHERE id = ?');
    assert.throws(() => leave.run(asked.id), /a request is in a queue/);
  });

  test('the route of a category is changed by administrators alone', async () => {
    const { id } = await defaultQueue();
    const path = `/api/categories/${MAIL_CATEGORY}`;
    assert.equal(await outcome(agent.client.send('PATCH', path, { queueId: id })), '403 auth.forbidden');
    const routed = category.parse(await (await route(MAIL_CATEGORY, id)).json());
    assert.equal(routed.queueId, id);
  });
});

describe('priority', () => {
  const waiting = async (): Promise<string[]> =>
    queue.parse(await (await agent.client.get('/api/queue')).json()).waiting.map(({ symptom }) => symptom);
  const prioritise = (seat: TestSeat, asked: Request, priority: string) =>
    seat.client.post(`/api/requests/${asked.id}/priority`, { priority });

  test('begins with what the employee says it does to them, and is never urgent by that', async () => {
    const priorities = await Promise.all(
      (['blocked', 'slowed', 'question'] as const).map(async (impact) => desk.ask(employee, impact, { impact })),
    );
    assert.deepEqual(
      priorities.map(({ impact, priority }) => [impact, priority]),
      [
        ['blocked', 'high'],
        ['slowed', 'normal'],
        ['question', 'low'],
      ],
    );
    assert.equal((await desk.ask(employee)).priority, 'normal');
    const body = { categoryId: MAIL_CATEGORY, symptom: 'x', tried: '', expected: '', priority: 'urgent' };
    assert.equal(await outcome(employee.client.post('/api/requests', body)), '400 request.invalid');
  });

  test('comes before age: the most urgent first, of equals the oldest', async () => {
    const old = await desk.ask(employee, 'old');
    for (const [symptom, impact] of [
      ['question', 'question'],
      ['normal', 'slowed'],
      ['blocked', 'blocked'],
      ['blocked later', 'blocked'],
    ] as const) {
      desk.organisation.clock.advance({ s: 1 });
      await desk.ask(employee, symptom, { impact });
    }
    assert.deepEqual(await waiting(), ['blocked', 'blocked later', 'old', 'normal', 'question']);
    await prioritise(agent, old, 'urgent');
    assert.deepEqual(await waiting(), ['old', 'blocked', 'blocked later', 'normal', 'question']);
  });

  test('decides how many an employee is told are before them, counted in their queue alone', async () => {
    const network = await add('Network');
    await route(NETWORK_CATEGORY, network.id);
    const mail = await desk.ask(employee, 'mail');
    desk.organisation.clock.advance({ s: 1 });
    const link = await desk.ask(employee, 'link', { categoryId: NETWORK_CATEGORY });
    const blocked = await desk.ask(employee, 'blocked', { impact: 'blocked' });
    const aheadOf = async ({ id }: Request) =>
      request.parse(await (await employee.client.get(`/api/requests/${id}`)).json()).ahead;
    assert.deepEqual(await Promise.all([mail, link, blocked].map(aheadOf)), [1, 0, 0]);
  });

  test('is set by agents and leads, audited with what it was, and everybody on the desk hears of it', async () => {
    const asked = await desk.ask(employee);
    agent.heard.length = 0;
    assert.equal(await outcome(prioritise(desk.seat('Lead', 'lead'), asked, 'urgent')), '200');
    assert.ok(agent.heard.some(({ type }) => type === 'queue/changed'));
    await prioritise(agent, asked, 'urgent');
    const events = desk.organisation.database.raw
      .prepare(
        "SELECT json_extract(payload, '$.detail') AS detail FROM audit_events WHERE action = 'request/priority-set'",
      )
      .all();
    assert.deepEqual(events, [{ detail: '{"from":"normal","priority":"urgent"}' }]);
  });

  test('is not set by employees, not to anything else, and not on what is closed', async () => {
    const asked = await desk.ask(employee);
    assert.equal(await outcome(prioritise(employee, asked, 'urgent')), '403 auth.forbidden');
    for (const priority of ['critical', '', 'constructor'])
      assert.equal(await outcome(prioritise(agent, asked, priority)), '400 request.invalid');
    await employee.client.post(`/api/requests/${asked.id}/cancel`);
    assert.equal(await outcome(prioritise(agent, asked, 'low')), '409 assistance.state-changed');
  });
});
