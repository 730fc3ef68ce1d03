import type { Request } from '../../../protocol/api/desk.ts';

const person = (id: string) => ({ id, name: id, employeeNumber: '1', department: 'IT', hasPhoto: false });
const NOTHING = { en: '', 'zh-CN': '' };

/** A request as the desk sees it, for tests. */
export function testRequest(
  state: Request['state'],
  more: {
    id?: string;
    agent?: string;
    queue?: string;
    session?: NonNullable<Request['session']>['state'];
    isAssistanceAvailable?: boolean;
  } = {},
): Request {
  return {
    id: more.id ?? 'req_a',
    state,
    category: {
      id: 'cat_a',
      name: { en: 'Mail', 'zh-CN': '' },
      hint: NOTHING,
      icon: 'mail',
      isActive: true,
      queueId: null,
    },
    queue: { id: more.queue ?? 'que_a', name: NOTHING },
    impact: 'slowed',
    priority: 'normal',
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
    isAssistanceAvailable: more.isAssistanceAvailable ?? true,
    ahead: null,
  };
}
