/**
 * Remote assistance switched off and on by the people who may, under the eyes of those who have pages open; and the receipt,
 * which stays: on the screen, on paper and as a file.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { cannedReply } from '../protocol/api/queues.ts';
import { receipt as receiptSchema } from '../protocol/api/receipt.ts';
import { invited } from '../protocol/api/sessions.ts';
import * as organisations from './organisation.ts';
import { accessibilityProblems } from './page-checks.ts';
import { eventually } from './processes.ts';
import { newPerson, openBrowser, Product } from './product.ts';
import { shoot, shootPaper } from './shots.ts';

const DEPARTMENT = 'Radiology';
const WHY = 'To see the printer settings together';

describe('remote assistance switched off', { timeout: 240_000 }, () => {
  let product: Product;
  let browser: Browser;
  let security: organisations.Member;
  let agent: organisations.Member;
  let employee: organisations.Member;
  let requestId: string;

  before(async () => {
    [product, browser] = await Promise.all([Product.start(), openBrowser()]);
    const organisation = await organisations.Organisation.found(product, browser, {
      organisation: 'Northern Hospital',
      name: 'Ada Admin',
      employeeNumber: 'A1',
      password: 'nine lamps on the quay',
    });
    const it = await organisation.addDepartment('IT Support');
    const radiology = await organisation.addDepartment(DEPARTMENT);
    const hire = (
      name: string,
      employeeNumber: string,
      more: Pick<organisations.NewPerson, 'departmentId' | 'roles'>,
    ) => organisation.hire({ name, employeeNumber, ...more });
    agent = await hire('Li Wei 李伟', 'E1024', { departmentId: it, roles: ['agent'] });
    security = await hire('Sun Li', 'E1001', { departmentId: it, roles: ['security'] });
    employee = await hire('Maria Keller', 'E2048', { departmentId: radiology, roles: ['employee'] });
    for (const { page } of [security, agent, employee]) await page.emulateMedia({ reducedMotion: 'reduce' });
    const [category] = await organisations.categoriesOf(employee);
    requestId = await organisations.ask(employee, {
      categoryId: category?.id ?? '',
      symptom: 'The printer is offline',
    });
    await organisations.openDesk(agent);
    await organisations.move(agent, requestId, 'take');
  });
  after(async () => {
    await browser.close();
    await product.stop();
  });

  const at = (path: string): string => product.url + path;
  const statusOf = async (page: Page, path: string): Promise<number> => (await page.goto(at(path)))?.status() ?? 0;
  const invitation = (page: Page) => page.getByRole('button', { name: 'Invite to share' });
  const codeField = (page: Page) => page.getByLabel('Nine-digit code');

  /** On the page where it is done; what the button says is what happens. */
  async function turn(name: string, apply: string | RegExp): Promise<void> {
    const { page } = security;
    await page.goto(at('/console/settings'));
    await page.getByRole('switch', { name, exact: true }).click();
    await page.getByRole('button', { name: apply }).click();
    await page.getByText('Applied.').waitFor();
  }

  test('open pages lose the buttons at once, and get them back', async () => {
    await employee.page.goto(at('/'));
    await agent.page.goto(at(`/desk/requests/${requestId}`));
    await Promise.all([codeField(employee.page).waitFor(), invitation(agent.page).waitFor()]);
    await turn(`${DEPARTMENT}: remote assistance`, 'Apply the change');
    await Promise.all([
      codeField(employee.page).waitFor({ state: 'detached' }),
      invitation(agent.page).waitFor({ state: 'detached' }),
    ]);
    await agent.page.getByText('Remote assistance is switched off here.').waitFor();
    await shoot(agent.page, 'edition-desk-off');
    const invite = { reason: WHY, mode: 'view' };
    const answer = await agent.api.send('POST', `/api/requests/${requestId}/invitations`, invite);
    assert.equal(answer.status(), 404);
    await turn(`${DEPARTMENT}: remote assistance`, 'Apply the change');
    await Promise.all([codeField(employee.page).waitFor(), invitation(agent.page).waitFor()]);
  });

  test('off for everybody, a code leads nowhere, for strangers too', async () => {
    const stranger = await newPerson(browser);
    assert.equal(await statusOf(stranger.page, '/code'), 200);
    await turn('Remote assistance for everybody', 'Apply the change');
    assert.equal(await statusOf(stranger.page, '/code'), 404);
    await stranger.page.getByText('This page does not exist').waitFor();
    assert.equal(await statusOf(stranger.page, '/sign-in'), 200);
    await stranger.page.getByLabel('Employee number').waitFor();
    assert.equal(await stranger.page.getByText('I have a code').count(), 0);
    const redeem = await agent.api.send('POST', '/api/invitations/redeem', { code: '123456789' });
    assert.equal(redeem.status(), 404);
    await turn('Remote assistance for everybody', 'Apply the change');
    assert.equal(await statusOf(stranger.page, '/code'), 200);
    await stranger.context.close();
  });

  test('a session that is open ends under the eyes of both, who read why', async () => {
    const { sessionId } = await agent.api.post(`/api/requests/${requestId}/invitations`, invited, {
      reason: WHY,
      mode: 'control',
    });
    await organisations.accept(employee, sessionId);
    await employee.page.goto(at(`/sessions/${sessionId}`));
    await employee.page.getByText('Waiting for the helper to start').waitFor();
    await agent.page.goto(at(`/desk/requests/${requestId}`));
    await agent.page.getByRole('link', { name: 'Open viewer' }).waitFor();
    await turn(`${DEPARTMENT}: remote assistance`, 'Apply and end it');
    await employee.page.getByText('Your organisation has switched remote assistance off.').waitFor();
    await agent.page.getByText('Remote assistance was switched off.').waitFor();
    assert.equal(await agent.page.getByRole('link', { name: 'Open viewer' }).count(), 0);
    for (const [member, verb] of [
      [employee, 'accept'],
      [employee, 'downloads'],
      [agent, 'ticket'],
    ] as const) {
      assert.equal((await member.api.send('POST', `/api/sessions/${sessionId}/${verb}`)).status(), 404, verb);
    }

    await employee.page.getByRole('link', { name: 'Consent receipt' }).click();
    await employee.page.getByRole('heading', { name: 'Consent receipt' }).waitFor();
    await employee.page.getByText('Remote assistance was switched off.').waitFor();
  });
});

describe('the receipt', { timeout: 240_000 }, () => {
  let product: Product;
  let browser: Browser;
  let agent: organisations.Member;
  let employee: organisations.Member;
  let auditor: organisations.Member;
  let sessionId: string;

  before(async () => {
    [product, browser] = await Promise.all([Product.start(), openBrowser()]);
    const organisation = await organisations.Organisation.found(product, browser, {
      organisation: 'Northern Hospital 北方医院',
      name: 'Ada Admin',
      employeeNumber: 'A1',
      password: 'nine lamps on the quay',
    });
    const departmentId = await organisation.addDepartment(DEPARTMENT);
    agent = await organisation.hire({ name: 'Li Wei 李伟', employeeNumber: 'E1024', departmentId, roles: ['agent'] });
    auditor = await organisation.hire({ name: 'Sun Li', employeeNumber: 'E1001', departmentId, roles: ['auditor'] });
    const roles = ['employee' as const];
    employee = await organisation.hire({ name: 'Maria Keller', employeeNumber: 'E2048', departmentId, roles });
    const [category] = await organisations.categoriesOf(employee);
    const words = { categoryId: category?.id ?? '', symptom: 'The printer is offline' };
    const requestId = await organisations.ask(employee, words);
    await organisations.openDesk(agent);
    ({ sessionId } = await organisations.invite(agent, requestId, { reason: WHY, mode: 'control' }));
  });
  after(async () => {
    await browser.close();
    await product.stop();
  });

  const open = async ({ page }: organisations.Member): Promise<void> => {
    await page.goto(`${product.url}/receipt/${sessionId}`);
    await page.getByText('End of the trail').waitFor();
  };
  const fact = (page: Page, name: string) => page.locator(`dt:text-is("${name}") + dd`).first();

  test('follows the session while it is open, for both sides and for the auditor', async () => {
    for (const member of [employee, agent, auditor]) await open(member);
    assert.equal(await fact(employee.page, 'Accepted').innerText(), 'Not yet');
    await organisations.accept(employee, sessionId);
    for (const { page } of [employee, agent, auditor])
      await eventually('the page to show it', async () => (await fact(page, 'Accepted').innerText()) !== 'Not yet');
    assert.deepEqual(await accessibilityProblems(employee.page), []);
  });

  test('is kept as a file with the very bytes of the answer that the page shows', async () => {
    const answered = employee.page.waitForResponse((answer) => answer.url().endsWith('/receipt'));
    await open(employee);
    const text = await (await answered).text();
    const download = employee.page.waitForEvent('download');
    await employee.page.getByRole('link', { name: 'Download as JSON' }).click();
    const file = await download;
    assert.equal(file.suggestedFilename(), `handrail-receipt-${sessionId}.json`);
    assert.equal(readFileSync(await file.path(), 'utf8'), text);
    assert.equal(receiptSchema.parse(JSON.parse(text)).session.id, sessionId);
  });

  test('says when the signature covers it, without being asked', async () => {
    await organisations.end(employee, sessionId);
    await open(auditor);
    await auditor.page
      .getByText('The last entries are signed within a minute.')
      .or(auditor.page.getByText('Nothing is signed yet.'))
      .waitFor();
    // A hundred entries are signed at once.
    for (let count = 1; count <= 100; count++) {
      const reply = { title: `Reply ${count}`, text: 'Hello', isShared: false };
      await agent.api.post('/api/canned-replies', cannedReply, reply);
    }
    await auditor.page.getByText('The signature covers the whole session so far.').waitFor();
    const { chain, lastEntry } = await auditor.api.get(`/api/sessions/${sessionId}/receipt`, receiptSchema);
    assert.ok(chain.checkpoint && chain.checkpoint.seq >= lastEntry.seq);
    await auditor.page
      .getByRole('link', { name: /Audit entry/ })
      .first()
      .click();
    await auditor.page.getByRole('dialog', { name: 'Session ended' }).waitFor();
  });

  test('prints black on white, without what can only be clicked, whatever the theme', async () => {
    const { page } = employee;
    await page.emulateMedia({ colorScheme: 'dark' });
    await open(employee);
    await page.emulateMedia({ colorScheme: 'dark', media: 'print' });
    for (const hidden of [page.getByRole('banner'), page.getByRole('button'), page.getByText('Download as JSON')])
      for (const one of await hidden.all()) assert.equal(await one.isVisible(), false);
    const colours = await page.evaluate(() => {
      const [body, card, title] = ['body', '.card', 'h1'].map((what) => document.querySelector(what));
      const styleOf = (element: Element | null | undefined) => element && getComputedStyle(element);
      return [styleOf(body)?.backgroundColor, styleOf(card)?.backgroundColor, styleOf(title)?.color];
    });
    assert.deepEqual(colours, ['rgb(255, 255, 255)', 'rgb(255, 255, 255)', 'rgb(0, 0, 0)']);
    const paper = (await page.pdf({ preferCSSPageSize: true })).toString('latin1');
    // A4 in points.
    assert.match(paper, /\/MediaBox\s*\[0 0 59[45](\.\d+)? 84[12]/);
    assert.ok((paper.match(/\/Type\s*\/Page\b/g) ?? []).length <= 2);
    await shootPaper(page, 'receipt-paper');
    await page.emulateMedia({ colorScheme: 'light', media: 'screen' });
  });
});
