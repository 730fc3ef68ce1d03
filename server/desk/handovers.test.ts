import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { messages, request, type Request } from '../../protocol/api/desk.ts';
import { handovers, queueInfo } from '../../protocol/api/queues.ts';
import type { RequestMove } from './request-sessions.ts';
import { createTestDesk, outcome, type TestDesk, type TestSeat } from './test-desk.ts';

let desk: TestDesk;
let employee: TestSeat;
let agent: TestSeat;
let colleague: TestSeat;
let lead: TestSeat;

beforeEach(() => {
  desk = createTestDesk();
  employee = desk.seat('Wang Fang');
  agent = desk.seat('Li Wei', 'agent');
  colleague = desk.seat('Zhao Min', 'agent');
  lead = desk.seat('Marta', 'lead');
});
afterEach(() => {
  desk.close();
});

const take = (seat: TestSeat, { id }: Request) => seat.client.post(`/api/requests/${id}/take`);
const handOver = (seat: TestSeat, { id }: Request, to: object) =>
  seat.client.post(`/api/requests/${id}/hand-over`, { note: '', ...to });
const seen = async (seat: TestSeat, { id }: Request): Promise<Request> =>
  request.parse(await (await seat.client.get(`/api/requests/${id}`)).json());
const notes = async (seat: TestSeat, { id }: Request) =>
  handovers.parse(await (await seat.client.get(`/api/requests/${id}/handovers`)).json()).handovers;

async function addQueue(name: string): Promise<string> {
  const admin = desk.seat('Admin', 'admin');
  const body = { name: { en: name, 'zh-CN': '网络组' }, departmentIds: [] };
  return queueInfo.parse(await (await admin.client.post('/api/queues', body)).json()).id;
}

async function chatLines(seat: TestSeat, { id }: Request): Promise<unknown[]> {
  const answer = await seat.client.get(`/api/requests/${id}/messages`);
  return messages
    .parse(await answer.json())
    .messages.map(({ text, author, subject }) => [text, author?.name, subject?.en, subject?.['zh-CN']]);
}

describe('handing over', () => {
  test('to a colleague: they have it, they read the note, and the employee is told who has it now', async () => {
    const asked = await desk.ask(employee);
    await take(agent, asked);
    const note = 'She is on the phone with the bank until three.';
    const after = request.parse(await (await handOver(agent, asked, { agentId: colleague.id, note })).json());
    assert.deepEqual([after.state, after.agent?.name], ['taken', 'Zhao Min']);
    assert.deepEqual(
      (await notes(colleague, asked)).map(({ by, toAgent, toQueue, note: said }) => [
        by.name,
        toAgent?.name,
        toQueue,
        said,
      ]),
      [['Li Wei', 'Zhao Min', null, note]],
    );
    assert.equal((await seen(employee, asked)).agent?.name, 'Zhao Min');
    assert.deepEqual(await chatLines(employee, asked), [
      ['request.taken', 'Li Wei', undefined, undefined],
      ['request.handed-over', 'Li Wei', 'Zhao Min', 'Zhao Min'],
    ]);
    assert.equal(await outcome(agent.client.post(`/api/requests/${asked.id}/solve`)), '409 assistance.taken');
  });

  test('tells the colleague at once, and nobody else in person', async () => {
    const asked = await desk.ask(employee);
    await take(agent, asked);
    await handOver(agent, asked, { agentId: colleague.id });
    const heard = (seat: TestSeat) => seat.heard.filter(({ type }) => type === 'request/handed-over');
    assert.deepEqual(heard(colleague), [
      { type: 'request/handed-over', requestId: asked.id, from: 'Li Wei', employee: 'Wang Fang' },
    ]);
    assert.deepEqual([heard(agent), heard(lead), heard(employee)], [[], [], []]);
  });

  test('to another queue: it waits there, in its place by age, and the employee is told which', async () => {
    const queueId = await addQueue('Network');
    const asked = await desk.ask(employee);
    await take(agent, asked);
    const after = request.parse(await (await handOver(agent, asked, { queueId, note: 'Not mail.' })).json());
    assert.deepEqual(
      [after.state, after.agent, after.queue.id, after.createdAt],
      ['waiting', null, queueId, asked.createdAt],
    );
    assert.deepEqual((await chatLines(employee, asked)).at(-1), ['request.moved', 'Li Wei', 'Network', '网络组']);
    assert.equal((await notes(colleague, asked))[0]?.toQueue?.name.en, 'Network');
  });

  test('back to its own queue with a note is putting it back', async () => {
    const asked = await desk.ask(employee);
    await take(agent, asked);
    const after = request.parse(
      await (await handOver(agent, asked, { queueId: asked.queue.id, note: 'End of shift' })).json(),
    );
    assert.equal(after.state, 'waiting');
    assert.equal((await chatLines(employee, asked)).at(-1)?.toString().split(',')[0], 'request.released');
    assert.equal((await notes(colleague, asked))[0]?.note, 'End of shift');
  });

  test('is for whoever has it, or a lead', async () => {
    const asked = await desk.ask(employee);
    await take(agent, asked);
    assert.equal(await outcome(handOver(colleague, asked, { agentId: lead.id })), '409 assistance.taken');
    assert.equal(await outcome(handOver(employee, asked, { agentId: colleague.id })), '403 auth.forbidden');
    assert.equal(await outcome(handOver(lead, asked, { agentId: colleague.id })), '200');
    assert.equal((await seen(employee, asked)).agent?.name, 'Zhao Min');
  });

  test('of what still waits: anybody on the desk sends it to the right queue, a lead gives it to somebody', async () => {
    const queueId = await addQueue('Network');
    const asked = await desk.ask(employee);
    assert.equal(await outcome(handOver(agent, asked, { agentId: colleague.id })), '403 auth.forbidden');
    assert.equal(await outcome(handOver(agent, asked, { queueId })), '200');
    assert.equal(await outcome(handOver(agent, asked, { queueId })), '409 handover.not-possible');
    assert.equal(await outcome(handOver(lead, asked, { agentId: colleague.id })), '200');
    assert.equal((await seen(employee, asked)).agent?.name, 'Zhao Min');
  });

  test('does not reach who is not on the desk, the employee, oneself, who has it already, or a queue that is closed', async () => {
    const admin = desk.seat('Other admin', 'admin');
    const queueId = await addQueue('Network');
    await admin.client.send('PATCH', `/api/queues/${queueId}`, { isActive: false });
    const asking = desk.seat('Agent who asks', 'agent', 'employee');
    const gone = desk.seat('Gone', 'agent');
    desk.organisation.database.raw.prepare('UPDATE people SET is_active = 0 WHERE id = ?').run(gone.id);
    const asked = await desk.ask(asking);
    await take(agent, asked);
    for (const seat of [employee, admin, asking, agent, gone])
      assert.equal(await outcome(handOver(agent, asked, { agentId: seat.id })), '409 handover.not-possible', seat.name);
    assert.equal(await outcome(handOver(lead, asked, { agentId: agent.id })), '409 handover.not-possible');
    assert.equal(await outcome(handOver(agent, asked, { queueId })), '409 handover.not-possible');
    for (const to of [{}, { agentId: colleague.id, queueId }, { agentId: 'x' }, { queueId, note: 'x'.repeat(1001) }])
      assert.equal(await outcome(handOver(agent, asked, to)), '400 request.invalid');
    assert.deepEqual(await notes(agent, asked), [], 'what was refused left nothing behind');
  });

  test('is over when the request is closed', async () => {
    const asked = await desk.ask(employee);
    await take(agent, asked);
    await agent.client.post(`/api/requests/${asked.id}/solve`);
    assert.equal(await outcome(handOver(agent, asked, { agentId: colleague.id })), '409 assistance.state-changed');
  });

  test('the notes are not for the employee, nor for anybody who is not on the desk', async () => {
    const asked = await desk.ask(employee);
    await take(agent, asked);
    await handOver(agent, asked, { agentId: colleague.id, note: 'Patience needed' });
    const path = `/api/requests/${asked.id}/handovers`;
    assert.equal(await outcome(employee.client.get(path)), '403 auth.forbidden');
    assert.equal(await outcome(desk.seat('Auditor', 'auditor').client.get(path)), '403 auth.forbidden');
    const told = await (await employee.client.get(`/api/requests/${asked.id}`)).text();
    const chat = await (await employee.client.get(`/api/requests/${asked.id}/messages`)).text();
    assert.ok(!(told + chat).includes('Patience'));
  });

  test('ends the session of the one who had it, by themself or by the lead', async () => {
    const ended: RequestMove[] = [];
    desk.desk.useSessions({
      newest: () => new Map(),
      requestMoved: (_tx, _id, move) => {
        ended.push(move);
        return [];
      },
    });
    const asked = await desk.ask(employee);
    const queueId = await addQueue('Network');
    await handOver(agent, asked, { queueId });
    assert.deepEqual(ended, [], 'what waits has no session');
    await take(agent, asked);
    await handOver(agent, asked, { agentId: colleague.id });
    await handOver(lead, asked, { agentId: agent.id });
    assert.deepEqual(ended, ['released', 'taken-over']);
  });

  test('is audited with who has it now', async () => {
    const asked = await desk.ask(employee);
    await take(agent, asked);
    await handOver(agent, asked, { agentId: colleague.id, note: 'not in the chain' });
    const [event] = desk.organisation.database.raw
      .prepare<[], { actor_id: string; payload: string }>(
        "SELECT actor_id, payload FROM audit_events WHERE action = 'request/handed-over'",
      )
      .all();
    assert.equal(event?.actor_id, agent.id);
    const { detail } = JSON.parse(event?.payload ?? '') as { detail: unknown };
    assert.deepEqual(detail, { to: colleague.id, name: 'Zhao Min' });
  });
});
