/**
 * The clock on the wall is set, or goes on while the computer sleeps, and the monotonic one does not know of it. The
 * earlier of both ends a session, at the device and at the server; no setting of a clock lets anything go on.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { LiveScene } from './live-scene.ts';
import { assertNothingSent, assertPaused, hold, offers } from './pause-checks.ts';
import { wordsIn } from './scenes.ts';
import { helperProcesses } from './traces.ts';
import { WallClock } from './wall-clock.ts';

const w = wordsIn('en');
const HOUR_S = 3600;
/** A sleep longer than a sharer may be away, and shorter than a session. */
const SLEPT_S = 1200;
const ENDED = /^Sharing has ended · The time for one session is over/;

async function goOn(scene: LiveScene): Promise<void> {
  await scene.consent.getByRole('button', { name: 'Go on as before' }).click();
  await scene.hasPicture();
  await scene.assertTypes();
}

describe('the sharer’s clock', { timeout: 280_000 }, () => {
  let scene: LiveScene;
  const clock = new WallClock();

  before(async () => {
    scene = await LiveScene.open({ helperEnv: clock.env });
  });
  after(() => scene.close());

  test('that went on while the computer slept pauses the session, although no connection was lost', async () => {
    await hold(scene);
    clock.setBy(SLEPT_S);
    await assertPaused(scene, /paused: computer slept$/);
    assert.equal((await scene.isIn('paused')).pauseReason, 'sleep');
    assert.deepEqual(await offers(scene.consent), ['resume', 'resume-view']);
    await assertNothingSent(scene);
    await scene.assertTypesNothing();
    await goOn(scene);
    // They were not away: they slept, and have just said that it goes on.
    await sleep(2500);
    assert.equal((await scene.read()).state, 'active');
  });

  test('that is set back by an hour holds nothing up: the agent acts, the sharer pauses, goes on and allows', async () => {
    await scene.desktop.hand('mousemove', '1000', '300');
    clock.setBy(SLEPT_S - HOUR_S);
    await scene.assertTypes();
    await scene.consent.getByRole('button', { name: 'Pause' }).click();
    await scene.isIn('paused');
    await goOn(scene);
    await scene.consent.getByRole('button', { name: 'Take back: Use your mouse and keyboard' }).click();
    await scene.page.getByText(w('viewer.notice.taken-back')).waitFor();
    await scene.allowInput();
    await scene.assertTypes();
  });

  test('that is beyond the time of a session ends it on both sides', async () => {
    clock.setBy(3 * HOUR_S);
    await scene.banner(ENDED);
    assert.equal((await scene.isIn('ended')).endReason, 'time-limit');
    await scene.page.getByText(w('end-reason.time-limit')).waitFor();
  });
});

describe('the time of a session', { timeout: 280_000 }, () => {
  const LIMIT_S = 15;
  const env = { HANDRAIL_SESSION_LIMIT_S: String(LIMIT_S) };

  /** Counted from Start; the rest is for a busy machine. */
  function assertInTime(scene: LiveScene): void {
    const tookS = (Date.now() - scene.session.startedAtMs) / 1000;
    assert.ok(tookS > LIMIT_S - 2 && tookS < LIMIT_S + 6, `${tookS} s`);
  }

  test('is over at the device although its clock is set back, and no server says so', async () => {
    const clock = new WallClock();
    const scene = await LiveScene.open({ env, helperEnv: clock.env });
    try {
      clock.setBy(-HOUR_S);
      process.kill(scene.product.pid, 'SIGSTOP');
      await scene.banner(ENDED, 20_000);
      assertInTime(scene);
      process.kill(scene.product.pid, 'SIGCONT');
      assert.equal((await scene.isIn('ended')).endReason, 'time-limit');
    } finally {
      await scene.close();
    }
  });

  test('is over at the server although its clock is set back, and no device says so', async () => {
    const clock = new WallClock();
    const scene = await LiveScene.open({ env: { ...env, ...clock.env } });
    const { guardian, worker } = await helperProcesses(scene.session.helper.child.pid ?? 0);
    try {
      clock.setBy(-HOUR_S);
      // In this order, so that neither acts for the other.
      for (const pid of [guardian, worker]) process.kill(pid, 'SIGSTOP');
      assert.equal((await scene.isIn('ended', 25_000)).endReason, 'time-limit');
      assertInTime(scene);
      await scene.page.getByText(w('end-reason.time-limit')).waitFor();
    } finally {
      for (const pid of [guardian, worker]) process.kill(pid, 'SIGKILL');
      await scene.close();
    }
  });

  test('is over on both sides when the server’s clock says so', async () => {
    const clock = new WallClock();
    // Less than after which people have to sign in again.
    const scene = await LiveScene.open({ env: { ...clock.env, HANDRAIL_SESSION_LIMIT_S: '300' } });
    try {
      clock.setBy(400);
      await scene.banner(ENDED);
      await scene.page.getByText(w('end-reason.time-limit')).waitFor();
    } finally {
      await scene.close();
    }
  });
});
