/** Queues and canned replies of the demo's desk. */
import type { CATEGORY_ICONS, QueueRef } from '../../protocol/api/desk.ts';
import { findPerson } from '../access/people.repository.ts';
import type { Clock } from '../platform/clock.ts';
import type { Tx } from '../platform/database.ts';
import { newId, type Random } from '../platform/random.ts';
import { insertCannedReply } from './canned-replies.repository.ts';
import { listCategories, updateCategory } from './categories.repository.ts';
import { insertQueue, readDefaultQueueId, writeQueueDepartments } from './queues.repository.ts';

interface DemoToolsDeps {
  clock: Clock;
  random: Random;
}

interface DemoQueue {
  name: QueueRef['name'];
  /** Whether the agents' department sees it first. */
  isOfAgents: boolean;
  icons: readonly (typeof CATEGORY_ICONS)[number][];
}

const QUEUES: readonly DemoQueue[] = [
  { name: { en: 'Network and accounts', 'zh-CN': '网络与账号' }, isOfAgents: true, icons: ['network', 'account'] },
  { name: { en: 'Workplace devices', 'zh-CN': '办公设备' }, isOfAgents: false, icons: ['hardware', 'phone'] },
];

export function seedDemoQueues(tx: Tx, deps: DemoToolsDeps, agentId: string): void {
  const departmentId = findPerson(tx, agentId)?.departmentId;
  if (departmentId === undefined) throw new Error('the demo desk needs the people of the demo organisation');
  writeQueueDepartments(tx, readDefaultQueueId(tx), [departmentId]);
  for (const { name, isOfAgents, icons } of QUEUES) {
    const queueId = newId('que', deps.random);
    insertQueue(tx, { id: queueId, name });
    if (isOfAgents) writeQueueDepartments(tx, queueId, [departmentId]);
    for (const { id, icon } of listCategories(tx)) if (icons.includes(icon)) updateCategory(tx, id, { queueId });
  }
}

/** Owner 0 and 1 are the two agents; null is the desk. */
const REPLIES: readonly { owner: 0 | 1 | null; title: string; text: string }[] = [
  {
    owner: null,
    title: '问候',
    text: '{employee}，您好！我是 {agent}，正在看您的问题，请稍等片刻。',
  },
  {
    owner: null,
    title: 'Hello',
    text: 'Hello {employee}, this is {agent}. I am looking at your request now; one moment please.',
  },
  {
    owner: null,
    title: 'Restart first',
    text: 'Please save your work, restart the computer and try again. Write here how it went; the request stays open.',
  },
  { owner: null, title: '请先重启', text: '请先保存文件，重启电脑后再试一次，然后在这里告诉我结果。求助会一直保留。' },
  {
    owner: 0,
    title: '打印机重新添加',
    text: '请打开“设置 → 打印机”，删除该打印机，再从列表中重新添加 PRN 开头的那一台。',
  },
  {
    owner: 1,
    title: 'VPN: what I need',
    text: 'Thank you, {employee}. Which time did it drop last, and are you on cable or wireless?',
  },
];

export function seedDemoReplies(tx: Tx, deps: DemoToolsDeps, agents: readonly [string, string]): void {
  for (const { owner, title, text } of REPLIES) {
    const ownerId = owner === null ? null : agents[owner];
    insertCannedReply(tx, { id: newId('can', deps.random), ownerId, title, text, changedAt: deps.clock.now() });
  }
}
