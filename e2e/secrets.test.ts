/** Keeping secrets: what is hidden is never painted on the agent's side and not operable, whoever it is hidden by. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { Desktop } from './desktop.ts';
import { assertNeverSeen, FORBIDDEN, forgetSeen, seenSoFar, watchPaints } from './forbidden.ts';
import { AGENT, EMPLOYEE } from './people.ts';
import { eventually } from './processes.ts';
import { newPerson, openBrowser, Product, type Person } from './product.ts';
import {
  assertCovered,
  assertShown,
  clickInto,
  focused,
  forbiddenOn,
  grantFiles,
  hideArea,
  openTerminal,
  paintEntries,
  RemoteHand,
  SIZE,
  Trace,
  windowOf,
} from './secrets-desk.ts';
import { openOffice, openQuestion, type Office, type OpenSession } from './session.ts';
import { pictureSize, remoteClick } from './viewer.ts';

const NOTICE = `${EMPLOYEE.name} is typing a password: it is hidden, and your keys are not sent.`;

const LOGIN = `<!doctype html><title>login</title>
  <style>input { display: block; margin: 30px; font-size: 20px } [type=password] { border: 0; background: ${FORBIDDEN.name}; color: ${FORBIDDEN.name} }</style>
  <input value="li.wei"><input type="password" value="geheim" autofocus>`;

describe('secrets', { timeout: 280_000 }, () => {
  let product: Product;
  let browser: Browser;
  let desktop: Desktop;
  let office: Office;
  let agent: Person;
  let session: Omit<OpenSession, 'startedAtMs'>;
  let consent: Page;
  let page: Page;
  let hand: RemoteHand;
  let hides = 0;

  before(async () => {
    [product, browser, desktop] = await Promise.all([
      Product.start(),
      openBrowser(),
      Desktop.open({ ...SIZE, hasSessionBus: true }),
    ]);
    paintEntries(desktop);
    office = await openOffice(product);
    agent = await newPerson(browser);
    page = agent.page;
    await watchPaints(agent.context);
    openTerminal(desktop, { title: 'vault', at: '36x8+520+80', executable: 'keepassxc' });
    openTerminal(desktop, { title: 'salaries', at: '36x8+800+80' });
    openTerminal(desktop, { title: 'plans', at: '36x8+800+540' });
    openTerminal(desktop, { title: 'work', at: '36x12+520+300', colour: '#eeeeee' });
    await Promise.all(['vault', 'salaries', 'plans', 'work'].map((title) => windowOf(desktop, title)));
    session = await openQuestion(office, { agentPage: page, desktop });
    consent = session.consentPage;
    hand = new RemoteHand(page, desktop);
  });

  after(async () => {
    await session.close().catch(() => undefined);
    await office.close();
    await browser.close();
    await desktop.close();
    await product.stop();
  });

  async function inTerminal(command: string): Promise<void> {
    await clickInto(desktop, 'work');
    await desktop.hand('type', '--delay', '5', `${command}\n`);
  }

  test('before Start the sharer is told what is hidden by rule, and hides more', async () => {
    await consent.getByText(await page.getByTestId('match-code').innerText({ timeout: 30_000 })).click();
    await consent.getByRole('button', { name: 'Continue' }).click();
    await consent.getByRole('radio', { name: 'Full control' }).check({ force: true });
    await consent.getByRole('button', { name: 'Continue' }).click();
    await consent.getByText('Close or hide what they should not see').waitFor();
    const rows = consent.getByRole('listitem');
    assert.match(await rows.filter({ hasText: 'vault' }).innerText(), /Hidden: password manager/);
    assert.equal(await rows.filter({ hasText: 'vault' }).getByRole('button').count(), 0);
    await consent.getByRole('button', { name: 'Hide salaries' }).click();
    await hideArea(consent, await windowOf(desktop, 'plans'));
    await consent.getByRole('button', { name: `Let ${AGENT.name} use the mouse and keyboard` }).click();
    await eventually('the picture', async () => (await pictureSize(page)) === '1280x800');
  });

  test('a program that policy hides, and a window and an area that the sharer hides, are never seen and not operable', async () => {
    for (const title of ['vault', 'salaries']) {
      await assertCovered(page, await windowOf(desktop, title));
      await clickInto(desktop, title);
      const trace = new Trace(desktop, `remote-in-${title}`);
      await hand.type(trace.command);
      const { x, y } = await windowOf(desktop, title);
      await remoteClick(page, x + 40, y + 40);
      await page.getByText('That part is hidden; you cannot act there.').waitFor();
      const own = new Trace(desktop, `own-in-${title}`);
      await desktop.hand('type', own.command);
      await own.appears();
      trace.assertNone();
    }
    await assertCovered(page, await windowOf(desktop, 'plans'));
    assert.equal(await consent.locator('[id^=own-rectangle]').count(), 1);
    await assertNeverSeen(page, 3);
  });

  test('a terminal that reads a password is covered and takes no remote keys until it has it', async () => {
    await inTerminal('read -s secret; printf %s "$secret" > read-s; unset secret');
    await page.getByText(NOTICE).waitFor();
    await assertCovered(page, await windowOf(desktop, 'work'));
    await hand.type('remote\n');
    await desktop.hand('type', 'local\n');
    await eventually('what was read', () => readFileSync(join(desktop.home, 'read-s'), 'utf8') === 'local');
    await assertShown(page, await windowOf(desktop, 'work'));
    const trace = new Trace(desktop, 'typed-after-read');
    await clickInto(desktop, 'work');
    await hand.type(trace.command);
    await trace.appears();
  });

  test('the entry of a password dialog is covered, takes the local hand only, and the agent is told', async () => {
    await forgetSeen(page);
    const dialog = desktop.start('zenity', ['--password', '--title', 'unlock']);
    const bounds = await windowOf(desktop, 'unlock');
    await page.getByText(NOTICE).waitFor();
    const entry = await eventually('the entry', () => forbiddenOn(desktop, bounds));
    await assertCovered(page, entry);
    await hand.type('remote');
    await desktop.hand('type', 'local');
    await desktop.hand('key', 'Return');
    await eventually('the end of the dialog', () => dialog.hasExited());
    assert.match(dialog.output(), /^local$/m);
    await page.getByText(NOTICE).waitFor({ state: 'hidden' });
    const trace = new Trace(desktop, 'typed-after-dialog');
    await clickInto(desktop, 'work');
    await hand.type(trace.command);
    await trace.appears();
    await assertNeverSeen(page, 3);
  });

  test('a login form of a browser is covered before its password is, and until it is gone', async () => {
    const file = join(desktop.home, 'login.html');
    writeFileSync(file, LOGIN);
    await forgetSeen(page);
    const place = ['--window-position=760,300', '--window-size=460,400'];
    const flags = ['--no-sandbox', '--disable-gpu', '--no-first-run', '--force-renderer-accessibility', ...place];
    const profile = `--user-data-dir=${join(desktop.home, 'profile')}`;
    const form = desktop.start('/usr/bin/chromium', [...flags, profile, `--app=file://${file}`]);
    const bounds = await windowOf(desktop, 'login');
    await page.getByText(NOTICE).waitFor();
    const field = await eventually('the field', () => forbiddenOn(desktop, bounds));
    await assertCovered(page, field);
    await form.stop();
    await page.getByText(NOTICE).waitFor({ state: 'hidden' });
    await assertNeverSeen(page, 3);
  });

  test('a file dialog is hidden and closed to the agent until files are allowed, and again when they are taken back', async (t) => {
    const dialog = desktop.start('zenity', [
      '--file-selection',
      '--title',
      'choose',
      '--width=480',
      '--height=380',
      '--filename',
      `${desktop.home}/`,
    ]);
    t.after(() => dialog.stop());
    const bounds = await windowOf(desktop, 'choose');
    await assertCovered(page, bounds);
    await eventually('the focus', async () => (await focused(desktop)) === 'choose');
    await hand.type('\n');
    await page.keyboard.press('Escape');
    await hand.arrive();
    assert.equal(dialog.hasExited(), false, 'the dialog was closed from afar');

    await grantFiles(page, consent, 'I need the window in which files are opened');
    await assertShown(page, bounds);

    await consent.locator('#take-back-files').click();
    await assertCovered(page, bounds);
    await consent.locator('#more').click();
    await consent.locator('#offer-files').click();
    await consent.locator('#allow').click();
    await assertShown(page, bounds);
    await clickInto(desktop, 'choose');
    await hand.arrive();
    await hand.press('Escape');
    await eventually('the end of the dialog', () => dialog.hasExited());
  });

  test('the sharer hides a window and an area in the middle of it, and shows them again', async () => {
    await forgetSeen(page);
    await openTerminalNamed('notes', '36x8+520+540');
    const notes = await windowOf(desktop, 'notes');
    await eventually('what nobody had hidden', async () => (await seenSoFar(page)).pixels > 0);
    await consent.locator('#hide-window').click();
    await consent.getByRole('button', { name: 'Hide notes' }).click();
    await consent.locator('#done').click();
    await assertCovered(page, notes);
    await forgetSeen(page);
    await assertNeverSeen(page, 0);
    await consent.locator('[id^=own-]', { hasText: 'notes' }).getByRole('button').click();
    await eventually('what is shown again', async () => (await seenSoFar(page)).pixels > 0);

    await hideArea(consent, notes);
    await assertCovered(page, notes);
  });

  test('the key of the local hand hides everything, and the same key shows it again', async () => {
    await consent.bringToFront();
    await clickInto(desktop, 'work');
    await desktop.hand('key', 'ctrl+alt+shift+h');
    await everythingIsHidden();
    await desktop.hand('key', 'ctrl+alt+shift+h');
    await everythingIsShown();
    await consent.locator('#hide-now').click();
    await everythingIsHidden();
    await consent.locator('#unhide-now').click();
    await everythingIsShown();
  });

  test('the record tells of every rule, and of no title and no path', async () => {
    const { events } = await office.admin.get<{ events: { action: string; detail: Record<string, unknown> }[] }>(
      '/api/audit?action=session/masked&limit=200',
    );
    const rules = new Set(events.map(({ detail }) => detail['rule']));
    for (const rule of [
      'password-manager',
      'sharer-window',
      'sharer-rectangle',
      'terminal-password',
      'password-field',
      'file-dialog',
      'hide-now',
    ])
      assert.ok(rules.has(rule), `${rule} is missing in ${[...rules].join()}`);
    for (const secret of ['vault', 'salaries', 'notes', 'unlock', 'login', 'choose', desktop.home])
      assert.equal(JSON.stringify(events).includes(secret), false, secret);
  });

  async function everythingIsHidden(): Promise<void> {
    await consent.getByText(`Everything is hidden: ${AGENT.name} sees nothing and can do nothing`).first().waitFor();
    await page.getByText(`${EMPLOYEE.name} hid the screen. Nothing you do reaches it.`).waitFor();
    await assertCovered(page, { x: 0, y: 0, ...SIZE });
    await page.keyboard.type('remote');
  }

  async function everythingIsShown(): Promise<void> {
    await page.getByText(`${EMPLOYEE.name} hid the screen. Nothing you do reaches it.`).waitFor({ state: 'hidden' });
    await assertShown(page, await windowOf(desktop, 'work'));
    await clickInto(desktop, 'work');
    const trace = new Trace(desktop, `typed-after-hiding-${(hides += 1)}`);
    await hand.type(trace.command);
    await trace.appears();
  }

  async function openTerminalNamed(title: string, at: string): Promise<void> {
    openTerminal(desktop, { title, at });
    await windowOf(desktop, title);
  }
});
