import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { cannedReplies, cannedReply, type CannedReply } from '../../protocol/api/queues.ts';
import { createTestDesk, outcome, type TestDesk, type TestSeat } from './test-desk.ts';

let desk: TestDesk;
let agent: TestSeat;
let colleague: TestSeat;
let lead: TestSeat;

beforeEach(() => {
  desk = createTestDesk();
  agent = desk.seat('Li Wei', 'agent');
  colleague = desk.seat('Zhao Min', 'agent');
  lead = desk.seat('Marta', 'lead');
});
afterEach(() => {
  desk.close();
});

const HELLO = { title: 'Hello', text: 'Hello {employee}, this is {agent}.', isShared: false };
const write = (seat: TestSeat, body: object) => seat.client.post('/api/canned-replies', body);
const change = (seat: TestSeat, { id }: CannedReply, body: object) =>
  seat.client.send('PATCH', `/api/canned-replies/${id}`, body);
const remove = (seat: TestSeat, { id }: CannedReply) => seat.client.post(`/api/canned-replies/${id}/remove`);
const added = async (seat: TestSeat, body: object): Promise<CannedReply> =>
  cannedReply.parse(await (await write(seat, body)).json());

async function titles(seat: TestSeat): Promise<string[]> {
  const { replies } = cannedReplies.parse(await (await seat.client.get('/api/canned-replies')).json());
  return replies.map(({ title, isShared }) => (isShared ? `${title} (shared)` : title));
}

describe('canned replies', () => {
  test('of one’s own are seen by nobody else, shared ones by the whole desk', async () => {
    await write(agent, HELLO);
    await write(lead, { ...HELLO, title: 'Bye', isShared: true });
    assert.deepEqual(await titles(agent), ['Bye (shared)', 'Hello']);
    assert.deepEqual(await titles(colleague), ['Bye (shared)']);
  });

  test('what somebody else keeps for themself does not exist', async () => {
    const own = await added(agent, HELLO);
    for (const seat of [colleague, lead]) {
      assert.equal(await outcome(change(seat, own, { ...HELLO, title: 'Mine' })), '404 not-found');
      assert.equal(await outcome(remove(seat, own)), '404 not-found');
    }
    assert.equal(await outcome(change(agent, own, { ...HELLO, text: 'Good morning' })), '200');
    assert.equal(await outcome(remove(agent, own)), '204');
    assert.deepEqual(await titles(agent), []);
  });

  test('shared ones are written, changed, removed and unshared by leads alone', async () => {
    assert.equal(await outcome(write(agent, { ...HELLO, isShared: true })), '403 auth.forbidden');
    const own = await added(agent, HELLO);
    assert.equal(await outcome(change(agent, own, { ...HELLO, isShared: true })), '403 auth.forbidden');
    const shared = await added(lead, { ...HELLO, isShared: true });
    assert.equal(await outcome(change(agent, shared, { ...HELLO, isShared: true })), '403 auth.forbidden');
    assert.equal(await outcome(change(agent, shared, HELLO)), '403 auth.forbidden');
    assert.equal(await outcome(remove(agent, shared)), '403 auth.forbidden');
    assert.equal(await outcome(change(lead, shared, { ...HELLO, text: 'Hi' })), '200');
    assert.deepEqual(await titles(agent), ['Hello']);
  });

  test('are found by title, so each has one of its own; a shared and a personal one may have the same', async () => {
    await write(agent, HELLO);
    assert.equal(await outcome(write(agent, { ...HELLO, title: 'HELLO' })), '409 reply.title-taken');
    assert.equal(await outcome(write(colleague, HELLO)), '201');
    await write(lead, { ...HELLO, isShared: true });
    assert.equal(await outcome(write(lead, { ...HELLO, isShared: true })), '409 reply.title-taken');
  });

  test('are for the desk, have a title and a text, and nothing else', async () => {
    const employee = desk.seat('Wang Fang', 'employee', 'admin', 'security');
    assert.equal(await outcome(employee.client.get('/api/canned-replies')), '403 auth.forbidden');
    assert.equal(await outcome(write(employee, HELLO)), '403 auth.forbidden');
    for (const wrong of [{ title: '' }, { text: ' ' }, { text: 'x'.repeat(2001) }, { ownerId: colleague.id }])
      assert.equal(await outcome(write(agent, { ...HELLO, ...wrong })), '400 request.invalid', JSON.stringify(wrong));
  });

  test('are audited by title', async () => {
    const own = await added(agent, HELLO);
    await change(agent, own, { ...HELLO, title: 'Hi' });
    await remove(agent, own);
    const events = desk.organisation.database.raw
      .prepare("SELECT action, json_extract(payload, '$.detail') AS detail FROM audit_events ORDER BY seq")
      .all();
    assert.deepEqual(events, [
      { action: 'reply/added', detail: '{"name":"Hello","shared":false}' },
      { action: 'reply/changed', detail: '{"name":"Hi","shared":false}' },
      { action: 'reply/removed', detail: '{"name":"Hi","shared":false}' },
    ]);
  });
});
