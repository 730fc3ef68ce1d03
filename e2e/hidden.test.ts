/**
 * What is hidden in programs of several kinds, and how the person in front of the desktop sees it: one desktop, one session.
 */
import assert from 'node:assert/strict';
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { WORDS } from '../helper/consent/page/words.ts';
import type { MaskRule } from '../protocol/capabilities.ts';
import { openDatabase } from '../server/platform/database.ts';
import { Desktop } from './desktop.ts';
import { assertNeverSeen, FORBIDDEN, forgetSeen, seenSoFar, watchPaints } from './forbidden.ts';
import { AGENT, EMPLOYEE } from './people.ts';
import { eventually, type Running } from './processes.ts';
import { newPerson, openBrowser, Product, type Person } from './product.ts';
import {
  assertCovered,
  assertShown,
  boxOf,
  clickInto,
  forbiddenOn,
  grantFiles,
  hideArea,
  openTerminal,
  paintEntries,
  QT_COLOURS,
  RemoteHand,
  screenOf,
  SIZE,
  windowOf,
  type Box,
  type Colour,
} from './secrets-desk.ts';
import { openOffice, openQuestion, type Office, type OpenSession } from './session.ts';
import { pictureSize, remoteClick } from './viewer.ts';

const words = WORDS.en;
/** The cards hide the buttons they are made of. */
const FORCE = { force: true };
const NOTICE = `${EMPLOYEE.name} is typing a password: it is hidden, and your keys are not sent.`;

/** A rule of the organisation's own; its program is in no list of ours. */
const OWN_RULE: MaskRule = { id: 'duty-plans', executables: ['/usr/bin/xclock'] };

/** Of the stripes of the outlines and of their labels. */
const AMBER = { red: 227, green: 167, blue: 46 };
const STRIPE = { red: 70, green: 79, blue: 90 };
const LABEL = { red: 27, green: 31, blue: 36 };
const LABEL_TEXT = { red: 255, green: 255, blue: 255 };

const GTK4 = `
import gi
gi.require_version("Gtk", "4.0")
from gi.repository import Gtk
def show(app):
  entry = Gtk.PasswordEntry(margin_top=60, margin_bottom=60, margin_start=50, margin_end=50)
  def end(_):
    print(entry.get_text(), flush=True)
    app.quit()
  entry.connect("activate", end)
  Gtk.ApplicationWindow(application=app, title="four", child=entry).present()
app = Gtk.Application(application_id="org.example.four")
app.connect("activate", show)
app.run()`;

/** Asks for a password once Enter is pressed. What is typed is in the forbidden colour, the field itself is not. */
const FIELD = { name: '#18c0e0', red: 0x18, green: 0xc0, blue: 0xe0 };
const LATE = `<!doctype html><title>late</title>
  <style>input { display: block; margin: 30px; border: 0; outline: 0; font-size: 28px }
    [type=password] { background: ${FIELD.name}; caret-color: ${FIELD.name}; color: ${FORBIDDEN.name} }</style>
  <input><script>onkeydown = ({ key }) => {
    if (key !== 'Enter' || document.querySelector('[type=password]')) return;
    document.body.innerHTML = '<section><p><input type=password></p></section>';
    document.querySelector('input').focus();
  }</script>`;

describe('what is hidden in programs', { timeout: 280_000 }, () => {
  let product: Product;
  let browser: Browser;
  let desktop: Desktop;
  let office: Office;
  let agent: Person;
  let session: Omit<OpenSession, 'startedAtMs'>;
  let consent: Page;
  let page: Page;
  let hand: RemoteHand;

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
    const looks = ['-title', 'roster', '-geometry', '200x120+820+80', '-update', '1'];
    const [paint, ink] = [FORBIDDEN.name, 'black'];
    desktop.start('xclock', [...looks, '-bg', paint, '-fg', ink, '-hd', ink]);
    openTerminal(desktop, { title: 'work', at: '36x10+520+300', colour: '#2070b0' });
    openTerminal(desktop, { title: 'notes', at: '36x10+820+300', colour: '#b06020' });
    await Promise.all(['vault', 'roster', 'work', 'notes'].map((title) => windowOf(desktop, title)));
    session = await openQuestion(office, { agentPage: page, desktop, onAccepted: (id) => addRule(product, id) });
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

  test('each window that can be chosen is shown by a picture of itself, as it is at the moment', async () => {
    await consent.getByText(await page.getByTestId('match-code').innerText({ timeout: 30_000 })).click();
    await consent.getByRole('button', { name: words.next }).click();
    await consent.getByRole('radio', { name: words.modeLimited }).check(FORCE);
    await consent.getByRole('radio', { name: words.seePart }).check(FORCE);
    await consent.getByRole('button', { name: words.chooseSee }).click();
    await eventually('the picture of work', () => isPicturedAs(consent, 'work', [0x20, 0x70, 0xb0]));
    await eventually('the picture of notes', () => isPicturedAs(consent, 'notes', [0xb0, 0x60, 0x20]));
    for (const title of ['vault', 'roster']) assert.equal(await pictureOf(consent, title), undefined);

    await clickInto(desktop, 'work');
    await desktop.hand('type', '--delay', '5', String.raw`printf '\e]11;#30a040\a'` + '\n');
    await eventually('the new picture', () => isPicturedAs(consent, 'work', [0x30, 0xa0, 0x40]));
    assert.ok(await isPicturedAs(consent, 'notes', [0xb0, 0x60, 0x20]));

    await consent.getByRole('button', { name: words.done }).click();
    await consent.getByRole('radio', { name: words.modeControl }).check(FORCE);
    await consent.getByRole('button', { name: words.next }).click();
    await consent.getByRole('button', { name: `Let ${AGENT.name} use the mouse and keyboard` }).click();
    await eventually('the picture', async () => (await pictureSize(page)) === '1280x800');
  });

  test('a program that a rule of the organisation’s names is never seen and not operable', async () => {
    const roster = await windowOf(desktop, 'roster');
    await assertCovered(page, roster);
    await hand.arrive();
    await remoteClick(page, roster.x + 40, roster.y + 40);
    await page.getByText('That part is hidden; you cannot act there.').waitFor();
    await assertShown(page, await windowOf(desktop, 'work'));
    await assertNeverSeen(page, 3);
  });

  for (const toolkit of ['GTK 4', 'Qt'] as const) {
    test(`a password field of ${toolkit} is covered, takes the local hand only, and the agent is told`, async () => {
      await forgetSeen(page);
      const { dialog, title } = startDialog(toolkit);
      await page.getByText(NOTICE).waitFor();
      // Some go to their place only when they are there.
      const entry = await eventually('the entry', async () => forbiddenOn(desktop, await windowOf(desktop, title)));
      await assertCovered(page, entry);
      await hand.type('remote');
      await desktop.hand('type', 'local');
      await desktop.hand('key', 'Return');
      await eventually('the end of the dialog', () => dialog.hasExited());
      assert.match(dialog.output(), /^(D )?local$/m);
      await page.getByText(NOTICE).waitFor({ state: 'hidden' });
      await assertNeverSeen(page, 3);
    });
  }

  test('a field that comes to an open page is covered before anything is typed into it', async (t) => {
    const file = join(desktop.home, 'late.html');
    writeFileSync(file, LATE);
    const place = ['--window-position=780,440', '--window-size=460,320'];
    const flags = ['--no-sandbox', '--disable-gpu', '--no-first-run', ...place];
    const profile = `--user-data-dir=${join(desktop.home, 'profile')}`;
    const form = desktop.start('/usr/bin/chromium', [...flags, profile, `--app=file://${file}`]);
    t.after(() => form.stop());
    await windowOf(desktop, 'late');
    await clickInto(desktop, 'late');
    await assertShown(page, await windowOf(desktop, 'late'));
    await forgetSeen(page);
    const field = await eventually('the field', async () => {
      // The page may not be ready for the first one.
      await desktop.hand('key', 'Return');
      return boxOf(await screenOf(desktop), FIELD, await windowOf(desktop, 'late'));
    });
    // Longer than the label of its frame.
    await desktop.hand('type', '--delay', '0', 'a long way to the lighthouse');
    await eventually('what was typed', () => forbiddenOn(desktop, field));
    await page.getByText(NOTICE).waitFor();
    await assertCovered(page, field);
    await form.stop();
    await page.getByText(NOTICE).waitFor({ state: 'hidden' });
    await assertNeverSeen(page, 1);
  });

  test('the sharer sees a frame with a label around all that is hidden, and clicks through it', async (t) => {
    await clickInto(desktop, 'notes');
    await desktop.hand('type', '--delay', '5', String.raw`printf '\e[?1000h'; stty -icanon; exec cat > clicks` + '\n');
    const notes = await windowOf(desktop, 'notes');
    const drawn = { x: notes.x + 20, y: notes.y + 20, width: 160, height: 60 };
    await hideArea(consent, drawn);
    const dialog = desktop.start('zenity', ['--password', '--title', 'unlock']);
    t.after(() => dialog.stop());
    await windowOf(desktop, 'unlock');
    await desktop.query('xdotool', ['search', '--name', '^unlock$', 'windowmove', '820', '540']);
    const entry = await eventually('the entry', () =>
      forbiddenOn(desktop, { x: 780, y: 500, width: 500, height: 300 }),
    );

    for (const [what, hidden] of [
      ['the program that policy hides', await windowOf(desktop, 'vault')],
      ['the program that the organisation hides', await windowOf(desktop, 'roster')],
      ['the password', entry],
      ['what the sharer has drawn', drawn],
    ] as const) {
      const frame = await eventually(`the frame around ${what}`, async () =>
        frameAround(await screenOf(desktop), hidden),
      );
      await assertCovered(page, frame);
    }
    await desktop.hand('mousemove', '1240', '20');
    const clicks = join(desktop.home, 'clicks');
    await eventually('the terminal that listens', () => existsSync(clicks));
    const onBar = [drawn.x + 1, drawn.y + drawn.height / 2] as const;
    const onLabel = [drawn.x + 8, drawn.y + 8] as const;
    for (const [x, y] of [onBar, onLabel]) {
      const before = readFileSync(clicks).length;
      await desktop.clickByHand(x, y);
      await eventually('the click', () => readFileSync(clicks).length > before);
    }
    await consent.locator('[id^=own-]').getByRole('button').click();
    await eventually('the end of the frame', async () => frameAround(await screenOf(desktop), drawn) === undefined);
  });

  test('a file manager is hidden and closed to the agent until files are allowed', async () => {
    await forgetSeen(page);
    const folder = join(desktop.home, 'papers');
    mkdirSync(folder);
    writeFileSync(join(folder, 'salaries.txt'), '');
    const manager = desktop.start('pcmanfm', ['--no-desktop', folder]);
    await windowOf(desktop, 'papers');
    // The corner of the screen is where the hand from afar goes to be seen.
    const place = ['windowsize', '420', '300', 'windowmove', '560', '420'];
    await desktop.query('xdotool', ['search', '--onlyvisible', '--name', '^papers$', ...place]);
    const bounds = await eventually('its place', async () => {
      const at = await windowOf(desktop, 'papers');
      return at.width === 420 && at.x < 600 && at.y < 500 && at;
    });
    await assertCovered(page, bounds);
    await clickInto(desktop, 'papers');
    await hand.arrive();
    await hand.press('Control+w');
    await hand.arrive();
    assert.equal(manager.hasExited(), false, 'the window was closed from afar');
    await eventually('the list', () => forbiddenOn(desktop, bounds));
    await assertNeverSeen(page, 1);

    await grantFiles(page, consent, 'I need to see where the letter is');
    await assertShown(page, bounds);
    await eventually('the list on the other side', async () => (await seenSoFar(page)).pixels > 0);
    await clickInto(desktop, 'papers');
    await hand.arrive();
    await hand.press('Control+w');
    await eventually('the end of the window', () => manager.hasExited());
  });

  test('the record tells of every rule, and of no title and no path', async () => {
    const { events } = await office.admin.get<{ events: { action: string; detail: Record<string, unknown> }[] }>(
      '/api/audit?action=session/masked&limit=200',
    );
    const rules = new Set(events.map(({ detail }) => detail['rule']));
    assert.deepEqual(
      rules,
      new Set(['password-manager', OWN_RULE.id, 'password-field', 'sharer-rectangle', 'file-manager']),
    );
    for (const secret of ['vault', 'roster', 'four', 'ask', 'late', 'papers', 'xclock', desktop.home])
      assert.equal(JSON.stringify(events.map(({ detail }) => detail)).includes(secret), false, secret);
  });

  function startDialog(toolkit: 'GTK 4' | 'Qt'): { dialog: Running; title: string } {
    if (toolkit === 'GTK 4') return { dialog: desktop.start('/usr/bin/python3', ['-c', GTK4]), title: 'four' };
    // By its own name it would be hidden as a whole.
    const program = join(desktop.home, 'ask');
    copyFileSync('/usr/bin/pinentry-qt', program);
    const script = String.raw`printf 'SETTITLE ask\nGETPIN\n' | exec ${program} --no-global-grab`;
    return { dialog: desktop.start('sh', ['-c', script], QT_COLOURS), title: 'ask' };
  }
});

/** Templates will be edited by security teams; until then the policy of a session is what was written at its invitation. */
function addRule({ dataDir }: Product, sessionId: string): void {
  const database = openDatabase(join(dataDir, 'handrail.db'));
  const change = `UPDATE sessions SET policy = json_set(policy, '$.masks', json(?)) WHERE id = ?`;
  database.raw.prepare(change).run(JSON.stringify([OWN_RULE]), sessionId);
  database.close();
}

/** Red, green and blue in the middle of a window's picture in the list; undefined where it has none. */
async function pictureOf(consent: Page, title: string): Promise<readonly number[] | undefined> {
  const row = consent.locator('.choice, .hidden-row', { has: consent.getByText(title, { exact: true }) });
  const picture = row.locator('img.window-picture');
  if ((await row.count()) !== 1) throw new Error(`${title} is not listed`);
  if ((await picture.count()) === 0) return undefined;
  return picture.evaluate((image: HTMLImageElement) => {
    const copy = new OffscreenCanvas(1, 1).getContext('2d');
    const { naturalWidth: width, naturalHeight: height } = image;
    copy?.drawImage(image, Math.floor(width * 0.8), Math.floor(height * 0.8), 1, 1, 0, 0, 1, 1);
    return [...(copy?.getImageData(0, 0, 1, 1).data.slice(0, 3) ?? [])];
  });
}

async function isPicturedAs(consent: Page, title: string, colour: readonly number[]): Promise<boolean> {
  return String(await pictureOf(consent, title)) === String(colour);
}

/** The outline that is shown on this screen around what is hidden here; undefined when none is, or not all of it. */
function frameAround(screen: Uint8Array, { x, y, width, height }: Box): Box | undefined {
  const near = { x: x - 30, y: y - 30, width: width + 60, height: height + 60 };
  const frame = boxOf(screen, AMBER, near);
  if (frame === undefined) return undefined;
  const isAround =
    frame.x <= x && frame.y <= y && frame.x + frame.width >= x + width && frame.y + frame.height >= y + height;
  const bars = [
    { ...frame, height: 1 },
    { ...frame, y: frame.y + frame.height - 1, height: 1 },
    { ...frame, width: 1 },
    { ...frame, x: frame.x + frame.width - 1, width: 1 },
  ];
  const isClosed = bars.every(
    (bar) => countOf(screen, AMBER, bar) + countOf(screen, STRIPE, bar) === bar.width * bar.height,
  );
  const corner = { x: frame.x + 3, y: frame.y + 3, width: 60, height: 18 };
  const isLabelled = countOf(screen, LABEL, corner) > 100 && countOf(screen, LABEL_TEXT, corner) > 20;
  return isAround && isClosed && isLabelled ? frame : undefined;
}

function countOf(screen: Uint8Array, { red, green, blue }: Colour, area: Box): number {
  let count = 0;
  for (let y = area.y; y < area.y + area.height; y++) {
    for (let x = area.x; x < area.x + area.width; x++) {
      const at = (y * SIZE.width + x) * 3;
      if (screen[at] === red && screen[at + 1] === green && screen[at + 2] === blue) count += 1;
    }
  }
  return count;
}
