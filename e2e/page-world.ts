/** What the pages show in the tests that look at them: an organisation with a request in every state. */
import { Buffer } from 'node:buffer';
import { deflateSync, crc32 } from 'node:zlib';
import type { Browser } from 'playwright-core';
import * as access from '../protocol/api/access.ts';
import { category, request } from '../protocol/api/desk.ts';
import { cannedReply, queueInfo } from '../protocol/api/queues.ts';
import type { Language } from '../protocol/api/shared.ts';
import { Api } from './api.ts';
import * as people from './organisation.ts';
import { newPerson, type Person, type Product } from './product.ts';
import { enrolDevice } from './scripted-device.ts';
import type { World } from './scenes.ts';

const ORGANISATION = 'Lindgren & Hua 林华';
const IT = '信息技术部 IT';
const FINANCE = '财务部 Finance';
const EMPTY = '档案室 Archive';

const REASON = '我想看一下这台电脑上的打印队列，可能有一个卡住的任务。 I would like to look at the print queue.';
const SYMPTOMS = {
  waiting: '三楼的彩色打印机一直显示“脱机”，同事的电脑可以打印。',
  taken: 'VPN connects, but drops after about two minutes. The client says “DPD timeout”.',
  invited: 'Excel 打开“预算 2026.xlsx”时卡住，标题栏显示“未响应”，其他文件正常。',
  viewOnly: '邮箱提示存储空间已满，无法收信。',
  accepted: '扫描仪扫出来的文件全是空白页。',
  shared: '屏幕共享后看不到打印队列。',
  ended: 'The second monitor stays black after the update.',
  guest: '换了新手机之后收不到登录验证码。',
  solved: 'Teams 会议里对方听不到我的声音。',
  cancelled: '键盘有几个键没有反应。',
  others: '新同事没有财务系统的权限。',
  handedOver: 'The docking station loses the network every morning.',
  inviteInEnglish: 'The calendar shows every meeting one hour late.',
  inviteInChinese: '共享盘打不开，提示“拒绝访问”。',
} as const satisfies Record<keyof World['requests'], string>;
const TRIED = '重启了打印机和电脑，重新连接了网线。';
const EXPECTED = '今天下午三点前能打印合同，一共 12 页。';
const CHAT = [
  '打印机名称是 PRN-3F-COLOR，就在茶水间旁边。',
  '谢谢，我在看日志。昨晚电脑更新过吗？ Did it install updates over night?',
  'Yes, it restarted by itself at 7:40.',
] as const;

const NOTE = '她在赶季度报表，请不要重启电脑。 Do not restart it before noon.';
const QUEUE = { en: 'Network team 网络组', 'zh-CN': '网络组 Network team' };
const TOPIC = { en: 'Wi-Fi 无线网络', 'zh-CN': '无线网络 Wi-Fi' };
const REPLIES = {
  own: { title: '打印机重新添加', text: '{employee}，请删除打印机后重新添加。{agent}' },
  shared: { title: 'Hello 您好', text: 'Hello {employee}, this is {agent}. 请稍等。' },
};

/** Everything in the pages that people wrote, so that the rest can be told apart from it. */
export const SEEDED_WORDS: readonly string[] = [
  // As it is offered for a request of Maria Keller, before her name alone is taken for a known word.
  REPLIES.shared.text.replace('{employee}', 'Maria Keller').replace('{agent}', '李伟'),
  ...[REASON, TRIED, EXPECTED, ...CHAT, ...Object.values(SYMPTOMS), 'Printer queue / 打印队列', NOTE],
  ...[
    QUEUE.en,
    QUEUE['zh-CN'],
    TOPIC.en,
    TOPIC['zh-CN'],
    'Service desk',
    ...Object.values(REPLIES).map(({ title }) => title),
    EMPTY,
  ],
  ...[ORGANISATION, IT, FINANCE],
  ...['Anna Lindgren', 'Marta Nowak', 'Maria Keller', 'Tom Becker', 'Jonas Weber', 'Northern Hospital', 'Ada Admin'],
  ...['print-log.txt', 'printer.log', 'printer.png', 'setup.exe', 'localhost', 'help.example.org'],
];

/** Who visits which pages, and what they find. */
export interface Cast {
  world: World;
  stranger: (language: Language) => Promise<Person>;
  guest: (language: Language) => Promise<Person>;
  admin: people.Member;
  agent: people.Member;
  other: people.Member;
  employee: people.Member;
  newcomer: people.Member;
}

const LOCALES = { en: 'en-GB', 'zh-CN': 'zh-CN' } as const satisfies Record<Language, string>;

export async function buildWorld(product: Product, browser: Browser): Promise<Cast> {
  const named = {
    organisation: ORGANISATION,
    name: 'Anna Lindgren',
    employeeNumber: 'A1001',
    password: 'nine lamps on the quay',
  };
  const organisation = await people.Organisation.found(product, browser, named);
  const staff = await hireEverybody(organisation);
  const { queueId, topicId } = await routeToQueue(organisation, staff.inItId);
  const { requests, sessions, code, token } = await askForEverything(staff, topicId);
  const { caFingerprint } = await organisation.admin.api.get('/api/organisation', access.organisation);
  const device = await enrolDevice(product, { caFingerprint, token });
  const replies = await writeReplies(staff);
  const emptyDepartmentId = await organisation.addDepartment(EMPTY);
  const welcome = await organisation.add({
    ...staff.details,
    name: 'Tom Becker',
    employeeNumber: 'E2004',
    roles: ['employee'],
  });
  const gone = await organisation.add({ ...staff.details, name: '陈静', employeeNumber: 'E2005', roles: ['employee'] });
  await organisation.admin.api.post(`/api/people/${gone.person.id}/deactivate`, access.person);
  const [firstCategory] = await people.categoriesOf(staff.employee);
  const cookies = await redeemCode(product, browser, code);
  const inLanguage = async (language: Language): Promise<Person> => newPerson(browser, { locale: LOCALES[language] });
  return {
    ...staff,
    admin: organisation.admin,
    stranger: inLanguage,
    guest: async (language) => {
      const guest = await inLanguage(language);
      await guest.context.addCookies(cookies);
      return guest;
    },
    world: {
      url: product.url,
      language: 'en',
      requests,
      sessions,
      device,
      people: { employee: staff.employee.me.id, inactive: gone.person.id, withoutPassword: welcome.person.id },
      departmentId: staff.details.departmentId,
      emptyDepartmentId,
      queueId,
      replies,
      categoryId: firstCategory?.id ?? '',
      welcomeToken: welcome.token,
      agent: staff.agent,
    },
  };
}

interface Staff {
  agent: people.Member;
  other: people.Member;
  employee: people.Member;
  newcomer: people.Member;
  details: { departmentId: string };
  inItId: string;
}

async function hireEverybody(organisation: people.Organisation): Promise<Staff> {
  const it = await organisation.addDepartment(IT);
  const finance = await organisation.addDepartment(FINANCE);
  const details = { departmentId: finance };
  const inIt = { departmentId: it, roles: ['agent', 'employee'] as access.Role[] };
  const employee: access.Role[] = ['employee'];
  const leads = { ...inIt, roles: ['agent', 'lead', 'employee'] as access.Role[] };
  const [agent, other, asking, newcomer] = await Promise.all([
    organisation.hire({ ...inIt, name: '李伟', employeeNumber: 'A1002' }),
    organisation.hire({ ...leads, name: 'Marta Nowak', employeeNumber: 'A1003' }),
    organisation.hire({ ...details, roles: employee, name: 'Maria Keller', employeeNumber: 'E2001' }),
    organisation.hire({ ...details, roles: employee, name: '王芳', employeeNumber: 'E2002' }),
  ]);
  const photo = {
    method: 'PUT',
    headers: { origin: organisation.admin.api.url, 'content-type': 'image/png' },
    data: portrait(),
  };
  await organisation.admin.context.request.fetch(
    `${organisation.admin.api.url}/api/people/${agent.me.id}/photo`,
    photo,
  );
  await people.openDesk(agent);
  return { agent, other, employee: asking, newcomer, details, inItId: it };
}

/** A second queue, which the agents' department sees first, and a topic that goes there. */
async function routeToQueue(organisation: people.Organisation, departmentId: string) {
  const { api } = organisation.admin;
  const queue = await api.post('/api/queues', queueInfo, { name: QUEUE, departmentIds: [departmentId] });
  const topic = { name: TOPIC, hint: { en: '', 'zh-CN': '' }, icon: 'network', queueId: queue.id };
  return { queueId: queue.id, topicId: (await api.post('/api/categories', category, topic)).id };
}

async function writeReplies({ agent, other }: Staff): Promise<World['replies']> {
  const write = async (by: people.Member, reply: object) =>
    (await by.api.post('/api/canned-replies', cannedReply, reply)).id;
  return {
    own: await write(agent, { ...REPLIES.own, isShared: false }),
    shared: await write(other, { ...REPLIES.shared, isShared: true }),
  };
}

async function askForEverything({ agent, other, employee }: Staff, topicId: string) {
  const categories = await people.categoriesOf(employee);
  const requests: Partial<World['requests']> = {};
  let turn = 0;
  for (const [state, symptom] of Object.entries(SYMPTOMS) as [keyof World['requests'], string][]) {
    const isRouted = state === 'waiting' || state === 'handedOver';
    const categoryId = isRouted ? topicId : (categories[turn++ % categories.length]?.id ?? '');
    requests[state] = await people.ask(employee, { categoryId, symptom, tried: TRIED, expected: EXPECTED });
  }
  const asked = requests as World['requests']; // SYMPTOMS has every one of them
  await employee.api.attach(asked.waiting, { name: 'printer.log', bytes: new TextEncoder().encode('state: offline') });
  await employee.api.attach(asked.waiting, { name: 'printer.png', bytes: new Uint8Array(portrait()) });
  await converse({ agent, employee }, asked);
  for (const id of [asked.solved, asked.inviteInEnglish, asked.inviteInChinese]) await people.move(agent, id, 'take');
  await people.move(agent, asked.solved, 'solve');
  await people.move(employee, asked.cancelled, 'cancel');
  await people.move(other, asked.others, 'take');
  await people.move(other, asked.handedOver, 'take');
  const handing = { agentId: agent.me.id, note: NOTE };
  await other.api.post(`/api/requests/${asked.handedOver}/hand-over`, request, handing);
  await other.api.post(`/api/requests/${asked.waiting}/priority`, request, { priority: 'urgent' });
  return { requests: asked, ...(await inviteEverywhere({ agent, employee }, asked)) };
}

async function converse(
  { agent, employee }: Pick<Staff, 'agent' | 'employee'>,
  asked: World['requests'],
): Promise<void> {
  await people.say(employee, asked.waiting, CHAT[0]);
  await people.move(agent, asked.taken, 'take');
  await people.say(agent, asked.taken, CHAT[1]);
  await people.say(employee, asked.taken, CHAT[2]);
}

async function inviteEverywhere(
  { agent, employee }: Pick<Staff, 'agent' | 'employee'>,
  asked: World['requests'],
): Promise<{ sessions: World['sessions']; code: string; token: string }> {
  const control = { reason: REASON, mode: 'control' } as const;
  const invited = await people.invite(agent, asked.invited, control);
  const viewOnly = await people.invite(agent, asked.viewOnly, { ...control, mode: 'view' });
  const accepted = await people.invite(agent, asked.accepted, control);
  const ended = await people.invite(agent, asked.ended, control);
  const guest = await people.invite(agent, asked.guest, control);
  const shared = await people.invite(agent, asked.shared, control);
  await people.accept(employee, accepted.sessionId);
  const { token } = await people.accept(employee, shared.sessionId);
  await people.end(employee, ended.sessionId);
  const sessions = {
    invited: invited.sessionId,
    viewOnly: viewOnly.sessionId,
    accepted: accepted.sessionId,
    ended: ended.sessionId,
    guest: guest.sessionId,
  };
  return { sessions, code: guest.spokenCode, token };
}

/** The cookies of somebody who came in by a code. */
async function redeemCode(product: Product, browser: Browser, code: string) {
  const { context } = await newPerson(browser);
  await new Api(context, product.url).send('POST', '/api/invitations/redeem', { code });
  const cookies = await context.cookies();
  await context.close();
  return cookies;
}

/** A PNG of 128 × 128 pixels (RFC 2083): a plain bust, so that a photo looks like one in the pictures. */
export function portrait(): Buffer<ArrayBuffer> {
  const size = 128;
  const pixels = Buffer.alloc(size * (1 + size * 3));
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const isFace = Math.hypot(x - 64, (y - 50) * 0.9) < 24;
      const isBody = Math.hypot((x - 64) * 0.8, y - 140) < 58;
      const colour = isFace ? [233, 196, 170] : isBody ? [58, 86, 140] : [205 - y / 3, 214 - y / 4, 224];
      pixels.set(colour, y * (1 + size * 3) + 1 + x * 3);
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(size, 0);
  header.writeUInt32BE(size, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const signature = Buffer.from('89504e470d0a1a0a', 'hex');
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(pixels)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type: string, content: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), content]);
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(content.length);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
}
