/**
 * A right in the middle of a session: asked for, decided by the person at the device alone, in force and taken back, by
 * people in browsers and on a real desktop; and what the receipt says of it.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import { receipt as receiptSchema, type Receipt } from '../protocol/api/receipt.ts';
import { LiveScene } from './live-scene.ts';
import { AGENT, EMPLOYEE } from './people.ts';
import { eventually } from './processes.ts';
import { wordsIn } from './scenes.ts';

const w = wordsIn('en');
const name = EMPLOYEE.name;
const WHY = 'I would like to restart the spooler';
/** Clicks that were under way when the question came; much less than what the window waits, for a busy computer. */
const UNDER_WAY_MS = 200;
/** As long as somebody is not to be asked again. */
const ASK_AGAIN_MS = 3000;

describe('a right in the middle of a session', { timeout: 280_000 }, () => {
  let scene: LiveScene;
  let page: Page;
  let consent: Page;

  before(async () => {
    scene = await LiveScene.open({ mode: 'view' });
    ({ page, consent } = scene);
  });
  after(() => scene.close());

  const question = (title: string) => consent.getByRole('heading', { name: `${AGENT.name} asks to ${title}` });
  const told = (what: 'shown' | 'granted' | 'declined' | 'refused') =>
    page
      .getByText(w(`viewer.question.${what}`, { name }))
      .first()
      .waitFor();
  const holds = async (capability: string) =>
    (await scene.read()).rights.some((right) => right.capability === capability);
  /** The portal widens: another request for help. */
  const askOnPortal = async () => {
    const { categories } = await scene.office.employee.get<{ categories: { id: string }[] }>('/api/categories');
    const asked = { categoryId: categories[0]?.id, symptom: 'And the scanner', tried: '', expected: '' };
    return scene.office.employee.post<{ id: string }>('/api/requests', asked);
  };

  test('is asked for in one question, in the agent’s words, and both sides see that it is open', async () => {
    await scene.assertTypesNothing();
    await clickAtOnce(consent);
    await scene.ask('input', WHY);
    await question('use your mouse and keyboard').waitFor();
    assert.equal(await consent.getByRole('heading', { level: 1 }).count(), 1);
    assert.equal(await consent.getByRole('blockquote').innerText(), WHY);
    await told('shown');
    await scene.banner(/asks you: waiting for your answer/);
  });

  test('is not given by a click that was meant for what stood there before', async () => {
    await eventually('the early clicks', async () => (await clicksAtOnce(consent)) > 0);
    await scene.assertTypesNothing();
    await question('use your mouse and keyboard').waitFor();
    assert.equal(await holds('input'), false);
  });

  test('is not given when declined, and not asked for again at once', async () => {
    await consent.getByRole('button', { name: 'No', exact: true }).click();
    await told('declined');
    await scene.ask('input', 'Please');
    await told('refused');
    assert.equal(await consent.getByRole('blockquote').count(), 0);
    await scene.banner(/can look(?! and)/);
    await scene.assertTypesNothing();
    assert.equal(await holds('input'), false);
  });

  test('is in force once it is granted for this task', async () => {
    await page.waitForTimeout(ASK_AGAIN_MS);
    await scene.ask('input', WHY);
    await question('use your mouse and keyboard').waitFor();
    // Past the time in which an answer does not count.
    await consent.waitForTimeout(700);
    await consent.getByRole('button', { name: 'Allow for this task' }).click();
    await told('granted');
    await scene.assertTypes();
    await scene.banner(/can look and act/);
    const right = (await scene.read()).rights.find(({ capability }) => capability === 'input');
    assert.deepEqual({ ...right, notAfter: 0 }, { capability: 'input', reach: 'all', purpose: 'task', notAfter: 0 });
  });

  test('lets the portal do nothing but narrow while the agent’s hand could be the sharer’s', async () => {
    await assert.rejects(askOnPortal, /409 .*session\.only-narrowing/);
  });

  test('is over with one click, and the portal does everything again', async () => {
    await consent.getByRole('button', { name: 'Take back: Use your mouse and keyboard' }).click();
    await page.getByText(w('viewer.notice.taken-back')).waitFor();
    await scene.assertTypesNothing();
    await eventually('the end of the right', async () => !(await holds('input')));
    const { id } = await askOnPortal();
    await scene.office.employee.post(`/api/requests/${id}/cancel`);
  });

  test('can be taken back on the portal, where it is in force at once', async () => {
    await scene.allowInput();
    await scene.assertTypes();
    await scene.office.employee.post(`/api/sessions/${scene.session.id}/take-back`, { capability: 'input' });
    await page.getByText(w('viewer.notice.taken-back')).waitFor();
    await scene.assertTypesNothing();
    await consent.locator('#right-input').waitFor({ state: 'detached' });
    await scene.banner(/can look(?! and)/);
  });

  test('holds the agent’s hand while another is asked for: silence is no, and the agent may withdraw', async () => {
    await scene.allowInput();
    await scene.assertTypes();
    await page.waitForTimeout(ASK_AGAIN_MS);
    await scene.ask('files', 'I would like to open the log');
    await question('see and use folders and file windows').waitFor();
    await told('shown');
    await scene.assertTypesNothing();
    await page.waitForTimeout(5000);
    await scene.assertTypesNothing();
    assert.ok(await question('see and use folders and file windows').isVisible());
    assert.equal(await holds('files'), false);

    await page.getByRole('button', { name: w('viewer.question.withdraw') }).click();
    await question('see and use folders and file windows').waitFor({ state: 'detached' });
    await page.getByRole('button', { name: w('viewer.ask.files') }).waitFor();
    await scene.assertTypes();
    assert.equal(await holds('files'), false);
  });

  test('can be given back by the agent, and that is what everybody is told', async () => {
    await page.getByRole('button', { name: w('viewer.mode.control') }).click();
    const what = w('viewer.capability.input');
    await page.getByRole('button', { name: w('viewer.give-back-what', { what }) }).click();
    await page.getByText(w('viewer.notice.given-back')).waitFor();
    await page.keyboard.press('Escape');
    const given = `${AGENT.name} gave this back: “Use your mouse and keyboard”.`;
    assert.equal(await consent.locator('#given-back').innerText(), given);
    await scene.assertTypesNothing();
  });

  test('stands in the receipt: reach, purpose, text, what became of it, and the end of the chain', async () => {
    const { session, office } = scene;
    await session.close();
    // Signing in stands in the chain as well.
    const employee = await scene.employeePage(`/receipt/${session.id}`);
    const { receipt, words } = await eventually('the page as the receipt of now', async () => {
      const receipt = receiptSchema.parse(await office.employee.get(`/api/sessions/${session.id}/receipt`));
      const words = await employee.page.locator('main').innerText();
      return words.includes(receipt.chain.head.hash) && { receipt, words };
    });
    assert.deepEqual(
      receipt.grants.map(({ capability, scope, purpose, revoked }) => [
        capability,
        scope.reach,
        purpose,
        revoked && [revoked.with, revoked.by],
      ]),
      [
        ['view', 'all', 'session', ['end', 'agent']],
        ['input', 'all', 'task', ['alone', 'sharer']],
        ['input', 'all', 'session', ['alone', 'sharer']],
        ['input', 'all', 'session', ['alone', 'agent']],
      ],
    );
    assert.deepEqual(
      receipt.declined.map(({ capability, reach }) => [capability, reach]),
      [['input', 'all']],
    );
    const titles = employee.page.getByRole('heading', { level: 3 });
    const [view, input] = [w('receipt.right.view'), w('receipt.right.input')];
    assert.deepEqual(await titles.allInnerTexts(), [view, input, input, input]);
    assertWords(words, receipt);
    assert.match(words, /Given back [^\n]* By Li Wei/);
    const offered = employee.page.getByRole('link', { name: w('receipt.download') });
    const [download] = await Promise.all([employee.page.waitForEvent('download'), offered.click()]);
    const file = receiptSchema.parse(JSON.parse(await readAll(await download.createReadStream())));
    assert.deepEqual({ ...file, madeAt: receipt.madeAt }, receipt);
    assert.deepEqual([...employee.problems, ...scene.agent.problems], []);
  });
});

/** What the page says of each grant. */
function assertWords(words: string, { grants }: Receipt): void {
  for (const { consentText, entry, revoked } of grants) {
    assert.ok(consentText, 'a grant names its words');
    const { id, version, sha256, sentences } = consentText;
    assert.ok(sentences, 'and the server knows them');
    assert.equal(createHash('sha256').update(sentences.join('\n')).digest('hex'), sha256, 'all of them');
    for (const part of [`${id}, version ${version}`, sha256, ...sentences]) assert.ok(words.includes(part), part);
    for (const hash of [entry?.hash, revoked?.entry?.hash])
      assert.ok(hash !== undefined && words.includes(hash.slice(0, 16)), 'an entry of the chain');
  }
  for (const what of ['receipt.purpose.task', 'receipt.purpose.session', 'receipt.whole-screen'] as const)
    assert.ok(words.includes(w(what)), what);
}

async function readAll(stream: AsyncIterable<Buffer>): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts).toString('utf8');
}

/** Presses Allow and No from the moment they are there, for as long as a click can be under way. */
async function clickAtOnce(consent: Page): Promise<void> {
  await consent.evaluate((underWayMs) => {
    let isDone = false;
    const press = (since: number): void => {
      for (const id of ['allow-session', 'allow-task', 'decline']) {
        if (performance.now() - since > underWayMs) return;
        document.getElementById(id)?.click();
      }
      document.body.dataset['early'] = String(Number(document.body.dataset['early'] ?? 0) + 1);
      setTimeout(press, 50, since);
    };
    new MutationObserver(() => {
      if (isDone || document.getElementById('allow-task') === null) return;
      isDone = true;
      press(performance.now());
    }).observe(document.body, { childList: true, subtree: true });
  }, UNDER_WAY_MS);
}

async function clicksAtOnce(consent: Page): Promise<number> {
  return consent.evaluate(() => Number(document.body.dataset['early'] ?? 0));
}
