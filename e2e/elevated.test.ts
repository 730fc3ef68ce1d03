/**
 * The packaged helper for Windows is started again with administrator rights, as far as Wine is Windows: the agent asks, the
 * sharer says yes to it, is asked once more before anything is shared, and nothing of it stays.
 *
 * Wine starts a program `runas` without asking, keeps no program from another and lets every one look at the other. So a
 * program that closed itself to others stands for one of an administrator (wine/guarded.c); that Windows asks, that it keeps
 * input from such windows and lets it through then is in the script of docs/platforms.md.
 */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { changesBetween, type PrefixSnapshot } from '../helper/platform/windows/wine.snapshot.testing.ts';
import { receipt } from '../protocol/api/receipt.ts';
import { downloadCleanUpTool } from './people.ts';
import { eventually } from './processes.ts';
import { Product, newPerson, openBrowser, type Person } from './product.ts';
import { openOffice, openSession, signInEmployee, type Office, type OpenSession } from './session.ts';
import { pictureSize, remoteClick } from './viewer.ts';
import { BROWSER, SIZE, STOP, WINDOWS_BROWSER, WineDesktop, packageFor, whyNoWine } from './wine-desktop.ts';

const SENTENCE = 'The driver is installed.';
const WHY = 'To install the driver of the printer';
const REFUSED = 'can click and type there';
/** Of the program that stands for an administrator's. */
const BLUE = '#2a6f97';
/** Inside the field of the guarded program, beside the consent window and below the banner. */
const PLACE = { x: 560, y: 300, width: 500, height: 240 };
const FIELD = { x: PLACE.x + 120, y: PLACE.y + 100 };

describe('restarting with administrator rights', { timeout: 900_000, skip: whyNoWine() }, () => {
  let product: Product;
  let browser: Browser;
  let office: Office;
  let desktop: WineDesktop;
  let untouched: PrefixSnapshot;
  let letter: string;

  before(async () => {
    const helpers = join(import.meta.dirname, '../dist/e2e');
    await packageFor(['win-x64'], helpers);
    const env = { HANDRAIL_HELPER_DIR: helpers };
    [product, browser] = await Promise.all([Product.start(undefined, { env }), openBrowser()]);
    [office, desktop] = await Promise.all([openOffice(product), WineDesktop.open(browser)]);
    desktop.compile(join(import.meta.dirname, 'wine/guarded.c'), 'guarded.exe');
    letter = join(desktop.prefix.aside, 'guarded.txt');
    await startGuarded();
    await desktop.prefix.endPrograms();
    untouched = await desktop.prefix.snapshot();
  });
  after(async () => {
    await desktop.close();
    await office.close();
    await browser.close();
    await product.stop();
  });

  async function startGuarded(): Promise<void> {
    rmSync(letter, { force: true });
    const { x, y, width, height } = PLACE;
    desktop.start('C:\\guarded.exe', ['guarded', ...[x, y, width, height].map(String), `Z:${letter}`]);
    await eventually('the program of an administrator', () => desktop.isShown(BLUE));
  }

  const written = (): string => (existsSync(letter) ? readFileSync(letter, 'utf8') : '');

  async function leftBehind(): Promise<string[]> {
    await eventually('the removal of the download', () => !desktop.isRemoving());
    await desktop.prefix.endPrograms();
    return changesBetween(untouched, await desktop.prefix.snapshot());
  }

  interface Case {
    agent: Person;
    session: OpenSession;
  }

  async function begin(): Promise<Case> {
    const agent = await newPerson(browser);
    await startGuarded();
    const session = await openSession(office, { agentPage: agent.page, desktop, mode: 'control', isDownloaded: true });
    await hasPicture(agent);
    return { agent, session };
  }

  const hasPicture = (agent: Person): Promise<boolean> =>
    eventually('the picture', async () => (await pictureSize(agent.page)) === `${SIZE.width}x${SIZE.height}`, 60_000);

  async function typesInto(agent: Person, text: string): Promise<void> {
    await eventually(
      'the sentence in the program of an administrator',
      async () => {
        await remoteClick(agent.page, FIELD.x, FIELD.y);
        await agent.page.waitForTimeout(300);
        await agent.page.keyboard.press('Control+a');
        await agent.page.keyboard.press(`Shift+${text[0] ?? ''}`);
        await agent.page.keyboard.type(text.slice(1), { delay: 15 });
        await agent.page.waitForTimeout(300);
        return written() === text;
      },
      40_000,
    );
  }

  /** Nothing of the agent's hand reaches the program, and they are told why. */
  async function isRefused(agent: Person): Promise<void> {
    const before = written();
    await eventually('the refusal', async () => {
      await remoteClick(agent.page, FIELD.x, FIELD.y);
      return agent.page
        .getByText(REFUSED)
        .waitFor({ timeout: 2000 })
        .then(() => true);
    });
    await agent.page.keyboard.type('never', { delay: 15 });
    await agent.page.waitForTimeout(500);
    assert.equal(written(), before);
  }

  /** As the agent asks, by mouse, and the sharer says yes to it. */
  async function askAndAllow({ agent, session }: Case): Promise<void> {
    await agent.page.getByRole('button', { name: 'Ask for administrator programs' }).first().click();
    await agent.page.getByLabel('Why, in words for them', { exact: true }).fill(WHY);
    await agent.page.getByRole('button', { name: 'Send question' }).click();
    await session.consentPage.getByText(WHY).waitFor();
    await session.consentPage.waitForTimeout(700);
    await session.consentPage.locator('#allow-session').click();
  }

  /** In the consent window of the helper that has these rights. */
  async function goOn(agent: Person): Promise<Page> {
    const page = await desktop.consentPage();
    await page.locator('#resume').click({ timeout: 60_000 });
    await hasPicture(agent);
    return page;
  }

  const rights = async ({ session }: Case): Promise<string[]> => {
    const { rights: held } = await session.agent.get<{ rights: { capability: string }[] }>(
      `/api/sessions/${session.id}`,
    );
    return held.map(({ capability }) => capability).sort();
  };

  /** The words that the sharer agreed to, as the server's own archive has them. */
  async function agreedTo({ session }: Case): Promise<string[]> {
    const { grants } = receipt.parse(await office.employee.get(`/api/sessions/${session.id}/receipt`));
    const given = grants.filter(({ capability }) => capability === 'elevated');
    return given.flatMap(({ consentText }) => consentText?.sentences ?? []);
  }

  const elevatedPrograms = (): { pid: number; line: string }[] =>
    desktop.helperPrograms().filter(({ line }) => line.includes('--elevated') || line.includes('run-elevated'));

  test('the agent asks, the sharer says yes twice, the agent operates it, and Stop leaves nothing', async () => {
    const now = await begin();
    const { agent, session } = now;
    await isRefused(agent);
    assert.deepEqual(await rights(now), ['input', 'view']);
    await askAndAllow(now);
    await agent.page.getByText('was to start again with administrator rights').waitFor();
    const page = await goOn(agent);
    assert.deepEqual(await rights(now), ['elevated', 'input', 'view']);
    assert.ok(elevatedPrograms().length >= 2);
    const browsers = desktop.helperPrograms().filter(({ isBrowser }) => isBrowser);
    assert.ok(browsers.length > 0 && browsers.every(({ line }) => !line.includes('run-elevated')));

    await typesInto(agent, SENTENCE);
    await page.locator('#take-back-elevated').click();
    await eventually('the end of the right', async () => !(await rights(now)).includes('elevated'));
    await isRefused(agent);

    const told = agent.page.getByText('The sharer stopped it.');
    await eventually('the end', async () => {
      await desktop.clickByHand(STOP.x, STOP.y);
      return told.waitFor({ timeout: 3000 }).then(() => true);
    });
    await desktop.dismiss(session.helper, page);
    assert.equal(await session.helper.exited, 0, session.helper.output());
    assert.deepEqual(desktop.helperPrograms(), []);
    assert.deepEqual(await leftBehind(), []);
    assert.match((await agreedTo(now)).join(' '), /administrator rights/);
    assert.deepEqual(agent.problems, []);
    await agent.context.close();
  });

  test('what Windows does not start leaves everything as it was, and the sharer is told', async () => {
    const now = await begin();
    const { agent, session } = now;
    const [name = ''] = readdirSync(desktop.downloads);
    const [file, elsewhere] = [join(desktop.downloads, name), join(desktop.prefix.aside, name)];
    renameSync(file, elsewhere);
    await askAndAllow(now);
    const told = session.consentPage.locator('#restart');
    await told.getByText('Windows did not start this program with administrator rights').waitFor();
    renameSync(elsewhere, file);
    await session.consentPage.locator('#resume').click();
    await hasPicture(agent);
    assert.deepEqual(await rights(now), ['input', 'view']);
    await isRefused(agent);
    assert.deepEqual(elevatedPrograms(), []);
    await session.close();
    assert.equal(await session.helper.exited, 0, session.helper.output());
    assert.deepEqual(await leftBehind(), []);
    await agent.context.close();
  });

  const endOf = async ({ session }: Case): Promise<string> =>
    eventually('the end', async () => {
      const { endReason } = await session.agent.get<{ endReason: string | null }>(`/api/sessions/${session.id}`);
      return endReason ?? undefined;
    });

  test('when it is killed the first one ends the session and removes all but the folder that is not its own', async () => {
    const now = await begin();
    await askAndAllow(now);
    await goOn(now.agent);
    for (const { pid } of elevatedPrograms()) process.kill(pid, 'SIGKILL');
    assert.equal(await endOf(now), 'device-failed');
    assert.equal(await now.session.helper.exited, 1, now.session.helper.output());
    assert.deepEqual(desktop.helperPrograms(), []);
    const left = await leftBehind();
    assert.ok(
      left.length > 0 && left.every((line) => /^\+ drive_c\/windows\/temp\/handrail-run-/.test(line)),
      String(left),
    );
    const temporary = join(desktop.prefix.path, 'drive_c/windows/temp');
    for (const name of readdirSync(temporary)) rmSync(join(temporary, name), { recursive: true });
    await now.agent.context.close();
  });

  test('when the consent window cannot be opened for it the session ends, and nothing stays', async () => {
    const now = await begin();
    // Its folder: what is renamed itself counts as changed afterwards.
    const [installed, elsewhere] = [
      dirname(join(desktop.prefix.path, 'drive_c', BROWSER)),
      join(desktop.prefix.aside, 'browser'),
    ];
    renameSync(installed, elsewhere);
    await askAndAllow(now);
    assert.equal(await endOf(now), 'device-failed');
    await now.session.helper.exited;
    renameSync(elsewhere, installed);
    assert.deepEqual(desktop.helperPrograms(), []);
    assert.deepEqual(await leftBehind(), []);
    await now.agent.context.close();
  });

  test('when the first one is killed it stops, and the clean-up tool removes what that one left', async () => {
    const now = await begin();
    await askAndAllow(now);
    await goOn(now.agent);
    const elevated = new Set(elevatedPrograms().map(({ pid }) => pid));
    const first = desktop.helperPrograms().filter(({ pid, isBrowser }) => !isBrowser && !elevated.has(pid));
    assert.equal(first.length, 2, 'launcher and guardian');
    for (const { pid } of first) process.kill(pid, 'SIGKILL');
    // The browser goes with it, and a consent window that goes is a Stop: whichever is heard first.
    assert.match(await endOf(now), /^(device-failed|sharer-stopped)$/);
    await eventually(
      'the end of its programs but for what the browser has started',
      () => desktop.helperPrograms().every(({ isBrowser }) => isBrowser),
      40_000,
    );
    await now.agent.context.close();
    const employee = await newPerson(browser, { userAgent: WINDOWS_BROWSER });
    await signInEmployee(product, employee.page);
    const tool = desktop.start(await downloadCleanUpTool(employee.page, 'Windows', desktop.downloads), []);
    await employee.context.close();
    const window = await desktop.consentPage();
    await window.getByText('What a helper left is gone').waitFor();
    await window.getByRole('button', { name: 'Close this window' }).click();
    assert.equal(await tool.exited, 0, tool.output());
    assert.deepEqual(desktop.helperPrograms(), []);
    assert.deepEqual(await leftBehind(), []);
  });
});
