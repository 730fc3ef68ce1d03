import assert from 'node:assert/strict';
import { test } from 'node:test';
import { messages, queue } from '../../protocol/api/desk.ts';
import { seedDemoDesk } from './desk.demo.ts';
import { createTestDesk } from './test-desk.ts';

test('the demo desk has requests that wait, are worked on and are solved, each with a chat in order', async () => {
  const desk = createTestDesk();
  const { organisation } = desk;
  const employees = [desk.seat('Wang Fang').id, desk.seat('Tom Becker').id, desk.seat('Zhao Min').id] as const;
  const agent = desk.seat('Li Wei', 'agent');
  const people = { employees, agents: [agent.id, desk.seat('Marta Nowak', 'agent').id] as const };
  organisation.database.transaction((tx) => seedDemoDesk(tx, { ...organisation, people }));
  const seen = queue.parse(await (await agent.client.get('/api/queue')).json());
  assert.deepEqual([seen.waiting.length, seen.mine.length + seen.others.length, seen.closed.length], [3, 2, 2]);
  for (const { id } of [...seen.mine, ...seen.others, ...seen.closed]) {
    const answer = await agent.client.get(`/api/requests/${id}/messages`);
    const times = messages.parse(await answer.json()).messages.map(({ sentAt }) => sentAt);
    assert.deepEqual(
      times,
      [...times].sort((a, b) => a - b),
    );
    assert.ok(times.length > 1 && Math.max(...times) <= organisation.clock.now());
  }
  desk.close();
});
