/** A believable day at the desk, for `--demo`: open and closed requests with their chats. The categories are there already. */
import {
  IMPACT_PRIORITY,
  type CATEGORY_ICONS,
  type Impact,
  type Priority,
  type SystemMessage,
} from '../../protocol/api/desk.ts';
import { findPerson } from '../access/people.repository.ts';
import type { Audit, AuditParty } from '../audit/audit.ts';
import type { Clock } from '../platform/clock.ts';
import type { Tx } from '../platform/database.ts';
import { newId, type Random } from '../platform/random.ts';
import { listCategories } from './categories.repository.ts';
import { seedDemoQueues, seedDemoReplies } from './desk-tools.demo.ts';
import { insertHandover } from './handovers.repository.ts';
import { insertMessage } from './messages.repository.ts';
import { readDefaultQueueId } from './queues.repository.ts';
import { insertRequest, moveRequest } from './requests.repository.ts';
import { auditTarget } from './request-mover.ts';

export interface DemoDeskDeps {
  clock: Clock;
  random: Random;
  audit: Audit;
  /** Ids: three employees, of whom the second writes English; two agents, of whom the second answers in English. */
  people: { employees: readonly [string, string, string]; agents: readonly [string, string] };
}

interface DemoRequest {
  icon: (typeof CATEGORY_ICONS)[number];
  employee: 0 | 1 | 2;
  agent: 0 | 1;
  /** Minutes before now. */
  askedMin: number;
  symptom: string;
  tried: string;
  expected: string;
  impact: Impact;
  /** What the desk made of it; else what the impact says. */
  priority?: Priority;
  /** The other agent had it first and handed it over with this note, a minute before `takenMin`. */
  handedOver?: string;
  /** Minutes after asking. */
  takenMin?: number;
  solvedMin?: number;
  /** Minutes after asking, who, what. */
  chat: readonly (readonly [number, 'employee' | 'agent', string])[];
}

const DAY: readonly DemoRequest[] = [
  {
    icon: 'printer',
    employee: 0,
    agent: 0,
    askedMin: 47,
    symptom: '三楼的彩色打印机一直显示“脱机”，同事的电脑可以打印。',
    tried: '重启了打印机和电脑，重新连接了网线。',
    expected: '今天下午三点前能打印合同，一共 12 页。',
    impact: 'slowed',
    chat: [[1, 'employee', '打印机名称是 PRN-3F-COLOR，就在茶水间旁边。']],
  },
  {
    icon: 'network',
    employee: 1,
    agent: 1,
    askedMin: 31,
    symptom: 'VPN connects, but drops after about two minutes. The client says “DPD timeout”.',
    tried: 'Restarted the laptop, tried the phone hotspot: same.',
    expected: 'Stay connected long enough to upload the quarterly figures (800 MB).',
    impact: 'blocked',
    handedOver:
      'Marta, this is the gateway again: DPD drops since the update at 2:00. He is in the middle of an upload.',
    chat: [
      [2, 'employee', 'It started this morning, yesterday evening it still worked.'],
      [9, 'agent', 'Thank you, I can see the drops in the gateway log. Did Windows install updates over night?'],
      [11, 'employee', 'Yes, it restarted by itself at 7:40.'],
      [12, 'agent', 'Then I have an idea. I would like to look at the adapter settings together with you.'],
    ],
    takenMin: 8,
  },
  {
    icon: 'account',
    employee: 2,
    agent: 0,
    askedMin: 22,
    symptom: '换了新手机之后收不到登录验证码，邮箱和 OA 都进不去。',
    tried: '旧手机已经恢复出厂设置了。',
    expected: '能重新登录 OA，今天要提交报销单。',
    impact: 'blocked',
    priority: 'urgent',
    chat: [],
  },
  {
    icon: 'software',
    employee: 0,
    agent: 0,
    askedMin: 14,
    symptom: 'Excel 打开“预算 2026.xlsx”时卡住，标题栏显示“未响应”，其他文件正常。',
    tried: '把文件复制到桌面再打开，还是一样。',
    expected: '能打开并修改第三张工作表。',
    impact: 'slowed',
    chat: [
      [3, 'agent', '您好，文件里有没有外部数据连接？打开时左下角有提示吗？'],
      [5, 'employee', '好像写着“正在连接数据源”。'],
    ],
    takenMin: 2,
  },
  {
    icon: 'hardware',
    employee: 1,
    agent: 1,
    askedMin: 6,
    symptom: 'The second monitor stays black when the laptop is in the docking station.',
    tried: 'Other cable, other port. The monitor works on a colleague’s desk.',
    expected: 'Both screens, as before the move to the new office.',
    impact: 'slowed',
    chat: [],
  },
  {
    icon: 'mail',
    employee: 1,
    agent: 1,
    askedMin: 190,
    symptom: 'Outlook asks for my password every few minutes since Monday.',
    tried: 'Typed it again, ticked “remember”.',
    expected: 'To be asked once at most.',
    impact: 'slowed',
    chat: [
      [6, 'agent', 'Hello! There is an old entry in the credential manager; I will walk you through removing it.'],
      [19, 'employee', 'Done, and it has been quiet for ten minutes now.'],
      [20, 'agent', 'Good. If it comes back, write here and I will have a look at the profile.'],
    ],
    takenMin: 5,
    solvedMin: 21,
  },
  {
    icon: 'phone',
    employee: 2,
    agent: 0,
    askedMin: 260,
    symptom: '座机听不到对方声音，对方能听到我。',
    tried: '换过听筒线。',
    expected: '下午两点有客户电话会议，需要正常通话。',
    impact: 'question',
    chat: [
      [4, 'agent', '话机的耳机模式被打开了，请按一下右侧的耳机键。'],
      [7, 'employee', '好了，能听到了，谢谢！'],
    ],
    takenMin: 3,
    solvedMin: 8,
  },
];

/** Call in the transaction that makes the demo organisation. */
export function seedDemoDesk(tx: Tx, deps: DemoDeskDeps): void {
  const { employees, agents } = deps.people;
  seedDemoQueues(tx, deps, agents[0]);
  seedDemoReplies(tx, deps, agents);
  for (const demo of DAY) {
    const employee = partyOf(tx, employees[demo.employee]);
    const agent = partyOf(tx, agents[demo.agent]);
    const colleague = partyOf(tx, agents[demo.agent === 0 ? 1 : 0]);
    seedRequest(tx, deps, { demo, employee, agent, colleague });
  }
}

function partyOf(tx: Tx, personId: string): AuditParty {
  const person = findPerson(tx, personId);
  if (person === null) throw new Error('the demo desk needs the people of the demo organisation');
  return { id: person.id, label: person.name };
}

interface Cast {
  demo: DemoRequest;
  employee: AuditParty;
  agent: AuditParty;
  colleague: AuditParty;
}

function seedRequest(tx: Tx, deps: DemoDeskDeps, { demo, employee, agent, colleague }: Cast): void {
  const category = listCategories(tx).find(({ icon }) => icon === demo.icon);
  if (category === undefined) throw new Error(`there is no category with the icon ${demo.icon}`);
  const id = newId('req', deps.random);
  const { symptom, tried, expected, impact, askedMin, takenMin, solvedMin, handedOver } = demo;
  const queueId = category.queueId ?? readDefaultQueueId(tx);
  const priority = demo.priority ?? IMPACT_PRIORITY[impact];
  const createdAt = deps.clock.now() - askedMin * 60_000;
  const after = (minutes: number): number => createdAt + minutes * 60_000;
  const asked = { symptom, tried, expected, impact, priority, createdAt };
  insertRequest(tx, { id, employeeId: employee.id, categoryId: category.id, queueId, ...asked });
  const target = auditTarget({ id, symptom });
  deps.audit.append(tx, { actor: employee, action: 'request/created', target, detail: { category: category.name.en } });

  const say = (minutes: number, by: AuditParty, said: { kind: 'chat' | 'system'; text: string }): void => {
    const messageId = newId('msg', deps.random);
    insertMessage(tx, {
      id: messageId,
      requestId: id,
      authorId: by.id,
      ...said,
      clientId: messageId,
      sentAt: after(minutes),
      subjectId: said.text === 'request.handed-over' ? agent.id : null,
    });
  };
  const system = (text: SystemMessage) => ({ kind: 'system', text }) as const;
  const chat = [...demo.chat];
  const sayUntil = (minutes: number): void => {
    for (let next = chat[0]; next !== undefined && next[0] < minutes; next = chat[0]) {
      chat.shift();
      say(next[0], next[1] === 'agent' ? agent : employee, { kind: 'chat', text: next[2] });
    }
  };

  if (takenMin !== undefined) {
    sayUntil(takenMin);
    const to = { state: 'taken', agentId: agent.id, takenAt: after(takenMin) } as const;
    moveRequest(tx, { id, from: { states: ['waiting'] }, to });
    const first = handedOver === undefined ? agent : colleague;
    deps.audit.append(tx, { actor: first, action: 'request/taken', target });
    say(handedOver === undefined ? takenMin : takenMin - 1, first, system('request.taken'));
    if (handedOver !== undefined) {
      const given = { byId: colleague.id, toAgentId: agent.id, toQueueId: null, handedOverAt: after(takenMin) };
      insertHandover(tx, { id: newId('hnd', deps.random), requestId: id, note: handedOver, ...given });
      const detail = { to: agent.id, name: agent.label };
      deps.audit.append(tx, { actor: colleague, action: 'request/handed-over', target, detail });
      say(takenMin, colleague, system('request.handed-over'));
    }
  }
  sayUntil(solvedMin ?? Infinity);
  if (solvedMin !== undefined) {
    moveRequest(tx, { id, from: { states: ['taken'] }, to: { state: 'solved', closedAt: after(solvedMin) } });
    deps.audit.append(tx, { actor: agent, action: 'request/solved', target });
    say(solvedMin, agent, system('request.solved'));
  }
}
