/**
 * Steps 1 to 10 of a first session, by people in browsers and on a real desktop, through the built product and the
 * packaged helper started from a downloads folder.
 */
import assert from 'node:assert/strict';
import { chmodSync, existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { Desktop } from './desktop.ts';
import * as people from './people.ts';
import { eventually, start, type Running } from './processes.ts';
import { pageOf, pictureSize, remoteClick, remotePixel } from './viewer.ts';
import { dismiss } from './session.ts';
import { Product, newPerson, openBrowser, type Person } from './product.ts';

const SYMPTOM = 'The printer prints blank pages';
const REASON = 'I want to look at the print queue of this computer';

describe('the first session', { timeout: 300_000 }, () => {
  let product: Product;
  let browser: Browser;
  let desktop: Desktop;
  let admin: Person;
  let agent: Person;
  let employee: Person;
  let helper: Running;
  let helperFile: string;
  let consent: Page;

  before(async () => {
    [product, browser, desktop] = await Promise.all([Product.start(), openBrowser(), Desktop.open()]);
    [admin, agent, employee] = await Promise.all([newPerson(browser), newPerson(browser), newPerson(browser)]);
  });

  after(async () => {
    await browser.close();
    await desktop.close();
    await product.stop();
  });

  test('1–2 the one-time link sets up the organisation, and afterwards the route does not exist', async () => {
    const link = product.setupLink();
    await people.setUp(admin.page, product);
    assert.ok(link);
    for (const path of [
      '/api/setup',
      '/api/setup/',
      '/api/Setup',
      '/api//setup',
      '/api/setup%2f',
      '/api/setup;x',
      '/setup',
    ]) {
      const answer = await admin.page.request.post(product.url + path, { data: {}, headers: { origin: product.url } });
      assert.ok([404, 405].includes(answer.status()), `${path} answers ${answer.status()}`);
    }
  });

  test('3 the administrator adds an agent and an employee, who choose their passwords by one-time link', async () => {
    await people.addDepartment(admin.page, people.AGENT.department);
    await people.addDepartment(admin.page, people.EMPLOYEE.department);
    const agentLink = await people.addPerson(admin.page, { ...people.AGENT, role: 'Agent' });
    const employeeLink = await people.addPerson(admin.page, { ...people.EMPLOYEE, role: 'Employee' });
    await people.welcome(agent.page, agentLink, people.AGENT.password);
    await people.welcome(employee.page, employeeLink, people.EMPLOYEE.password);
    const again = await newPerson(browser);
    await again.page.goto(employeeLink);
    await again.page.getByText('This link does not work any more').waitFor();
    await again.context.close();
  });

  test('4 the employee asks and chats; the chat survives a reload', async () => {
    await agent.page.goto(`${product.url}/desk`);
    await people.askForHelp(employee.page, SYMPTOM);
    await agent.page.getByText(SYMPTOM).first().waitFor();
    await people.takeRequest(agent.page, SYMPTOM);
    await employee.page.getByText(`${people.AGENT.name} is looking at your request`).first().waitFor();
    await employee.page.getByLabel('Message', { exact: true }).fill('Are you there?');
    await employee.page.keyboard.press('Enter');
    await agent.page.getByText('Are you there?').first().waitFor();
    await agent.page.getByLabel('Message', { exact: true }).fill('Yes. One moment.');
    await agent.page.keyboard.press('Enter');
    await employee.page.getByText('Yes. One moment.').first().waitFor();
    await employee.page.reload();
    await employee.page.getByText('Are you there?').first().waitFor();
    await employee.page.getByText('Yes. One moment.').first().waitFor();
  });

  test('5–6 the invitation shows who asks and why; accepting offers one file whose name carries the secrets', async () => {
    await people.invite(agent.page, { reason: REASON, mode: 'Full control' });
    await employee.page.getByText(REASON).waitFor();
    await employee.page.getByText('Verified by Northern Hospital').waitFor();
    await employee.page.getByText(people.AGENT.employeeNumber).first().waitFor();
    await employee.page.getByRole('button', { name: 'Accept and go on' }).click();
    const [download] = await Promise.all([
      employee.page.waitForEvent('download'),
      employee.page.getByRole('link', { name: /Download for Linux/ }).click(),
    ]);
    const name = download.suggestedFilename();
    assert.match(name, new RegExp(`^handrail-helper_localhost_${product.devicePort}_[0-9a-f]{32}_[a-z0-9]+$`));
    helperFile = join(desktop.downloads, name);
    await download.saveAs(helperFile);
    assert.ok(statSync(helperFile).size < 90_000_000, 'the helper is larger than 90 MB');
  });

  test('7 the helper proves the agent, both see the same code, and Start begins', async () => {
    await agent.page.getByRole('link', { name: 'Open viewer' }).click();
    await agent.page.getByText(`Waiting for ${people.EMPLOYEE.name}`).waitFor();
    desktop.start('xterm', ['-geometry', '80x24+520+260', '-e', 'bash', '--norc']);
    chmodSync(helperFile, 0o755);
    helper = desktop.start(helperFile, []);
    consent = await desktop.consentPage().catch((cause: unknown) => {
      throw new Error(`no consent window; the helper says: ${helper.output()}`, { cause });
    });
    const code = await agent.page.getByTestId('match-code').innerText({ timeout: 30_000 });
    await consent.getByText('Verified by Northern Hospital').waitFor();
    await consent.getByText(people.AGENT.name).first().waitFor();
    await consent.getByText(REASON).waitFor();
    await consent.getByText(code, { exact: true }).click();
    await consent.getByRole('button', { name: 'Continue' }).click();
    assert.ok(await consent.getByRole('radio', { name: /View only/ }).isChecked(), 'view only is not preselected');
    assert.equal(await pictureSize(agent.page), undefined, 'a picture before Start');
    await consent.getByRole('radio', { name: /Full control/ }).check({ force: true });
    // What is open is shown once more before all of it can be seen.
    await consent.getByRole('button', { name: 'Continue' }).click();
    await consent.getByText('Close or hide what they should not see').waitFor();
    await consent.getByRole('button', { name: `Let ${people.AGENT.name} use the mouse and keyboard` }).click();
    await eventually('the picture', async () => (await pictureSize(agent.page)) === '1280x800');
    await employee.page
      .getByText(`${people.AGENT.name} sees your screen and can use your mouse and keyboard`)
      .waitFor();
  });

  test('7 the quality readout says how the device takes and encodes its pictures', async () => {
    const quality = agent.page.getByTestId('quality');
    const words = 'Picture: their screen reports what changes (X11) · video: by their processor';
    await quality.getByText(words, { exact: true }).waitFor({ state: 'attached' });
    assert.equal((await quality.getAttribute('title'))?.split('\n').at(-1), words);
  });

  test('7 banner and consent window are covered in the picture and take no remote click', async () => {
    // The banner comes up with the first picture; the desktop behind it is black.
    await eventually('the covers of banner and consent window', async () => {
      const banner = await remotePixel(agent.page, 640, 24);
      const window = await remotePixel(agent.page, 200, 300);
      return String(banner) === String(window) && String(banner) !== String([0, 0, 0]);
    });
    await remoteClick(agent.page, 840, 26);
    await agent.page.getByText('That is their banner').waitFor();
    await remoteClick(agent.page, 220, 554);
    await agent.page.getByText('That is their consent window').waitFor();
    assert.equal(helper.hasExited(), false, 'a remote click stopped the session');
  });

  test('8 what the agent types reaches the program they clicked on', async () => {
    await remoteClick(agent.page, 700, 400);
    await agent.page.waitForTimeout(300);
    await agent.page.keyboard.type('touch typed-by-agent', { delay: 15 });
    await agent.page.keyboard.press('Enter');
    await eventually('the file', () => existsSync(join(desktop.home, 'typed-by-agent')));
    await agent.page.getByRole('button', { name: 'Special keys' }).click();
    await agent.page.getByRole('menuitem', { name: 'Type text…' }).click();
    await agent.page.getByRole('dialog').getByLabel('Text').fill('echo "Grüße 李伟 €" > unicode');
    await agent.page.getByRole('button', { name: 'Type it' }).click();
    await agent.page.waitForTimeout(1500);
    await remoteClick(agent.page, 700, 400);
    await agent.page.keyboard.press('Enter');
    await eventually(
      'the text in the file',
      () => readFileSync(join(desktop.home, 'unicode'), 'utf8') === 'Grüße 李伟 €\n',
    );
  });

  test('8 a click opens a menu and the viewer’s own pixels show it', async () => {
    const before = await remotePixel(agent.page, 1160, 220);
    await agent.page.mouse.move(0, 0);
    const { x, y } = await pageOf(agent.page, 1150, 150);
    await agent.page.mouse.click(x, y, { button: 'right' });
    await eventually('the menu in the picture', async () => {
      const now = await remotePixel(agent.page, 1160, 160);
      return String(now) !== String(before);
    });
    await agent.page.keyboard.press('Escape');
  });

  test('8 the employee’s own hand wins', async () => {
    await desktop.hand('mousemove', '1000', '700');
    await agent.page.getByText(`${people.EMPLOYEE.name} is using mouse or keyboard`).waitFor();
  });

  test('9 a click on the banner by the employee stops at once, and nothing is left behind', async () => {
    await desktop.clickByHand(836, 26);
    await agent.page.getByText('The session has ended').waitFor();
    await agent.page.getByText('The sharer stopped it.').waitFor();
    await employee.page.getByText('Sharing has ended').waitFor();
    assert.equal(await pictureSize(agent.page), undefined, 'the picture is still shown');
    await eventually(
      'the last words of the banner',
      async () => (await desktop.banner()) === 'Sharing has ended · You stopped it.',
    );
    await dismiss(helper, consent);
    assert.equal(await helper.exited, 0, helper.output());
    assert.equal(existsSync(helperFile), false, 'the helper did not remove its file');
    assert.deepEqual(
      readdirSync(join(desktop.home, 'tmp')).filter((name) => name.includes('handrail')),
      [],
    );
  });

  test('10 the audit page tells what happened, and the chain verifies', async () => {
    await admin.page.goto(`${product.url}/console/audit`);
    for (const action of [
      'Session ended',
      'Right allowed',
      'Helper connected',
      'Invitation accepted',
      'Invitation sent',
    ]) {
      await admin.page.getByRole('cell', { name: action, exact: true }).first().waitFor();
    }
    await product.stop();
    const verify = start(process.execPath, ['ops/audit-verify.ts', '--data-dir', product.dataDir]);
    assert.equal(await verify.exited, 0, verify.output());
  });

  test('no page broke its own rules', () => {
    assert.deepEqual(
      { admin: admin.problems, agent: agent.problems, employee: employee.problems },
      { admin: [], agent: [], employee: [] },
    );
  });
});
