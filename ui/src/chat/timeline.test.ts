import { describe, test } from 'node:test';
import assert from 'node:assert/strict';
import type { Message } from '../../../protocol/api/desk.ts';
import { groupByDay, mergeMessages, pendingOf, type Outgoing } from './timeline.ts';

function message(id: string, sentAt: number): Message {
  const requestId = 'req_aaaaaaaaaaaaaaaaaaaaaaaaaa';
  return { id, requestId, kind: 'chat', author: null, subject: null, text: id, sentAt, clientId: `client-${id}` };
}
const outgoing = (clientId: string): Outgoing => ({ clientId, text: 'hello', writtenAt: 1, state: 'sending' });

describe('a chat that survives reload and reconnect', () => {
  test('a message that comes by socket and by reload is shown once', () => {
    const one = message('a', 1);
    assert.deepEqual(mergeMessages([one], [one]), [one]);
  });
  test('messages missed during a gap take their place in time', () => {
    const ids = mergeMessages([message('a', 1), message('c', 3)], [message('b', 2)]).map(({ id }) => id);
    assert.deepEqual(ids, ['a', 'b', 'c']);
  });
  test('a message is under way until the server has it, and then not shown twice', () => {
    assert.equal(pendingOf([outgoing('client-a')], []).length, 1);
    assert.equal(pendingOf([outgoing('client-a')], [message('a', 1)]).length, 0);
  });
  test('messages are grouped by the day on which they were sent', () => {
    const noon = new Date(2026, 3, 1, 12).getTime();
    const days = groupByDay([message('a', noon), message('b', noon + 3_600_000), message('c', noon + 86_400_000)]);
    assert.deepEqual(
      days.map((day) => day.messages.length),
      [2, 1],
    );
  });
});
