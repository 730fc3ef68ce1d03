/**
 * People and queues as those who manage and serve them do it: an administrator imports a file, mends it and imports it
 * again; a request finds its queue; two agents serve it by keyboard alone.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import type { Browser, Locator, Page } from 'playwright-core';
import { people as peopleSchema } from '../protocol/api/access.ts';
import { auditPage } from '../protocol/api/audit.ts';
import { messages as messagesSchema, queue as queueSchema } from '../protocol/api/desk.ts';
import * as organisations from './organisation.ts';
import { accessibilityProblems } from './page-checks.ts';
import { eventually } from './processes.ts';
import { newPerson, openBrowser, Product } from './product.ts';
import { shoot } from './shots.ts';

const SYMPTOM = 'The VPN drops every two minutes';
const NOTE = 'She uploads the quarterly figures; do not restart the laptop.';
const PASSWORD = 'seven kettles on a shelf';

const csv = (text: string) => ({ name: 'people.csv', mimeType: 'text/csv', buffer: Buffer.from(text) });

/** Presses Tab until the control has the focus, as somebody without a mouse would. */
async function reach(page: Page, control: Locator): Promise<void> {
  await control.first().waitFor({ state: 'attached' });
  for (let presses = 0; presses < 80; presses++) {
    if (await control.first().evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`not reached by Tab: ${String(control)}`);
}

/** Opens the commands, types, and takes the first that is found. */
async function command(page: Page, words: string): Promise<void> {
  await page.keyboard.press('Control+k');
  await page.getByRole('combobox', { name: 'Commands' }).waitFor();
  await page.keyboard.type(words);
  await page.keyboard.press('Enter');
}

describe('people and queues', { timeout: 240_000 }, () => {
  let product: Product;
  let browser: Browser;
  let organisation: organisations.Organisation;
  let agent: organisations.Member;
  let colleague: organisations.Member;
  let employee: organisations.Member;

  before(async () => {
    [product, browser] = await Promise.all([Product.start(), openBrowser()]);
    organisation = await organisations.Organisation.found(product, browser, {
      organisation: 'Northern Hospital',
      name: 'Ada Admin',
      employeeNumber: 'A1',
      password: 'nine lamps on the quay',
    });
    const it = await organisation.addDepartment('IT Support');
    const field = await organisation.addDepartment('Field Service');
    const radiology = await organisation.addDepartment('Radiology');
    const inIt = { departmentId: it, roles: ['agent' as const] };
    agent = await organisation.hire({ ...inIt, name: 'Li Wei 李伟', employeeNumber: 'E1024' });
    colleague = await organisation.hire({ ...inIt, departmentId: field, name: 'Marta Nowak', employeeNumber: 'E1025' });
    const asking = { departmentId: radiology, roles: ['employee' as const] };
    employee = await organisation.hire({ ...asking, name: 'Maria Keller', employeeNumber: 'E2048' });
    for (const { page } of [organisation.admin, agent, colleague, employee])
      await page.emulateMedia({ reducedMotion: 'reduce' });
  });
  after(async () => {
    await browser.close();
    await product.stop();
  });

  /** The rows of a section; its heading has the count behind the name. */
  const rows = (desk: Page, section: string): Locator =>
    desk.getByRole('list', { name: new RegExp(`^${section} \\d`) }).locator('[data-queue-row]');
  const at = (path: string): string => product.url + path;
  const numbers = async (): Promise<string[]> => {
    const { people } = await organisation.admin.api.get('/api/people?sort=number', peopleSchema);
    return people.map(({ employeeNumber }) => employeeNumber);
  };

  test('a file with mistakes is refused row by row, and nobody is added', async () => {
    const { page } = organisation.admin;
    await page.goto(at('/console/people'));
    await page.getByRole('link', { name: 'Import' }).click();
    await page.getByText('What the file looks like').waitFor();
    const before = await numbers();
    await page
      .locator('input[type=file]')
      .setInputFiles(
        csv(
          'Number;Name;Department;Roles\nE3001;王芳;Cardiology;\nE3001;Tom Becker;Radiology;\nE3002;Jonas Weber;Radiology;Bos\nE2048;Maria Keller-Stein;Radiology;\n',
        ),
      );
    await page.getByText('2 things are not right').waitFor();
    const rows = page.getByRole('region', { name: 'What is not right' }).getByRole('row');
    assert.deepEqual(
      (await rows.allInnerTexts()).slice(1).map((text) => text.split('\t').slice(0, 3).join(' | ')),
      [
        '3 | Employee number | The same number is in line 2.',
        '4 | Roles | There is no such role. Possible are: Employee, Agent, Lead, Security, Auditor, and Administrator.',
      ],
    );
    assert.equal(await page.getByRole('button', { name: /^Import \d/ }).count(), 0);
    assert.deepEqual(await accessibilityProblems(page), []);
    await shoot(page, 'import-errors');
    assert.deepEqual(await numbers(), before);
  });

  test('mended, it asks what must be decided, shows what will change, and is imported as a whole', async () => {
    const { page, api } = organisation.admin;
    await page
      .locator('input[type=file]')
      .setInputFiles(
        csv(
          'Number;Name;Department;Roles\nE3001;王芳;Cardiology;\nE3003;Tom Becker;Radiology;Auditor\nE2048;Maria Keller-Stein;Radiology;\n',
        ),
      );
    const submit = page.getByRole('button', { name: 'Import 3 people' });
    await submit.waitFor();
    assert.ok(await submit.isDisabled(), 'nothing is imported before it is decided');
    await page.getByText('was Maria Keller').waitFor();
    await page.getByText('Tom Becker (E3003): Auditor').waitFor();
    assert.deepEqual(await accessibilityProblems(page), []);
    await page.getByRole('radio', { name: 'Change them as the file says' }).check({ force: true });
    await page.getByRole('checkbox', { name: 'Add this department' }).check();
    await page.getByRole('checkbox', { name: 'Give these roles' }).check();
    await eventually('everything to be decided', () => submit.isEnabled());
    await shoot(page, 'import-decided');
    await submit.click();
    await page.getByText('2 new, 1 changed, and 1 department added').waitFor();
    assert.deepEqual(await numbers(), ['A1', 'E1024', 'E1025', 'E2048', 'E3001', 'E3003']);
    const { events } = await api.get('/api/audit?action=people%2Fimported', auditPage);
    assert.deepEqual([events[0]?.detail['added'], events[0]?.detail['changed']], [2, 1]);

    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'Download the links' }).click(),
    ]);
    const links = readFileSync(await download.path(), 'utf8');
    const link = /"E3001","王芳","(https:[^"]+)"/.exec(links)?.[1];
    assert.ok(link, links);
    const newcomer = await newPerson(browser);
    await newcomer.page.goto(link);
    await newcomer.page.getByLabel('New password').fill(PASSWORD);
    await newcomer.page.getByRole('button', { name: 'Set password and sign in' }).click();
    await newcomer.page.getByRole('heading', { name: 'What do you need help with?' }).waitFor();
    await newcomer.context.close();
  });

  test('people are found, filtered, sorted and exported by an address', async () => {
    const { page } = organisation.admin;
    await page.goto(at('/console/people'));
    await page.getByRole('searchbox').fill('cardiology 芳');
    await page.waitForURL(/q=cardiology/);
    await page.getByText('One person').waitFor();
    await page.getByRole('link', { name: '王芳' }).waitFor();
    await page.getByRole('button', { name: 'Clear' }).click();
    await page.getByLabel('Roles').selectOption('agent');
    await page.getByText('2 people').waitFor();
    await page.getByRole('button', { name: 'Employee number' }).click();
    await page.getByRole('button', { name: 'Employee number' }).click();
    await page.waitForURL(/role=agent.*sort=number.*order=desc/);
    const names = page.getByRole('region', { name: 'People', exact: true }).getByRole('link');
    await eventually('the new order', async () => (await names.allInnerTexts()).join() === 'Marta Nowak,Li Wei 李伟');
    const address = page.url();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'Export those shown as CSV' }).click(),
    ]);
    const lines = readFileSync(await download.path(), 'utf8')
      .trim()
      .split('\r\n');
    assert.equal(lines.length, 3);
    await page.goto(address);
    await eventually('the same from the address', async () => (await names.allInnerTexts()).length === 2);
  });

  test('the administrator makes a queue and routes a category to it', async () => {
    const { page } = organisation.admin;
    await page.goto(at('/console/queues'));
    await page.getByRole('link', { name: 'Add queue' }).click();
    const drawer = page.getByRole('dialog');
    await drawer.getByLabel('Name in English').fill('Network team');
    await drawer.getByRole('checkbox', { name: 'IT Support' }).check();
    await drawer.getByRole('button', { name: 'Add queue' }).click();
    await page.getByRole('link', { name: 'Network team' }).waitFor();
    await page.goto(at('/console/categories'));
    await page.getByRole('link', { name: 'Network and VPN' }).click();
    await drawer.getByLabel('Goes to').selectOption({ label: 'Network team' });
    await drawer.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('cell', { name: 'Network team' }).waitFor();
  });

  test('the employee says what it does to them, and two agents see it wait, each in their order', async () => {
    await organisations.openDesk(agent);
    await organisations.openDesk(colleague);
    await organisations.ask(employee, { categoryId: await categoryId('Printing'), symptom: 'The printer is slow' });
    const { page } = employee;
    await page.goto(at('/ask'));
    await page.getByRole('radio', { name: 'Network and VPN' }).check({ force: true });
    await page.getByLabel('What happens?').fill(SYMPTOM);
    await page.getByRole('radio', { name: /I cannot work/ }).check({ force: true });
    await page.getByRole('button', { name: 'Send to IT' }).click();
    await page.getByText('You are next in line').waitFor();

    await rows(agent.page, 'Waiting').filter({ hasText: SYMPTOM }).waitFor();
    assert.match(await rows(agent.page, 'Waiting').first().innerText(), /High/);
    assert.match(await rows(agent.page, 'Waiting').first().innerText(), /\d+ sec|1 min/);
    await rows(agent.page, 'Waiting in other queues').filter({ hasText: 'The printer is slow' }).waitFor();
    // Field Service has no queue of its own, so everything is theirs: the most urgent first.
    await eventually(
      'both requests on the other desk',
      async () => (await rows(colleague.page, 'Waiting').count()) === 2,
    );
    assert.match(await rows(colleague.page, 'Waiting').first().innerText(), /VPN/);
    assert.deepEqual(await accessibilityProblems(agent.page), []);
    await shoot(agent.page, 'desk-two-queues');
  });

  async function categoryId(name: string): Promise<string> {
    const found = (await organisations.categoriesOf(employee)).find((category) => category.name.en === name);
    assert.ok(found);
    return found.id;
  }

  test('an agent takes it and answers with a canned reply, by keyboard alone', async () => {
    const { page } = agent;
    await page.goto(at('/desk/replies/new'));
    await reach(page, page.getByLabel('Title'));
    await page.keyboard.type('Hello');
    await reach(page, page.getByLabel('Text'));
    await page.keyboard.type('Hello {employee}, this is {agent}. One moment please.');
    await reach(page, page.getByRole('button', { name: 'Save' }));
    await page.keyboard.press('Enter');
    await page.getByRole('link', { name: 'Hello' }).waitFor();

    await page.goto(at('/desk'));
    await page.getByText(SYMPTOM).first().waitFor();
    await page.keyboard.press('j');
    await page.waitForURL(/\/desk\/requests\//);
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Invite to share' }).waitFor();
    await page.keyboard.press('/');
    await page.getByRole('option', { name: /Hello/ }).waitFor();
    assert.deepEqual(await accessibilityProblems(page), []);
    await shoot(page, 'desk-slash');
    await page.keyboard.type('hel');
    await page.keyboard.press('Enter');
    const composer = page.getByLabel('Message', { exact: true });
    const text = 'Hello Maria Keller-Stein, this is Li Wei 李伟. One moment please.';
    assert.equal(await composer.inputValue(), text, 'inserted, not sent');
    await page.keyboard.press('Enter');
    await employee.page.getByText(text).waitFor();
  });

  test('hands it over with a note; the colleague reads it, the employee learns who has it and nothing else', async () => {
    const { page } = agent;
    await colleague.page.bringToFront();
    await page.bringToFront();
    await page.keyboard.press('Escape');
    await page.evaluate(() =>
      document.activeElement instanceof HTMLElement ? document.activeElement.blur() : undefined,
    );
    await page.keyboard.press('h');
    const dialog = page.getByRole('dialog');
    await reach(page, dialog.getByLabel('To whom?'));
    await page.keyboard.type('Marta');
    await reach(page, dialog.getByLabel(/Note for colleagues/));
    await page.keyboard.type(NOTE);
    assert.deepEqual(await accessibilityProblems(page), []);
    await shoot(page, 'desk-hand-over');
    await reach(page, dialog.getByRole('button', { name: 'Hand over' }));
    await page.keyboard.press('Enter');

    await colleague.page.getByText('handed the request of Maria Keller-Stein to you').waitFor();
    await rows(colleague.page, 'Mine').filter({ hasText: SYMPTOM }).waitFor();
    await colleague.page.keyboard.press('j');
    await colleague.page.getByText(NOTE).waitFor();
    await shoot(colleague.page, 'desk-note');
    await employee.page.getByText('Marta Nowak is looking at your request').first().waitFor();
    await employee.page.getByText('Li Wei 李伟 handed this over. Marta Nowak has it now').waitFor();
    assert.equal(await employee.page.getByText(NOTE).count(), 0);
    const path = new URL(employee.page.url()).pathname.replace('/requests/', '/api/requests/');
    const chat = await employee.api.get(`${path}/messages`, messagesSchema);
    assert.ok(!JSON.stringify(chat).includes(NOTE));
  });

  test('the colleague makes it urgent and puts it back, and it is first in the queue again', async () => {
    const { page } = colleague;
    await page.keyboard.press('p');
    await page.getByRole('menuitemradio', { name: 'Urgent' }).waitFor();
    await page.keyboard.press('Home');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Priority: Urgent' }).waitFor();
    await command(page, 'put back into');
    await page.getByRole('button', { name: /^Take( Enter)?$/ }).waitFor();
    await employee.page.getByText('The request is back in the queue').waitFor();
    await eventually('the queue', async () => {
      const { waiting } = await agent.api.get('/api/queue', queueSchema);
      return waiting[0]?.symptom === SYMPTOM && waiting[0].priority === 'urgent';
    });
    const row = rows(agent.page, 'Waiting').first();
    await eventually('the badge on the other desk', async () => (await row.innerText()).includes('Urgent'));
  });

  test('colleagues see who is here and who is on what', async () => {
    await command(colleague.page, 'i am busy');
    await colleague.page.getByRole('button', { name: 'Your presence: Busy' }).waitFor();
    const { page } = agent;
    await page.keyboard.press('t');
    const entry = page.getByRole('dialog').getByRole('listitem').filter({ hasText: 'Marta Nowak' });
    await eventually('busy', async () => (await entry.innerText()).includes('Busy'));
    await organisations.move(colleague, (await agent.api.get('/api/queue', queueSchema)).waiting[0]?.id ?? '', 'take');
    await entry.getByRole('link', { name: new RegExp(SYMPTOM) }).waitFor();
    assert.deepEqual(await accessibilityProblems(page), []);
    await shoot(page, 'desk-team');
    await colleague.page.goto('about:blank');
    await eventually(
      'away, once the page has been gone for a while',
      async () => (await entry.innerText()).includes('Away'),
      40_000,
    );
    await page.keyboard.press('Escape');
  });

  test('an agent chooses other queues as theirs, and sees all keys, or none', async () => {
    const { page } = agent;
    await page.keyboard.press('q');
    const dialog = page.getByRole('dialog');
    await reach(page, dialog.getByRole('checkbox', { name: /Service desk/ }));
    await page.keyboard.press('Space');
    await reach(page, dialog.getByRole('button', { name: 'Save' }));
    await page.keyboard.press('Enter');
    await rows(page, 'Waiting').filter({ hasText: 'The printer is slow' }).waitFor();

    await page.keyboard.press('?');
    await page.getByRole('heading', { name: 'Keyboard shortcuts' }).waitFor();
    assert.deepEqual(await accessibilityProblems(page), []);
    await shoot(page, 'desk-keys');
    await reach(page, page.getByRole('checkbox', { name: /Single-key shortcuts/ }));
    await page.keyboard.press('Space');
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    await page.keyboard.press('t');
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox', { name: 'Commands' }).waitFor();
    assert.equal(await page.getByText('Who is here, and who is on what.').count(), 0, 'a single key opened something');
    await page.keyboard.press('Escape');
  });

  test('nothing went wrong on any page', () => {
    for (const { problems } of [organisation.admin, agent, colleague, employee]) assert.deepEqual(problems, []);
  });
});
