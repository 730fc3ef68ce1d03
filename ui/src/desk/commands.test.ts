import { describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { availableCommands, mayInvite } from './commands.ts';
import { testRequest } from './test-request.ts';

const agent = (myId: string) => ({ myId, isAgent: true, isLead: false });
const request = testRequest;

describe('what the command palette offers', () => {
  test('a waiting request can be taken', () => {
    assert.equal(availableCommands(request('waiting'), agent('per_me'))[0], 'take');
  });
  test('what waits can be sent to another queue, what one has given to a colleague, what another has only by a lead', () => {
    const lead = { myId: 'per_me', isAgent: true, isLead: true };
    assert.ok(availableCommands(request('waiting'), agent('per_me')).includes('hand-over'));
    assert.ok(availableCommands(request('taken', { agent: 'per_me' }), agent('per_me')).includes('hand-over'));
    const others = request('taken', { agent: 'per_other' });
    assert.ok(!availableCommands(others, agent('per_me')).includes('hand-over'));
    assert.ok(availableCommands(others, lead).includes('hand-over'));
  });
  test('the priority of whatever is open can be set, also of what others have', () => {
    for (const open of [request('waiting'), request('taken', { agent: 'per_other' })])
      assert.ok(availableCommands(open, agent('per_me')).includes('priority'));
    assert.ok(!availableCommands(request('solved'), agent('per_me')).includes('priority'));
  });
  test('what another has can be taken over, and not solved', () => {
    const commands = availableCommands(request('taken', { agent: 'per_other' }), agent('per_me'));
    assert.equal(commands[0], 'take-over');
    assert.ok(!commands.includes('solve'));
  });
  test('my own request is not mine to solve', () => {
    assert.ok(!availableCommands(request('waiting'), agent('per_employee')).includes('take'));
  });
  test('with a running session the viewer is first and no second invitation is offered', () => {
    const commands = availableCommands(request('taken', { agent: 'per_me', session: 'active' }), agent('per_me'));
    assert.equal(commands[0], 'viewer');
    assert.ok(!commands.includes('invite'));
  });
  test('a lead who is not an agent is not offered to invite', () => {
    const commands = availableCommands(request('taken', { agent: 'per_me' }), {
      myId: 'per_me',
      isAgent: false,
      isLead: true,
    });
    assert.ok(!commands.includes('invite') && commands.includes('solve'));
  });
  test('where remote assistance is switched off there is no invitation, by whatever way', () => {
    for (const session of [undefined, 'ended'] as const) {
      const taken = request('taken', { agent: 'per_me', isAssistanceAvailable: false, ...(session && { session }) });
      const commands = availableCommands(taken, agent('per_me'));
      assert.ok(!commands.includes('invite') && commands.includes('solve'));
      assert.equal(mayInvite(taken, true), false);
    }
    assert.equal(mayInvite(request('taken', { agent: 'per_me' }), true), true);
  });
  test('after a session has ended another invitation is possible', () => {
    assert.equal(
      availableCommands(request('taken', { agent: 'per_me', session: 'ended' }), agent('per_me'))[0],
      'invite',
    );
  });
  test('a closed request offers only to move on', () => {
    assert.deepEqual(availableCommands(request('solved', { agent: 'per_me' }), agent('per_me')), [
      'next',
      'previous',
      'oldest',
    ]);
  });
});
