/**
 * Whatever people and devices can send is stored as it is, or refused, and shown everywhere as text: nothing of it runs,
 * nothing is fetched, no layout breaks.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import * as access from '../protocol/api/access.ts';
import { auditPage } from '../protocol/api/audit.ts';
import * as desk from '../protocol/api/desk.ts';
import { cannedReply, queueInfo } from '../protocol/api/queues.ts';
import { session as sessionSchema } from '../protocol/api/sessions.ts';
import { enrol, EnrolError } from '../helper/enrol/enrol.ts';
import { HOSTILE_TEXTS, longWord, REFUSED_TEXTS } from './hostile-corpus.ts';
import * as people from './organisation.ts';
import { overflowing } from './page-checks.ts';
import { eventually } from './processes.ts';
import { newPerson, openBrowser, Product, type Person } from './product.ts';
import { shoot } from './shots.ts';

const ALL = HOSTILE_TEXTS.map(({ text }) => text);
const NAMES = HOSTILE_TEXTS.filter(({ isNoName }) => isNoName !== true).map(({ text }) => text);
const NO_NAMES = HOSTILE_TEXTS.filter(({ isNoName }) => isNoName === true).map(({ text }) => text);

const ORGANISATION = `"><img src=/hostile-probe onerror=window.hostile=1>{name} ${longWord(20)}`;
const DEPARTMENT = `<b onmouseover=window.hostile=1>{{7*7}}</b> ${longWord(30)}`;
const AGENT = '<svg onload=window.hostile=1> $& {reason} Li';
const EMPLOYEE = `</title><script>window.hostile=1</script> ${longWord(30)}`;
const PLATFORM = '<img src=/hostile-probe onerror=x';

const PHONE = { width: 390, height: 844 };
const DESK = { width: 1024, height: 800 };

describe('hostile text', { timeout: 300_000 }, () => {
  let product: Product | undefined;
  let browser: Browser | undefined;
  let organisation: people.Organisation;
  let agent: people.Member;
  let employee: people.Member;
  let departmentId: string;
  let categoryId: string;
  const requests: string[] = [];
  const sessions: string[] = [];
  const queues: string[] = [];
  const marks: string[] = [];
  let shots = 0;

  before(async () => {
    browser = await openBrowser();
    product = await Product.start();
    const named = {
      organisation: ORGANISATION,
      name: 'Ada Admin',
      employeeNumber: 'A1',
      password: 'nine lamps on the quay',
    };
    organisation = await people.Organisation.found(product, browser, named);
    departmentId = await organisation.addDepartment(DEPARTMENT);
    const details = { departmentId };
    agent = await organisation.hire({ ...details, name: AGENT, employeeNumber: 'E1', roles: ['agent'] });
    employee = await organisation.hire({ ...details, name: EMPLOYEE, employeeNumber: 'E2', roles: ['employee'] });
    for (const one of [organisation.admin, agent, employee]) watchMarks(one, marks);
    await people.openDesk(agent);
  });
  after(async () => {
    await browser?.close();
    await product?.stop();
  });

  /** Opens a page, finds `shown` on it as text, and nothing broken. */
  async function visit(
    who: Person,
    path: string,
    look: { shown: readonly string[]; size?: { width: number; height: number } },
  ) {
    await who.page.setViewportSize(look.size ?? PHONE);
    await who.page.emulateMedia({ reducedMotion: 'reduce' });
    await who.page.goto((product?.url ?? '') + path);
    await shows(who.page, look.shown);
    await shoot(who.page, `hostile-${(shots += 1)}${path.slice(0, 24)}-${(look.size ?? PHONE).width}`);
    assert.deepEqual(await overflowing(who.page), [], path);
  }

  test('is refused as a name when it hides or turns letters, and accepted otherwise', async () => {
    const { admin } = organisation;
    const person = { departmentId, roles: ['employee'] };
    for (const [index, name] of NAMES.entries()) {
      await organisation.add({ departmentId, roles: ['employee'], name, employeeNumber: `N${index}` });
      await organisation.addDepartment(name);
    }
    for (const name of [...NO_NAMES, ...REFUSED_TEXTS, longWord(81)]) {
      const answer = await admin.api.send('POST', '/api/people', { ...person, name, employeeNumber: 'X1' });
      assert.equal(answer.status(), 400, JSON.stringify(name));
      assert.equal((await admin.api.send('POST', '/api/departments', { name })).status(), 400, JSON.stringify(name));
    }
    for (const employeeNumber of ALL)
      assert.equal(
        (await admin.api.send('POST', '/api/people', { ...person, name: 'x', employeeNumber })).status(),
        400,
      );
  });

  test('names topics in both languages', async () => {
    const { api } = organisation.admin;
    for (const name of NAMES) {
      const body = { name: { en: name, 'zh-CN': name }, hint: { en: name, 'zh-CN': name }, icon: 'other' };
      categoryId = (await api.post('/api/categories', desk.category, body)).id;
    }
    const long = { en: longWord(60), 'zh-CN': longWord(60) };
    const hint = { en: longWord(160), 'zh-CN': longWord(160) };
    await api.post('/api/categories', desk.category, { name: long, hint, icon: 'other' });
  });

  test('of a file that is imported is a name as it stands, or refused row by row; the preview shows both as text', async () => {
    const { admin } = organisation;
    const { page, api } = admin;
    const cell = (text: string): string => `"${text.replaceAll('"', '""')}"`;
    const file = (texts: readonly string[]) => ({
      name: `${ALL[1] ?? ''}.csv`.replaceAll('/', ''),
      mimeType: 'text/csv',
      buffer: Buffer.from(
        `Number,Name,Department,${cell(ALL[0] ?? '')}\n${texts.map((text, index) => `I${index},${cell(text)},${cell(text)},x\n`).join('')}`,
      ),
    });
    for (const size of [PHONE, DESK]) {
      await visit(admin, '/console/people/import', { shown: [ORGANISATION], size });
      await page.locator('input[type=file]').setInputFiles(file(NO_NAMES));
      await shows(page, NO_NAMES);
      assert.deepEqual(await overflowing(page), []);
      await page.locator('input[type=file]').setInputFiles(file([...NAMES, longWord(80)]));
      await shows(page, [ALL[0] ?? '', ...NAMES, longWord(80)]);
      await shoot(page, `hostile-import-${size.width}`);
      assert.deepEqual(await overflowing(page), []);
    }
    await page.getByRole('checkbox').check();
    await page.getByRole('button', { name: /^Import \d/ }).click();
    await page.getByRole('link', { name: 'Download the links' }).waitFor();
    const { total } = await api.get('/api/people?q=&size=1', access.people);
    assert.ok(total > NAMES.length * 2, String(total));
  });

  test('names queues, canned replies and what colleagues are told', async () => {
    const { admin } = organisation;
    for (const name of NAMES) {
      const both = { en: name, 'zh-CN': name };
      queues.push((await admin.api.post('/api/queues', queueInfo, { name: both, departmentIds: [departmentId] })).id);
    }
    const route = { answer: desk.category, json: { queueId: queues[0] } };
    await admin.api.call('PATCH', `/api/categories/${categoryId}`, route);
    for (const [index, text] of ALL.entries())
      await agent.api.post('/api/canned-replies', cannedReply, {
        title: `${index} ${text}`.slice(0, 60),
        text,
        isShared: false,
      });
    await visit(admin, '/console/queues', { shown: NAMES });
    await visit(admin, `/console/queues/${queues[0] ?? ''}`, { shown: [NAMES[0] ?? '', DEPARTMENT] });
    await visit(agent, '/desk/replies', { shown: ALL, size: DESK });
  });

  test('is kept as it is in requests, chat, reasons and file names', async () => {
    for (const [index, symptom] of [...ALL, longWord(2000)].entries()) {
      const tried = ALL[(index + 1) % ALL.length] ?? '';
      const id = await people.ask(employee, { categoryId, symptom, tried, expected: longWord(400) });
      const kept = await employee.api.get(`/api/requests/${id}`, desk.request);
      assert.deepEqual([kept.symptom, kept.tried], [symptom, tried]);
      const reason = index === ALL.length ? longWord(500) : symptom;
      const { sessionId } = await people.invite(agent, id, { reason, mode: 'control' });
      assert.equal((await employee.api.get(`/api/sessions/${sessionId}`, sessionSchema)).reason, reason);
      requests.push(id);
      sessions.push(sessionId);
    }
    const [first = ''] = requests;
    for (const text of [...ALL, longWord(4000)]) {
      await people.say(employee, first, text);
      await people.say(agent, first, text);
    }
    const { messages } = await agent.api.get(`/api/requests/${first}/messages`, desk.messages);
    const texts = messages.filter(({ kind }) => kind === 'chat').map(({ text }) => text);
    assert.deepEqual(
      texts,
      [...ALL, longWord(4000)].flatMap((text) => [text, text]),
    );
  });

  test('with control characters, or not well-formed, is refused', async () => {
    const [first = ''] = requests;
    for (const text of REFUSED_TEXTS) {
      const asked = { categoryId, symptom: text, tried: '', expected: '' };
      const said = { text, clientId: crypto.randomUUID() };
      assert.equal((await employee.api.send('POST', '/api/requests', asked)).status(), 400, JSON.stringify(text));
      const path = `/api/requests/${first}/messages`;
      assert.equal((await employee.api.send('POST', path, said)).status(), 400, JSON.stringify(text));
    }
  });

  test('names files, without what could be a path or a second extension', async () => {
    const [first = '', second = ''] = requests;
    const given = [...ALL.slice(0, 8), ...ALL.slice(19), longWord(300)];
    const names: string[] = [];
    for (const [index, name] of given.entries()) {
      const file = { name: `${name}.txt`, bytes: new TextEncoder().encode(name) };
      const { name: kept } = await employee.api.attach(index < 10 ? first : second, file);
      assert.doesNotMatch(kept, /[<>:"|?*/\\\u202e\u200b\u2028]/);
      assert.match(kept, /\.txt$/);
      names.push(kept);
    }
    await visit(employee, `/requests/${first}`, { shown: names.slice(0, 10) });
    await visit(employee, `/requests/${second}`, { shown: names.slice(10) });
    await visit(agent, `/desk/requests/${first}`, { shown: names.slice(0, 10), size: DESK });
  });

  test('is text in the portal', async () => {
    const shown = [ORGANISATION, EMPLOYEE];
    await visit(employee, '/', { shown: [...shown, ...ALL, ...NAMES, longWord(2000), longWord(160)] });
    await visit(employee, '/ask', { shown: [...shown, ...NAMES, longWord(60)] });
    for (const [index, id] of requests.entries()) {
      const text = ALL[index] ?? longWord(2000);
      await visit(employee, `/requests/${id}`, { shown: [...shown, AGENT, DEPARTMENT, text] });
    }
    await visit(employee, `/requests/${requests[0] ?? ''}`, { shown: [...ALL, longWord(4000)] });
    await visit(employee, `/sessions/${sessions.at(-1) ?? ''}`, {
      shown: [...shown, AGENT, DEPARTMENT, longWord(500)],
    });
  });

  test('is text in the names of files somebody chooses', async () => {
    const { page } = employee;
    await page.goto(`${product?.url ?? ''}/ask`);
    const names = ALL.filter((text) => !text.includes('/')).map((text) => `${text}.exe`);
    const files = names.map((name) => ({ name, mimeType: 'text/plain', buffer: Buffer.from('x') }));
    await page.locator('input[type=file]').setInputFiles(files);
    await shows(page, names);
    assert.deepEqual(await overflowing(page), []);
  });

  test('is text while it arrives', async () => {
    const [, second = ''] = requests;
    await visit(employee, `/requests/${second}`, { shown: [] });
    for (const text of ALL.slice(0, 6)) await people.say(agent, second, `now: ${text}`);
    await shows(
      employee.page,
      ALL.slice(0, 6).map((text) => `now: ${text}`),
    );
  });

  test('is text at the desk', async () => {
    const shown = [ORGANISATION, AGENT, EMPLOYEE, ...ALL, longWord(2000)];
    await visit(agent, '/desk', { shown, size: DESK });
    await visit(agent, `/desk/requests/${requests[0] ?? ''}`, {
      shown: [DEPARTMENT, ...ALL, longWord(4000)],
      size: DESK,
    });
    await agent.page.keyboard.press('Control+k');
    await shows(agent.page, shown);
    await visit(agent, `/desk/requests/${requests.at(-1) ?? ''}`, {
      shown: [longWord(2000), longWord(400)],
      size: DESK,
    });
  });

  test('is text in a note, in a canned reply and among colleagues', async () => {
    // Handing over ends a session, and the first ones are still needed.
    const [first = '', second = ''] = requests.slice(-4);
    const note = [...ALL.slice(0, 10), longWord(300)].join('\n');
    await agent.api.post(`/api/requests/${first}/hand-over`, desk.request, { queueId: queues[1] ?? '', note });
    await agent.api.post(`/api/requests/${first}/take`, desk.request, {});
    await visit(agent, `/desk/requests/${first}`, {
      shown: [...ALL.slice(0, 10), NAMES[1] ?? '', longWord(300)],
      size: DESK,
    });
    await agent.page.locator('[data-composer] textarea').fill('/');
    await shows(agent.page, ALL.slice(1));
    await agent.page.keyboard.press('Enter');
    await visit(agent, `/desk/requests/${second}`, { shown: [EMPLOYEE], size: DESK });
    await agent.page.keyboard.press('t');
    await shows(agent.page, [AGENT, DEPARTMENT]);
    assert.deepEqual(await overflowing(agent.page), []);
    await agent.page.keyboard.press('Escape');
    await agent.page.keyboard.press('q');
    await shows(agent.page, NAMES);
    await visit(employee, `/requests/${first}`, { shown: [AGENT, NAMES[1] ?? ''] });
  });

  test('of a device is text: its platform is shown as it is, its version only when it is one', async () => {
    const [session = '', other = ''] = sessions;
    const { caFingerprint } = await organisation.admin.api.get('/api/organisation', access.organisation);
    const prefix = caFingerprint.replaceAll(':', '').toLowerCase().slice(0, 32);
    const enrolAs = async (id: string, words: { helperVersion: string; platform: string }) => {
      const { token } = await people.accept(employee, id);
      return enrol(
        { host: 'localhost', port: product?.devicePort ?? 0, caFingerprint: prefix, token },
        { ...words, helperFile: null },
      );
    };
    await assert.rejects(
      enrolAs(other, { helperVersion: '<img src=x onerror=x>', platform: 'linux-x64' }),
      (error) => error instanceof EnrolError && error.code === 'helper-too-old',
    );
    await enrolAs(session, { helperVersion: '0.1.0', platform: PLATFORM.slice(0, 32) });
    await visit(employee, `/sessions/${session}`, { shown: [AGENT] });
    await visit(agent, `/desk/session/${session}`, { shown: [EMPLOYEE], size: DESK });
  });

  test('is text in the console', async () => {
    const { admin } = organisation;
    const shown = [ORGANISATION, AGENT, EMPLOYEE, DEPARTMENT, ...NAMES];
    for (const size of [PHONE, DESK]) {
      await visit(admin, '/console/people', { shown, size });
      await visit(admin, '/console/departments', { shown: [ORGANISATION, DEPARTMENT, ...NAMES], size });
      await visit(admin, '/console/categories', { shown: [...NAMES, longWord(60), longWord(160)], size });
      await visit(admin, `/console/people/${employee.me.id}`, { shown: [EMPLOYEE, DEPARTMENT], size });
      await visit(admin, `/console/departments/${departmentId}`, { shown: [DEPARTMENT], size });
      await visit(admin, `/console/categories/${categoryId}`, { shown: [NAMES.at(-1) ?? ''], size });
    }
    const { people: found } = await admin.api.get(`/api/people?q=${encodeURIComponent('%')}`, access.people);
    assert.ok(
      found.every(({ name }) => name.includes('%')),
      'a percent sign searched for is a percent sign',
    );
  });

  test('is text in the audit trail, whoever wrote it', async () => {
    const { admin } = organisation;
    const stranger = await newPerson(browser as Browser); // opened before the tests
    const attempts = ALL.slice(0, 4);
    for (const employeeNumber of attempts) {
      const headers = { origin: product?.url ?? '' };
      await stranger.context.request.post(`${product?.url ?? ''}/api/sign-in`, {
        headers,
        data: { employeeNumber, password: 'x' },
      });
    }
    await stranger.context.close();
    for (const action of [
      'person/added',
      'invitation/sent',
      'auth/refused',
      'request/attachment-added',
      'session/enrolled',
    ]) {
      const query = `action=${encodeURIComponent(action)}&limit=200`;
      const { events } = await admin.api.get(`/api/audit?${query}`, auditPage);
      assert.ok(events.length > 0, action);
      const labels = events.slice(0, 20).flatMap(({ actor, target }) => [actor.label, target?.label ?? '']);
      await visit(admin, `/console/audit?action=${encodeURIComponent(action)}`, { shown: labels });
      for (const event of events.slice(0, 3)) {
        const values = Object.values(event.detail).map(String);
        await visit(admin, `/console/audit/${event.seq}`, { shown: [event.actor.label, ...values] });
      }
    }
    const { events } = await admin.api.get('/api/audit?action=session%2Fenrolled', auditPage);
    assert.equal(events[0]?.detail['platform'], PLATFORM.slice(0, 32));
    for (const q of ALL)
      assert.equal((await admin.api.send('GET', `/api/audit?q=${encodeURIComponent(q)}`)).status(), 200);
  });

  test('is text for strangers and guests', async () => {
    const stranger = await newPerson(browser as Browser); // opened before the tests
    watchMarks(stranger, marks);
    await visit(stranger, '/sign-in', { shown: [ORGANISATION] });
    const { token } = await organisation.add({
      departmentId,
      roles: ['employee'],
      name: longWord(80),
      employeeNumber: 'X9',
    });
    await visit(stranger, `/welcome#${token}`, { shown: [ORGANISATION, longWord(80)] });
    const id = await people.ask(employee, { categoryId, symptom: ALL[1] ?? '' });
    const { spokenCode, sessionId } = await people.invite(agent, id, { reason: ALL[2] ?? '', mode: 'view' });
    const headers = { origin: product?.url ?? '' };
    await stranger.context.request.post(`${product?.url ?? ''}/api/invitations/redeem`, {
      headers,
      data: { code: spokenCode },
    });
    await visit(stranger, `/sessions/${sessionId}`, { shown: [ORGANISATION, AGENT, DEPARTMENT, ALL[2] ?? ''] });
    assert.deepEqual(stranger.problems, []);
  });

  test('has left no mark: nothing ran, nothing was fetched, no policy was violated', () => {
    assert.deepEqual(marks, []);
    for (const { problems } of [organisation.admin, agent, employee]) assert.deepEqual(problems, []);
    assert.doesNotMatch(product?.output() ?? '', /csp\/violated/);
  });
});

/** What hostile text would leave behind if it ran. */
function watchMarks({ page }: Person, marks: string[]): void {
  page.on('dialog', (dialog) => {
    marks.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('request', (request) => {
    if (request.url().includes('hostile-probe')) marks.push(`request: ${request.url()}`);
  });
}

/** All of these are on the page, letter by letter, as text, and no script of theirs has run. */
async function shows(page: Page, texts: readonly string[]): Promise<void> {
  const missing = async (): Promise<string[]> => {
    const all = await page.evaluate(() => {
      const values = [...document.querySelectorAll('input, textarea')].map(
        (field) => (field as HTMLInputElement).value,
      );
      const titles = [...document.querySelectorAll('[title], [aria-label]')].flatMap((one) => [
        one.getAttribute('title'),
        one.getAttribute('aria-label'),
      ]);
      return [document.title, document.body.textContent, ...values, ...titles].join('\n');
    });
    const page_ = oneLine(all);
    return texts.filter((text) => !page_.includes(oneLine(text)));
  };
  let left: string[] = [...texts];
  await eventually('the page to show everything', async () => {
    left = await missing();
    return left.length === 0 && (await page.locator('h1').count()) > 0;
  }).catch((cause: unknown) => {
    throw new Error(`${page.url()} does not show ${JSON.stringify(left.map((text) => text.slice(0, 80)))}`, { cause });
  });
  assert.equal(await page.evaluate(() => 'hostile' in window), false, `a script ran on ${page.url()}`);
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
