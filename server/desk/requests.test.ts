import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { messages, queue, request, requests, type Message, type Request } from '../../protocol/api/desk.ts';
import { auditEvents } from '../audit/audit.tables.ts';
import { createTestClient } from '../access/test-organisation.ts';
import { moveRequest } from './requests.repository.ts';
import { MAIL_CATEGORY, createTestDesk, outcome, type TestDesk, type TestSeat } from './test-desk.ts';

let desk: TestDesk;
let employee: TestSeat;
let agent: TestSeat;
let otherAgent: TestSeat;

beforeEach(() => {
  desk = createTestDesk();
  employee = desk.seat('Wang Fang', 'employee');
  agent = desk.seat('Li Wei', 'agent');
  otherAgent = desk.seat('Zhao Min', 'agent');
});
afterEach(() => {
  desk.close();
});

const act = (seat: TestSeat, asked: Request, verb: string) => seat.client.post(`/api/requests/${asked.id}/${verb}`);
const takeOver = (seat: TestSeat, asked: Request) =>
  seat.client.post(`/api/requests/${asked.id}/take`, { takeOver: true });

async function chatOf(seat: TestSeat, asked: Request): Promise<Message[]> {
  const answer = await seat.client.get(`/api/requests/${asked.id}/messages`);
  return messages.parse(await answer.json()).messages;
}

function auditActions(): (string | null)[] {
  return desk.organisation.database.db
    .select({ action: auditEvents.action })
    .from(auditEvents)
    .all()
    .map(({ action }) => action);
}

describe('asking', () => {
  test('an employee asks and finds the request among their own', async () => {
    const asked = await desk.ask(employee);
    assert.deepEqual([asked.state, asked.ahead, asked.employee.name], ['waiting', 0, 'Wang Fang']);
    const mine = requests.parse(await (await employee.client.get('/api/requests')).json()).requests;
    assert.deepEqual(
      mine.map(({ id }) => id),
      [asked.id],
    );
    assert.deepEqual(auditActions(), ['request/created']);
  });

  test('who waits longest is first, and everybody knows how many are before them', async () => {
    const first = await desk.ask(employee, 'first');
    desk.organisation.clock.advance({ s: 1 });
    const second = await desk.ask(desk.seat('Chen Bo'), 'second');
    assert.equal(second.ahead, 1);
    const waiting = queue.parse(await (await agent.client.get('/api/queue')).json()).waiting;
    assert.deepEqual(
      waiting.map(({ id }) => id),
      [first.id, second.id],
    );
  });

  test('a request in a category that was closed or never was is refused', async () => {
    const admin = desk.seat('Admin', 'admin');
    await admin.client.send('PATCH', `/api/categories/${MAIL_CATEGORY}`, { isActive: false });
    const body = { categoryId: MAIL_CATEGORY, symptom: 'x', tried: '', expected: '' };
    assert.equal(await outcome(employee.client.post('/api/requests', body)), '400 request.invalid');
    const unknown = { ...body, categoryId: 'cat_aaaaaaaaaaaaaaaaaaaaaaaaaa' };
    assert.equal(await outcome(employee.client.post('/api/requests', unknown)), '400 request.invalid');
  });

  test('a request cannot bring its own state, agent or employee', async () => {
    const body = { categoryId: MAIL_CATEGORY, symptom: 'x', tried: '', expected: '', agentId: agent.id };
    assert.equal(await outcome(employee.client.post('/api/requests', body)), '400 request.invalid');
  });

  test('the desk hears of a new request, another employee does not', async () => {
    const stranger = desk.seat('Sun Li');
    await desk.ask(employee);
    assert.ok(agent.heard.some(({ type }) => type === 'queue/changed'));
    assert.deepEqual(stranger.heard, []);
  });
});

describe('who may see and act', () => {
  const routes: [string, string, unknown][] = [
    ['GET', '', undefined],
    ['GET', '/messages', undefined],
    ['POST', '/messages', { text: 'hello', clientId: 'client-0001' }],
    ['POST', '/cancel', {}],
  ];
  for (const [method, path, body] of routes) {
    test(`${method} …${path || ' of a request'}: for a colleague the request does not exist`, async () => {
      const asked = await desk.ask(employee);
      const colleague = desk.seat('Sun Li', 'employee', 'security', 'auditor', 'admin');
      const answer = colleague.client.send(method, `/api/requests/${asked.id}${path}`, body);
      assert.equal(await outcome(answer), '404 not-found');
    });
    test(`${method} …${path || ' of a request'}: a stranger must sign in`, async () => {
      const asked = await desk.ask(employee);
      const answer = createTestClient(desk.app).send(method, `/api/requests/${asked.id}${path}`, body);
      assert.equal(await outcome(answer), '401 auth.required');
    });
  }

  test('the queue, taking, releasing and solving are for the desk', async () => {
    const asked = await desk.ask(employee);
    assert.equal(await outcome(employee.client.get('/api/queue')), '403 auth.forbidden');
    for (const verb of ['take', 'release', 'solve']) {
      assert.equal(await outcome(act(employee, asked, verb)), '403 auth.forbidden');
    }
  });

  test('a lead sees the queue', async () => {
    assert.equal(await outcome(desk.seat('Lead', 'lead').client.get('/api/queue')), '200');
  });

  test('an agent cannot cancel for the employee, nor take their own request', async () => {
    const asked = await desk.ask(employee);
    assert.equal(await outcome(act(agent, asked, 'cancel')), '403 auth.forbidden');
    const own = await desk.ask(agent);
    assert.equal(await outcome(act(agent, own, 'take')), '403 auth.forbidden');
  });

  test('an id that is not an id does not exist', async () => {
    assert.equal(await outcome(employee.client.get("/api/requests/1'or'1")), '404 not-found');
  });
});

describe('taking', () => {
  test('the first agent has it, the second is told that it is taken', async () => {
    const asked = await desk.ask(employee);
    const taken = request.parse(await (await act(agent, asked, 'take')).json());
    assert.deepEqual([taken.state, taken.agent?.name, taken.ahead], ['taken', 'Li Wei', null]);
    assert.equal(await outcome(act(otherAgent, asked, 'take')), '409 assistance.taken');
  });

  test('taking what one has already changes nothing', async () => {
    const asked = await desk.ask(employee);
    await act(agent, asked, 'take');
    assert.equal(await outcome(takeOver(agent, asked)), '200');
    assert.equal((await chatOf(agent, asked)).length, 1);
  });

  test('another agent takes over only when it is meant, and the first one cannot solve it any more', async () => {
    const asked = await desk.ask(employee);
    await act(agent, asked, 'take');
    const over = request.parse(await (await takeOver(otherAgent, asked)).json());
    assert.equal(over.agent?.name, 'Zhao Min');
    assert.equal(await outcome(act(agent, asked, 'solve')), '409 assistance.taken');
    assert.equal(await outcome(act(agent, asked, 'release')), '409 assistance.taken');
  });

  test('of two agents who take over at once the second finds it taken by the first', async () => {
    const asked = await desk.ask(employee);
    await act(agent, asked, 'take');
    const { db } = desk.organisation.database;
    const over = (to: TestSeat) =>
      moveRequest(db, {
        id: asked.id,
        from: { states: ['taken'], agentId: agent.id },
        to: { state: 'taken', agentId: to.id },
      });
    assert.equal(over(otherAgent)?.agentId, otherAgent.id);
    assert.equal(over(desk.seat('Sun Li', 'agent')), undefined);
  });

  test('a released request keeps its place in the queue', async () => {
    const asked = await desk.ask(employee);
    desk.organisation.clock.advance({ s: 5 });
    await desk.ask(desk.seat('Chen Bo'));
    await act(agent, asked, 'take');
    const released = request.parse(await (await act(agent, asked, 'release')).json());
    assert.deepEqual([released.state, released.agent, released.ahead], ['waiting', null, 0]);
  });

  test('what is solved or cancelled stays so', async () => {
    const solved = await desk.ask(employee);
    await act(agent, solved, 'take');
    await act(agent, solved, 'solve');
    const cancelled = await desk.ask(employee);
    await act(employee, cancelled, 'cancel');
    for (const asked of [solved, cancelled]) {
      assert.equal(await outcome(takeOver(agent, asked)), '409 assistance.state-changed');
      assert.equal(await outcome(act(employee, asked, 'cancel')), '409 assistance.state-changed');
    }
  });

  test('the database itself refuses to reopen a closed request', async () => {
    const asked = await desk.ask(employee);
    await act(employee, asked, 'cancel');
    const { raw } = desk.organisation.database;
    const reopen = raw.prepare("UPDATE requests SET state = 'waiting', closed_at = NULL WHERE id = ?");
    assert.throws(() => reopen.run(asked.id), /a closed request stays closed/);
  });

  test('nothing can be solved that nobody has', async () => {
    assert.equal(await outcome(act(agent, await desk.ask(employee), 'solve')), '409 assistance.state-changed');
  });

  test("a deactivated agent's requests go back into the queue", async () => {
    const asked = await desk.ask(employee);
    await act(agent, asked, 'take');
    desk.organisation.events.emit('person/deactivated', { personId: agent.id });
    const after = request.parse(await (await employee.client.get(`/api/requests/${asked.id}`)).json());
    assert.deepEqual([after.state, after.agent], ['waiting', null]);
  });

  test('each step is in the audit chain and in the chat', async () => {
    const asked = await desk.ask(employee);
    await act(agent, asked, 'take');
    await takeOver(otherAgent, asked);
    await act(otherAgent, asked, 'release');
    await act(agent, asked, 'take');
    await act(agent, asked, 'solve');
    assert.deepEqual(auditActions(), [
      'request/created',
      'request/taken',
      'request/taken',
      'request/released',
      'request/taken',
      'request/solved',
    ]);
    assert.deepEqual(
      (await chatOf(employee, asked)).map(({ kind, text, author }) => [kind, text, author?.name]),
      [
        ['system', 'request.taken', 'Li Wei'],
        ['system', 'request.taken-over', 'Zhao Min'],
        ['system', 'request.released', 'Zhao Min'],
        ['system', 'request.taken', 'Li Wei'],
        ['system', 'request.solved', 'Li Wei'],
      ],
    );
  });
});

describe('chat', () => {
  const say = (seat: TestSeat, asked: Request, said: string | { text: string; clientId: string }) =>
    seat.client.post(
      `/api/requests/${asked.id}/messages`,
      typeof said === 'string' ? { text: said, clientId: `client-${said}` } : said,
    );

  test('the employee speaks from the first minute, the agent once the request is theirs', async () => {
    const asked = await desk.ask(employee);
    assert.equal(await outcome(say(employee, asked, 'anybody')), '201');
    assert.equal(await outcome(say(agent, asked, 'hello')), '409 assistance.state-changed');
    await act(agent, asked, 'take');
    assert.equal(await outcome(say(agent, asked, 'hello')), '201');
    assert.equal(await outcome(say(otherAgent, asked, 'hi')), '409 assistance.taken');
    const said = (await chatOf(employee, asked)).filter(({ kind }) => kind === 'chat');
    assert.deepEqual(
      said.map(({ text, author }) => [author?.name, text]),
      [
        ['Wang Fang', 'anybody'],
        ['Li Wei', 'hello'],
      ],
    );
  });

  test('a resend after a lost answer is not a second message', async () => {
    const asked = await desk.ask(employee);
    const first = (await (await say(employee, asked, { text: 'hello', clientId: 'client-1' })).json()) as Message;
    const again = (await (await say(employee, asked, { text: 'hello', clientId: 'client-1' })).json()) as Message;
    assert.equal(again.id, first.id);
    assert.equal((await chatOf(employee, asked)).length, 1);
    assert.equal(agent.heard.filter(({ type }) => type === 'message/added').length, 1);
  });

  test('two people may choose the same client id', async () => {
    const asked = await desk.ask(employee);
    await act(agent, asked, 'take');
    await say(employee, asked, { text: 'one', clientId: 'client-1' });
    await say(agent, asked, { text: 'two', clientId: 'client-1' });
    assert.equal((await chatOf(employee, asked)).filter(({ kind }) => kind === 'chat').length, 2);
  });

  test('nobody speaks in a closed request, and everybody may still read it', async () => {
    const asked = await desk.ask(employee);
    await act(employee, asked, 'cancel');
    assert.equal(await outcome(say(employee, asked, 'wait')), '409 assistance.state-changed');
    assert.equal((await chatOf(employee, asked)).length, 1);
  });

  test('a message arrives whole on the live socket of both sides and of nobody else', async () => {
    const colleague = desk.seat('Sun Li');
    const asked = await desk.ask(employee);
    await say(employee, asked, 'hello');
    for (const seat of [employee, agent]) {
      const news = seat.heard.find((message) => message.type === 'message/added');
      assert.equal(news?.message.text, 'hello');
    }
    assert.deepEqual(colleague.heard, []);
  });

  test('"is typing" reaches the other side; a colleague who types into a foreign request is not heard', async () => {
    const colleague = desk.seat('Sun Li');
    const asked = await desk.ask(employee);
    await act(agent, asked, 'take');
    const typing = (seat: TestSeat, roles: ('agent' | 'employee')[]) => {
      const from = { signInId: '', personId: seat.id, guestSessionId: null, name: seat.name, roles };
      desk.organisation.hub.typed({ from, requestId: asked.id });
    };
    typing(colleague, ['employee']);
    typing(employee, ['employee']);
    typing(agent, ['agent']);
    const heard = (seat: TestSeat) => seat.heard.filter(({ type }) => type === 'typing');
    assert.deepEqual(heard(agent), [{ type: 'typing', requestId: asked.id, name: 'Wang Fang' }]);
    assert.deepEqual(heard(employee), [{ type: 'typing', requestId: asked.id, name: 'Li Wei' }]);
  });
});
