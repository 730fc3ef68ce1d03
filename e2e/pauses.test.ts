/**
 * Whatever pauses a session, nothing is sent and nothing held, and only the person at the device lets it go on: with one
 * button, as before or with less. Time ends it on both sides.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { heldInput } from './held-input.ts';
import { LiveScene } from './live-scene.ts';
import { assertNothingSent, assertPaused, hold, LIMIT_MS, offers } from './pause-checks.ts';
import { AGENT, EMPLOYEE } from './people.ts';
import { eventually } from './processes.ts';
import { wordsIn } from './scenes.ts';
import { helperProcesses } from './traces.ts';

const w = wordsIn('en');
const name = EMPLOYEE.name;
describe('a pause', { timeout: 280_000 }, () => {
  let scene: LiveScene;
  let page: Page;
  let consent: Page;

  before(async () => {
    scene = await LiveScene.open({ mode: 'view' });
    ({ page, consent } = scene);
  });
  after(() => scene.close());

  test('by the sharer offers what was allowed before and nothing wider: a right for one task is over', async () => {
    await scene.ask('input', 'I would like to restart the spooler');
    await consent.getByRole('heading', { name: `${AGENT.name} asks to use your mouse and keyboard` }).waitFor();
    await consent.waitForTimeout(700);
    await consent.getByRole('button', { name: 'Allow for this task' }).click();
    await hold(scene);
    await consent.getByRole('button', { name: 'Pause' }).click();
    await assertPaused(scene, /paused by you$/);
    await page.getByText(w('viewer.paused.sharer', { name })).waitFor();
    assert.deepEqual(await offers(consent), ['resume']);
    await scene.assertTypesNothing();
    await assertNothingSent(scene);

    await consent.getByRole('button', { name: 'Go on as before' }).click();
    await scene.hasPicture();
    await scene.assertTypesNothing();
    const { state, grantedMode, rights } = await scene.read();
    assert.deepEqual([state, grantedMode, rights.map(({ capability }) => capability)], ['active', 'view', ['view']]);
  });

  test('by the agent goes on with the sharer’s one button, with the same scope', async () => {
    await scene.allowInput();
    await hold(scene);
    // The test's only mouse is holding a button on the picture, so it cannot click.
    await page.getByRole('button', { name: w('viewer.pause'), exact: true }).dispatchEvent('click');
    await assertPaused(scene, /paused by the other side$/);
    await page.getByText(w('viewer.paused.agent')).waitFor();
    assert.deepEqual(await offers(consent), ['resume', 'resume-view']);
    await scene.assertTypesNothing();
    await consent.getByRole('button', { name: 'Go on as before' }).click();
    await scene.hasPicture();
    await scene.assertTypes();
    assert.equal((await scene.read()).grantedMode, 'control');
  });

  test('by the portal goes on looking only, when the sharer says so', async () => {
    await hold(scene);
    await scene.office.employee.post(`/api/sessions/${scene.session.id}/pause`);
    await assertPaused(scene, /paused by you$/);
    assert.deepEqual(await offers(consent), ['resume', 'resume-view']);
    await consent.getByRole('button', { name: 'Go on, looking only' }).click();
    await scene.hasPicture();
    await scene.assertTypesNothing();
    assert.equal((await scene.read()).grantedMode, 'view');
  });

  test('by a locked screen offers nothing until it is open again', async () => {
    const locker = scene.desktop.start('i3lock', ['--nofork', '--color', '202020']);
    await assertPaused(scene, /paused/);
    assert.equal((await scene.read()).pauseReason, 'screen-lock');
    await assertNothingSent(scene);
    assert.equal(await consent.locator('#resume').count(), 0);
    await locker.stop('SIGKILL');
    await consent.getByRole('button', { name: 'Go on as before' }).click();
    await scene.hasPicture();
    assert.equal((await scene.read()).grantedMode, 'view');
  });

  const LOSSES: Record<string, { lose: () => Promise<void>; mend: () => Promise<void> }> = {
    'a killed server': {
      lose: async () => void (await scene.product.stop('SIGKILL')),
      mend: () => scene.product.run(),
    },
    'a server that stands still': {
      lose: async () => {
        process.kill(scene.product.pid, 'SIGSTOP');
        await sleep(3000);
      },
      mend: async () => void process.kill(scene.product.pid, 'SIGCONT'),
    },
  };

  for (const [what, { lose, mend }] of Object.entries(LOSSES)) {
    test(`by ${what} ends with one click and no code, and without it nothing is sent`, async () => {
      await scene.allowInput();
      await hold(scene);
      await lose();
      const startedAt = Date.now();
      await eventually('release', async () => (await heldInput(scene.desktop)).length === 0, LIMIT_MS);
      await scene.banner(/paused: no network$/, Math.max(1, LIMIT_MS - (Date.now() - startedAt)));
      await page.mouse.up();
      await page.keyboard.up('KeyJ');
      assert.equal(await consent.locator('#resume').count(), 0);
      await mend();
      const { pauseReason } = await scene.isIn('paused');
      assert.equal(pauseReason, 'network');
      assert.deepEqual(await offers(consent), ['resume', 'resume-view']);
      await page.getByText(w('viewer.paused-recognised')).waitFor();
      await assertNothingSent(scene);
      await scene.assertTypesNothing();
      await consent.getByRole('button', { name: 'Go on as before' }).click();
      await scene.hasPicture();
      await scene.assertTypes();
      assert.equal((await scene.read()).grantedMode, 'control');
      await scene.office.employee.post(`/api/sessions/${scene.session.id}/take-back`, { capability: 'input' });
      await page.getByText(w('viewer.notice.taken-back')).waitFor();
    });
  }

  test('by a computer that stood still is there before it has done anything else, and goes on with one click', async () => {
    await scene.allowInput();
    await hold(scene);
    const { guardian, worker } = await helperProcesses(scene.session.helper.child.pid ?? 0);
    // In this order, so that neither acts for the other; the rest of the desktop goes on, unlike asleep.
    for (const pid of [guardian, worker]) process.kill(pid, 'SIGSTOP');
    await scene.isIn('paused');
    await page.keyboard.press('KeyA');
    for (const pid of [guardian, worker]) process.kill(pid, 'SIGCONT');
    await assertPaused(scene, /paused: (no network|computer slept)$/);
    assert.deepEqual(await offers(consent), ['resume', 'resume-view']);
    await assertNothingSent(scene);
    await scene.assertTypesNothing();
    await consent.getByRole('button', { name: 'Go on as before' }).click();
    await scene.hasPicture();
    await scene.assertTypes();
  });
});

describe('the time of a session', { timeout: 280_000 }, () => {
  test('is warned of on both sides, and ends it for both', async () => {
    const scene = await LiveScene.open({ env: { HANDRAIL_SESSION_LIMIT_S: '20' } });
    try {
      const { page, consent } = scene;
      await consent.getByText('Sharing ends by itself in 2 minutes.').waitFor();
      await page.getByText(w('viewer.left', { left: '1 min' })).waitFor();
      await page.getByText(w('viewer.left-warning', { left: '2 min' })).waitFor({ state: 'attached' });
      await page.getByText(w('viewer.ended')).waitFor({ timeout: 25_000 });
      const tookS = (Date.now() - scene.session.startedAtMs) / 1000;
      assert.ok(tookS > 18 && tookS < 25, `${tookS} s`);
      await page.getByText(w('end-reason.time-limit')).waitFor();
      await scene.banner(/^Sharing has ended · The time for one session is over/);
      assert.equal((await scene.isIn('ended')).endReason, 'time-limit');
    } finally {
      await scene.close();
    }
  });

  test('ends it at the device although the server cannot be reached', async () => {
    const scene = await LiveScene.open({ env: { HANDRAIL_SESSION_LIMIT_S: '15' } });
    try {
      process.kill(scene.product.pid, 'SIGSTOP');
      await scene.banner(/paused: no network$/);
      await scene.banner(/^Sharing has ended · The time for one session is over/, 20_000);
      process.kill(scene.product.pid, 'SIGCONT');
      assert.equal((await scene.isIn('ended')).endReason, 'time-limit');
    } finally {
      await scene.close();
    }
  });

  test('ends it for the server although the device says nothing', async () => {
    const scene = await LiveScene.open({ env: { HANDRAIL_SESSION_LIMIT_S: '15' } });
    const { guardian, worker } = await helperProcesses(scene.session.helper.child.pid ?? 0);
    try {
      // In this order, so that neither acts for the other.
      for (const pid of [guardian, worker]) process.kill(pid, 'SIGSTOP');
      assert.equal((await scene.isIn('ended', 25_000)).endReason, 'time-limit');
      await scene.page.getByText(w('end-reason.time-limit')).waitFor();
    } finally {
      for (const pid of [guardian, worker]) process.kill(pid, 'SIGKILL');
      await scene.close();
    }
  });

  test('in which nobody is at the device pauses it; the agent’s hand is not theirs, and their own keeps it going', async () => {
    const scene = await LiveScene.open({ env: { HANDRAIL_IDLE_LIMIT_S: '10' } });
    try {
      const { page, desktop } = scene;
      const until = Date.now() + 14_000;
      for (let at = 0; Date.now() < until; at++) {
        await desktop.hand('mousemove', String(1000 + (at % 2) * 40), '300');
        await sleep(2000);
      }
      assert.equal((await scene.read()).state, 'active');
      await scene.assertTypes();
      await eventually(
        'the pause',
        async () => {
          await page.keyboard.press('KeyA');
          return /paused: nobody here$/.test((await desktop.banner()) ?? '');
        },
        15_000,
      );
      assert.equal((await scene.isIn('paused')).pauseReason, 'sharer-away');
      await page.getByText(w('viewer.paused.sharer-away', { name })).waitFor();
      await scene.consent.getByRole('button', { name: 'Go on as before' }).click();
      await scene.hasPicture();
    } finally {
      await scene.close();
    }
  });
});
