/**
 * The packaged helper for Windows holds a whole session, as far as Wine is Windows: downloaded from the product and
 * started, consent, seen and operated by an agent in Chromium, what must not be seen is in no paint, nothing is left behind.
 *
 * What Wine does not show is in docs/platforms.md. The browser of the consent window is a stand-in (wine-desktop.ts): that
 * its window is known by its process, covered and closed to the agent, that its profile goes, and that it is ended, is
 * shown; that Chrome or Edge show the page is not.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { subtract } from '../helper/pipeline/rects.ts';
import { changesBetween, type PrefixSnapshot } from '../helper/platform/windows/wine.snapshot.testing.ts';
import { downloadBroken } from './broken-download.ts';
import { FORBIDDEN, assertNeverSeen, watchPaints } from './forbidden.ts';
import { MAIL_COLOUR, assertShownOnly, chooseProgram, letThem } from './limited-scene.ts';
import { downloadCleanUpTool } from './people.ts';
import { eventually } from './processes.ts';
import { Product, newPerson, openBrowser, type Person } from './product.ts';
import {
  openOffice,
  openQuestion,
  openSession,
  sendInvitation,
  signInAgent,
  signInEmployee,
  type Office,
} from './session.ts';
import { pageOf, pictureSize, remoteClick, remotePixel } from './viewer.ts';
import { CONSENT_WINDOW, SIZE, STOP, WINDOWS_BROWSER, WineDesktop, packageFor, whyNoWine } from './wine-desktop.ts';

const SENTENCE = 'Paper comes out of tray 2.';
const COVER = [0x30, 0x34, 0x3b];

describe('a session with Windows, as Wine is it', { timeout: 600_000, skip: whyNoWine() }, () => {
  let product: Product;
  let browser: Browser;
  let office: Office;
  let desktop: WineDesktop;
  let untouched: PrefixSnapshot;

  before(async () => {
    const helpers = join(import.meta.dirname, '../dist/e2e');
    await packageFor(['linux-x64', 'win-x64'], helpers);
    const env = { HANDRAIL_HELPER_DIR: helpers };
    [product, browser] = await Promise.all([Product.start(undefined, { env }), openBrowser()]);
    [office, desktop] = await Promise.all([openOffice(product), WineDesktop.open(browser)]);
    await desktop.startWindow({ title: 'first', bounds: { x: 0, y: 0, width: 300, height: 200 }, colour: MAIL_COLOUR });
    await desktop.prefix.endPrograms();
    untouched = await desktop.prefix.snapshot();
  });
  after(async () => {
    await desktop.close();
    await office.close();
    await browser.close();
    await product.stop();
  });

  async function newAgent(): Promise<Person> {
    const agent = await newPerson(browser);
    await watchPaints(agent.context);
    return agent;
  }

  async function leftBehind(): Promise<string[]> {
    await eventually('the removal of the download', () => !desktop.isRemoving());
    await desktop.prefix.endPrograms();
    return changesBetween(untouched, await desktop.prefix.snapshot());
  }

  const picture = (agent: Person): Promise<boolean> =>
    eventually('the picture', async () => (await pictureSize(agent.page)) === `${SIZE.width}x${SIZE.height}`);

  test('a browser on Windows is offered its file first; a download that broke off goes on where it stopped', async () => {
    const [agent, employee] = await Promise.all([newAgent(), newPerson(browser, { userAgent: WINDOWS_BROWSER })]);
    const { requestId } = await sendInvitation(office, await signInAgent(product, agent.page));
    const { page } = employee;
    await signInEmployee(product, page);
    await page.goto(`${product.url}/requests/${requestId}`);
    await page.getByRole('button', { name: 'Accept and go on' }).click();
    await page.getByRole('button', { name: 'Linux', exact: true }).waitFor();
    const link = page.getByRole('link', { name: /^Download for / });
    assert.match(await link.innerText(), /^Download for Windows \(\d\d MB\)$/);
    assert.match(
      (await link.getAttribute('download')) ?? '',
      /^handrail-helper_localhost_\d+_[0-9a-f]{32}_[a-z0-9]+\.exe$/,
    );
    await page.getByText('Checksum (SHA-256)').click();
    const sha256 = await page.getByText(/^[0-9a-f]{64}$/).innerText();
    const content = await downloadBroken(page, (await link.getAttribute('href')) ?? '', 20_000_000);
    assert.equal(createHash('sha256').update(content).digest('hex'), sha256);
    await office.employee.post(`/api/requests/${requestId}/cancel`);
    assert.deepEqual(employee.problems, []);
    for (const { context } of [agent, employee]) await context.close();
  });

  test('an agent types into notepad and saves; a password field is in no paint; Stop leaves nothing', async () => {
    const agent = await newAgent();
    const letter = join(desktop.prefix.aside, 'letter.txt');
    writeFileSync(letter, '');
    desktop.start('notepad', [`Z:${letter}`]);
    const bounds = { x: 860, y: 420, width: 300, height: 140 };
    const signIn = { title: 'Sign in', bounds, colour: FORBIDDEN.name, program: 'ledger', hasPassword: true };
    await desktop.startWindow(signIn);
    const session = await openSession(office, { agentPage: agent.page, desktop, mode: 'control', isDownloaded: true });
    await picture(agent);

    const isCovered = async (x: number, y: number): Promise<boolean> =>
      String(await remotePixel(agent.page, x, y)) === String(COVER);
    const { width, height } = CONSENT_WINDOW;
    await eventually('the cover of the banner', () => isCovered(STOP.x, STOP.y));
    await eventually('the cover of the consent window', async () =>
      (await Promise.all([isCovered(20, 100), isCovered(width - 9, height - 9)])).every(Boolean),
    );
    await remoteClick(agent.page, STOP.x, STOP.y);
    await agent.page.getByText('That is their banner').waitFor();
    await remoteClick(agent.page, 200, 300);
    await agent.page.getByText('That is their consent window').waitFor();

    // Keys that come before the keyboard has gone from the password to notepad are refused.
    await eventually(
      'the sentence in the file',
      async () => {
        await remoteClick(agent.page, 600, 300);
        await agent.page.waitForTimeout(300);
        await agent.page.keyboard.press('Control+a');
        await agent.page.keyboard.press(`Shift+${SENTENCE[0] ?? ''}`);
        await agent.page.keyboard.type(SENTENCE.slice(1), { delay: 15 });
        await agent.page.keyboard.press('Control+s');
        await agent.page.waitForTimeout(300);
        return readFileSync(letter, 'utf8') === SENTENCE;
      },
      40_000,
    );

    await desktop.dragByHand(signIn, { x: 40, y: 60 });
    await assertNeverSeen(agent.page, 10);

    // A hook that is late on a busy machine is not heard; a person clicks again.
    const told = agent.page.getByText('The sharer stopped it.');
    await eventually('the end', async () => {
      await desktop.clickByHand(STOP.x, STOP.y);
      return told.waitFor({ timeout: 3000 }).then(() => true);
    });
    await desktop.dismiss(session.helper, session.consentPage);
    assert.equal(await session.helper.exited, 0, session.helper.output());
    assert.deepEqual(desktop.helperPrograms(), []);
    assert.deepEqual(await leftBehind(), []);
    assert.deepEqual(agent.problems, []);
    await agent.context.close();
  });

  test('limited to one program nothing else is in any paint; killed, it is cleared up by the clean-up tool', async () => {
    const agent = await newAgent();
    const mail = { title: 'letters', bounds: { x: 480, y: 90, width: 320, height: 240 }, colour: MAIL_COLOUR };
    const place = { x: 860, y: 420, width: 300, height: 240 };
    const ledger = { title: 'accounts', bounds: place, colour: FORBIDDEN.name, program: 'ledger' };
    await desktop.startWindow(mail);
    await desktop.startWindow(ledger);
    const asked = await openQuestion(office, { agentPage: agent.page, desktop, isDownloaded: true });
    const code = await agent.page.getByTestId('match-code').innerText({ timeout: 30_000 });
    await letThem(asked.consentPage, code, { mode: 'limited', choose: (page) => chooseProgram(page, 'mail') });
    await picture(agent);
    await assertShownOnly(agent.page, [mail.bounds]);
    await eventually('what reaches the shared window', async () => {
      await remoteClick(agent.page, mail.bounds.x + 160, mail.bounds.y + 120);
      await agent.page.keyboard.press('m');
      return desktop.heard('letters').includes('!m');
    });
    const over = await desktop.dragByHand(ledger, { x: -300, y: -250 });
    await assertShownOnly(agent.page, subtract(mail.bounds, [over]));
    // Its title bar was touched, so that it has the keyboard.
    await eventually('the refusal of a key', async () => {
      await agent.page.keyboard.press('a');
      return agent.page.getByText('You may not act there.').isVisible();
    });
    await desktop.hand('key', 'h');
    await eventually('the key by hand', () => desktop.heard('accounts') !== '');
    await assertShownOnly(agent.page, [await desktop.dragByHand(mail, { x: 40, y: 60 })]);
    const { x, y } = await pageOf(agent.page, over.x + over.width - 8, over.y + over.height - 8);
    // While the hand at the device is busy a click is refused for that.
    await eventually('the refusal of a click', async () => {
      await agent.page.mouse.click(x, y);
      return agent.page
        .getByText('That part is hidden')
        .waitFor({ timeout: 2000 })
        .then(() => true);
    });
    assert.equal(desktop.heard('accounts'), 'h', 'more has reached it than the hand');
    await assertNeverSeen(agent.page, 5);

    for (const { pid, isBrowser } of desktop.helperPrograms()) if (!isBrowser) process.kill(pid, 'SIGKILL');
    await asked.helper.exited;
    assert.ok(desktop.helperPrograms().length > 0, 'the browser of the consent window is gone by itself');
    await agent.context.close();
    const employee = await newPerson(browser, { userAgent: WINDOWS_BROWSER });
    await signInEmployee(product, employee.page);
    const tool = desktop.start(await downloadCleanUpTool(employee.page, 'Windows', desktop.downloads), []);
    await employee.context.close();
    const window = await desktop.consentPage();
    await window.getByText('What a helper left is gone').waitFor();
    await window.getByRole('button', { name: 'Close this window' }).click();
    assert.equal(await tool.exited, 0, tool.output());
    assert.match(tool.output(), /removed .*handrail-helper_localhost/);
    assert.deepEqual(desktop.helperPrograms(), []);
    assert.deepEqual(await leftBehind(), []);
  });
});
