/**
 * What an agent may do and ask for, in the built page, with a scripted device at the other end: what the page sends is
 * read there as the device would read it.
 */
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import * as access from '../protocol/api/access.ts';
import * as people from './organisation.ts';
import { eventually } from './processes.ts';
import { openBrowser, Product } from './product.ts';
import { wordsIn } from './scenes.ts';
import { goLive, grants, LIMITED_SCENE, show } from './scenes-viewer.ts';
import { enrolDevice, ScriptedDevice, type SessionDevice } from './scripted-device.ts';
import { pageOf, remoteClick } from './viewer.ts';

const w = wordsIn('en');
const NAME = 'Maria Keller';
/** In `LIMITED_SCENE`: operable, not shared, and hidden until files are allowed. */
const [INSIDE, OUTSIDE, FILES] = [
  [400, 150],
  [60, 400],
  [1000, 250],
] as const;

describe('the agent’s page', { timeout: 180_000 }, () => {
  let product: Product;
  let browser: Browser;
  let agent: people.Member;
  let device: SessionDevice;
  let page: Page;
  let stage: ScriptedDevice;

  before(async () => {
    [product, browser] = await Promise.all([Product.start(), openBrowser()]);
    const named = {
      organisation: 'Northern Hospital',
      name: 'Ada Admin',
      employeeNumber: 'A1001',
      password: 'nine lamps on the quay',
    };
    const organisation = await people.Organisation.found(product, browser, named);
    const departmentId = await organisation.addDepartment('IT');
    const hire = (name: string, employeeNumber: string, roles: access.Role[]) =>
      organisation.hire({ departmentId, name, employeeNumber, roles });
    agent = await hire('Li Wei', 'A1002', ['agent', 'employee']);
    const employee = await hire(NAME, 'E2001', ['employee']);
    await people.openDesk(agent);
    const [category] = await people.categoriesOf(employee);
    const requestId = await people.ask(employee, { categoryId: category?.id ?? '', symptom: 'Blank pages' });
    const { sessionId } = await people.invite(agent, requestId, { reason: 'To look', mode: 'control' });
    const { token } = await people.accept(employee, sessionId);
    const { caFingerprint } = await agent.api.get('/api/organisation', access.organisation);
    device = await enrolDevice(product, { caFingerprint, token });
  });
  after(async () => {
    await browser.close();
    await product.stop();
  });

  // A page of its own for each test: another tab, which remembers nothing.
  beforeEach(async () => {
    page = await agent.context.newPage();
    stage = await ScriptedDevice.open(page, device, { state: 'connecting' });
    await page.goto(`${product.url}/desk/session/${device.sessionId}`);
  });
  afterEach(() => page.close());

  const picture = () => page.getByRole('application');
  const asked = () => stage.control.filter((message) => message.type === 'ask');
  const keys = () => stage.input.flatMap((message) => (message.type === 'key' && message.isDown ? [message.code] : []));
  const clicks = () => stage.input.flatMap((message) => (message.type === 'pointer/button' ? [message.x] : []));
  /** Nothing more is on its way: what is sent now arrives after it. */
  async function settled(): Promise<void> {
    const before = stage.control.length;
    await eventually('a ping', () => stage.control.slice(before).some(({ type }) => type === 'ping'));
  }

  test('asks for a right by keyboard alone, from within the picture, and says what became of it', async () => {
    await goLive(stage, page, { rights: grants({ input: { reach: 'limited' } }) });
    await picture().focus();
    await page.keyboard.press('KeyX');
    await page.keyboard.press('Control+Alt+Shift+A');
    await page.getByRole('dialog').waitFor();
    await page.keyboard.press('Enter');
    await page.getByText(w('viewer.ask.reason-missing')).waitFor();
    await page.keyboard.type('To restart the spooler');
    await page.keyboard.press('Enter');
    const [question] = await eventually('a question', () => asked().length > 0 && asked());
    assert.deepEqual(
      { ...question, id: '' },
      { type: 'ask', id: '', capability: 'input', reach: 'all', reason: 'To restart the spooler' },
    );
    assert.deepEqual(
      keys().filter((code) => code.startsWith('Key')),
      ['KeyX'],
    );

    const id = question?.id ?? '';
    await stage.say({ type: 'question', id, state: 'shown' });
    await page.getByText(w('viewer.question.shown', { name: NAME })).waitFor();
    await stage.say({ type: 'question', id, state: 'declined' });
    await page.getByText(w('viewer.question.declined', { name: NAME })).waitFor();
    await stage.say({ type: 'question', id, state: 'granted' });
    await settled();
    assert.equal(await page.getByText(w('viewer.question.granted', { name: NAME })).count(), 0);
  });

  test('closes the question with Esc, unasked, and gives the keyboard back to the picture', async () => {
    await goLive(stage, page, { rights: grants({ input: { reach: 'limited' } }) });
    await picture().focus();
    await page.keyboard.press('Control+Alt+Shift+A');
    await page.getByRole('dialog').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await eventually('the focus', () => picture().evaluate((element) => element === document.activeElement));
    await page.keyboard.press('KeyY');
    await eventually('the key', () => keys().includes('KeyY'));
    assert.deepEqual(asked(), []);
  });

  test('asks one question at a time, and withdraws it', async () => {
    await goLive(stage, page);
    await page.getByRole('button', { name: w('viewer.ask.files') }).click();
    await page.getByRole('button', { name: w('viewer.ask.suggestion.files') }).click();
    await page.getByRole('button', { name: w('viewer.ask.send') }).click();
    const [question] = await eventually('a question', () => asked().length > 0 && asked());
    assert.equal(question?.capability, 'files');
    assert.equal(await page.getByRole('button', { name: w('viewer.ask.input') }).count(), 0);
    await page.keyboard.press('Control+Alt+Shift+A');
    assert.equal(await page.getByRole('dialog').count(), 0);
    await page.keyboard.press('Enter');
    await eventually('the withdrawal', () =>
      stage.control.some((message) => message.type === 'ask-withdrawn' && message.id === question.id),
    );
    await page.getByRole('button', { name: w('viewer.ask.input') }).waitFor();
    assert.equal(asked().length, 1);
  });

  test('gives a right back', async () => {
    await goLive(stage, page, { rights: grants({ input: {}, files: {} }) });
    await page.getByRole('button', { name: w('viewer.mode.control') }).click();
    const what = w('viewer.capability.input');
    const posted = page.waitForRequest(`**/api/sessions/${device.sessionId}/take-back`);
    await page.getByRole('button', { name: w('viewer.give-back-what', { what }) }).click();
    assert.deepEqual((await posted).postDataJSON(), { capability: 'input' });
    await stage.say(grants({ files: {} }));
    await page.getByText(w('viewer.notice.given-back')).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: w('viewer.mode.view') }).waitFor();
    await remoteClick(page, ...INSIDE);
    await settled();
    assert.deepEqual(clicks(), []);
  });

  test('says that a right was not given back when the server could not be told, and whose doing the end is then', async () => {
    await goLive(stage, page, { rights: grants({ input: {} }) });
    await page.route('**/take-back', (route) => route.abort());
    await page.getByRole('button', { name: w('viewer.mode.control') }).click();
    const what = w('viewer.capability.input');
    await page.getByRole('button', { name: w('viewer.give-back-what', { what }) }).click();
    await page.getByText(w('error.network')).waitFor();
    await stage.say(grants({}));
    await page.getByText(w('viewer.notice.taken-back')).waitFor();
  });

  for (const size of ['fit', 'actual'] as const) {
    test(`sends in limited mode what lies within the parts that were chosen, and explains the rest (${size})`, async () => {
      await goLive(stage, page, { rights: grants({ input: { reach: 'limited' } }) });
      await stage.say(LIMITED_SCENE);
      if (size === 'actual') await page.getByRole('button', { name: w('viewer.actual') }).click();
      await page.getByText(w('viewer.hidden.files')).first().waitFor();
      await remoteClick(page, ...FILES);
      await page.getByText(w('viewer.notice.files', { name: NAME })).waitFor();
      await remoteClick(page, ...OUTSIDE);
      await page.getByText(w('viewer.notice.hidden')).waitFor();
      assert.equal(await cursorAt(page, ...OUTSIDE), 'not-allowed');
      assert.notEqual(await cursorAt(page, ...INSIDE), 'not-allowed');
      await remoteClick(page, ...INSIDE);
      await eventually('the click', () => clicks().length > 0);
      await settled();
      assert.deepEqual([...new Set(clicks())], [INSIDE[0]]);
      const moved = stage.input.flatMap((message) => (message.type === 'pointer/move' ? [message.x] : []));
      assert.ok(
        moved.every((x) => x >= 90 && x < 810),
        `moved to ${moved.join()}`,
      );
    });
  }

  test('holds mouse and keyboard while somebody decides, and goes on afterwards', async () => {
    await goLive(stage, page, { rights: grants({ input: {} }) });
    await picture().focus();
    await page.keyboard.down('KeyA');
    await eventually('the key', () => keys().includes('KeyA'));
    await stage.say({ type: 'frozen', by: 'question' });
    await page.getByText(w('viewer.frozen.question', { name: NAME })).waitFor();
    const before = stage.input.length;
    await page.keyboard.press('KeyB');
    await remoteClick(page, ...INSIDE);
    await settled();
    assert.deepEqual(stage.input.slice(before), []);
    await stage.say({ type: 'frozen', by: null });
    await page.getByText(w('viewer.frozen.question', { name: NAME })).waitFor({ state: 'detached' });
    await page.keyboard.down('KeyA');
    await page.keyboard.press('KeyC');
    await eventually('the key', () => keys().includes('KeyC'));
    // The one that was still held repeats, and is not pressed by that.
    assert.deepEqual(keys(), ['KeyA', 'KeyC']);
  });

  test('pauses, says until when, and shows the picture again by itself when it goes on', async () => {
    await goLive(stage, page, { rights: grants({ input: {} }) });
    await picture().focus();
    await page.keyboard.press('Control+Alt+Shift+P');
    await eventually('the signal', () => stage.signals.some(({ type }) => type === 'pause'));
    assert.deepEqual(
      keys().filter((code) => code === 'KeyP'),
      [],
    );
    stage.state('paused', { pauseReason: 'agent', deadlineAt: Date.now() + 5 * 60_000 });
    await page.getByText(w('viewer.paused.agent')).waitFor();
    await page.getByText('5 min').waitFor();
    await page.getByText(w('viewer.paused-safe')).waitFor();
    // The keys come before the word that it goes on, and the old word may be said once more.
    await stage.openLink();
    stage.state('paused', { pauseReason: 'agent', deadlineAt: Date.now() + 5 * 60_000 });
    stage.state('active', { grantedMode: 'control', deadlineAt: Date.now() + 60 * 60_000 });
    await show(stage, page, grants({ input: {} }));
    await remoteClick(page, ...INSIDE);
    await eventually('the click', () => clicks().length > 0);
  });

  test('knows the device again after a reload, without a code to read out; another tab does not', async () => {
    await goLive(stage, page);
    await page.reload();
    await eventually('the page to join again', () => stage.connections === 2);
    stage.state('paused', { pauseReason: 'agent-away', deadlineAt: Date.now() + 60_000 });
    const code = await stage.join();
    await page.getByText(w('viewer.paused-recognised')).waitFor();
    assert.equal(await page.getByText(code).count(), 0);
    await page.evaluate(() => sessionStorage.clear());
    await page.reload();
    await eventually('the page to join once more', () => stage.connections === 3);
    stage.state('paused', { pauseReason: 'agent-away', deadlineAt: Date.now() + 60_000 });
    await page.getByText(await stage.join()).waitFor();
  });

  test('says while a password is typed that it is hidden', async () => {
    await goLive(stage, page, { rights: grants({ input: {} }) });
    const field = { x: 290, y: 340, width: 320, height: 32, why: 'password' } as const;
    await stage.say({ type: 'scene', hidden: [field], operable: null });
    await page.getByText(w('viewer.notice.password', { name: NAME })).waitFor();
    await remoteClick(page, 400, 350);
    await stage.say({ type: 'scene', hidden: [], operable: null });
    await page.getByText(w('viewer.notice.password', { name: NAME })).waitFor({ state: 'detached' });
    await settled();
    assert.deepEqual(clicks(), []);
    await stage.say({ type: 'input-refused', reason: 'password' });
    await page.getByText(w('viewer.notice.password', { name: NAME })).waitFor();
  });

  test('says that the system asks the person something, and sends nothing until it is over', async () => {
    await goLive(stage, page, { rights: grants({ input: {} }) });
    await stage.say({ type: 'frozen', by: 'secure-desktop' });
    const words = page.getByText(w('viewer.frozen.secure-desktop', { name: NAME }));
    await words.waitFor();
    await remoteClick(page, ...INSIDE);
    await settled();
    assert.deepEqual(clicks(), []);
    await stage.say({ type: 'frozen', by: null });
    await words.waitFor({ state: 'detached' });
    await remoteClick(page, ...INSIDE);
    await eventually('the click', () => clicks().length > 0);
  });

  test('says of an administrator’s program that the person at the computer operates it', async () => {
    await goLive(stage, page, { rights: grants({ input: {} }) });
    await stage.say({ type: 'input-refused', reason: 'elevated' });
    await page.getByText(w('viewer.notice.elevated', { name: NAME })).waitFor();
  });

  test('offers to ask for an administrator’s program where it may be asked for, and nowhere else', async () => {
    const words = page.getByText(w('viewer.notice.elevated', { name: NAME }));
    const offer = page.getByRole('status').getByRole('button', { name: w('viewer.ask.elevated') });
    const asking = page.getByRole('button', { name: w('viewer.ask.elevated') });
    await goLive(stage, page, { rights: grants({ input: {} }) });
    await stage.say({ type: 'input-refused', reason: 'elevated' });
    await words.waitFor();
    assert.equal(await asking.count(), 0);
    await page.getByRole('button', { name: w('viewer.mode.control') }).click();
    await page
      .getByRole('listitem')
      .filter({ hasText: w('viewer.capability.files') })
      .waitFor();
    assert.equal(await page.getByText(w('viewer.capability.elevated')).count(), 0);
    await page.keyboard.press('Escape');

    const askable = [{ capability: 'elevated', reach: 'all' }] as const;
    await stage.say(grants({ input: { reach: 'limited' } }, [...askable]));
    await page.getByRole('button', { name: w('viewer.mode.limited') }).waitFor();
    assert.equal(await asking.count(), 0, 'not beside a part of the screen');
    await stage.say(grants({ input: {} }, [...askable]));
    await stage.say({ type: 'input-refused', reason: 'elevated' });
    await offer.click();
    await page.getByRole('radio', { name: w('viewer.choice.elevated'), checked: true }).waitFor();
    await page.getByRole('button', { name: w('viewer.ask.suggestion.install') }).click();
    await page.getByRole('button', { name: w('viewer.ask.send') }).click();
    const [question] = await eventually('a question', () => asked().length > 0 && asked());
    assert.deepEqual([question?.capability, question?.reach], ['elevated', 'all']);
    await stage.say(grants({ input: {}, elevated: {} }, [...askable]));
    await page.getByRole('button', { name: w('viewer.capability.elevated') }).waitFor();
    await stage.say({ type: 'input-refused', reason: 'elevated' });
    await words.waitFor();
    assert.equal(await asking.count(), 0, 'held already');
  });

  test('lists for those who do not see it what is covered', async () => {
    await goLive(stage, page);
    await stage.say(LIMITED_SCENE);
    const list = page.getByRole('list', { name: w('viewer.covers') });
    await list.waitFor();
    const what = w('viewer.hidden.not-shared', { name: NAME });
    assert.deepEqual(await list.getByRole('listitem').allInnerTexts(), [
      w('viewer.covers.places', { what, count: 7 }),
      w('viewer.covers.places', { what: w('viewer.hidden.files'), count: 1 }),
    ]);
  });
});

/** The style of the mouse pointer over a remote pixel. */
async function cursorAt(page: Page, x: number, y: number): Promise<string> {
  const at = await pageOf(page, x, y);
  await page.mouse.move(at.x, at.y);
  return page.getByRole('application').evaluate((element) => getComputedStyle(element).cursor);
}
