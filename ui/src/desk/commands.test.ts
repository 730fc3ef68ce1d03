import { describe, test } from 'node:test';
import assert from 'node:assert/strict';
import type { Request } from '../../../protocol/api/desk.ts';
import type { SessionState } from '../../../protocol/lifecycle.ts';
import { availableCommands } from './commands.ts';

const agent = (myId: string) => ({ myId, mayInvite: true });
const person = (id: string) => ({ id, name: id, employeeNumber: '1', department: 'IT', hasPhoto: false });

function request(state: Request['state'], more: { agent?: string; session?: SessionState } = {}): Request {
  return {
    id: 'req_a',
    state,
    category: {
      id: 'cat_a',
      name: { en: 'Mail', 'zh-CN': '' },
      hint: { en: '', 'zh-CN': '' },
      icon: 'mail',
      isActive: true,
    },
    symptom: 'x',
    tried: '',
    expected: '',
    employee: person('per_employee'),
    agent: more.agent === undefined ? null : person(more.agent),
    createdAt: 1,
    takenAt: null,
    closedAt: state === 'solved' || state === 'cancelled' ? 2 : null,
    lastMessageAt: null,
    attachments: [],
    session: more.session === undefined ? null : { id: 'ses_a', state: more.session },
    ahead: null,
  };
}

describe('what the command palette offers', () => {
  test('a waiting request can be taken', () => {
    assert.equal(availableCommands(request('waiting'), agent('per_me'))[0], 'take');
  });
  test('what another has can be taken over, and nothing else', () => {
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
    const commands = availableCommands(request('taken', { agent: 'per_me' }), { myId: 'per_me', mayInvite: false });
    assert.ok(!commands.includes('invite') && commands.includes('solve'));
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
