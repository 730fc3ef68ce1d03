/**
 * Prompts for a higher password, as a Linux desktop has them: the sharer alone sees and types it, while the agent who is in
 * full control gets a cover and no key through.
 */
import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import { ElevationDesk, HIGHER_PASSWORD, whyNoElevation } from './elevation-desk.ts';
import { assertNeverSeen, forgetSeen } from './forbidden.ts';
import { LiveScene } from './live-scene.ts';
import { EMPLOYEE } from './people.ts';
import { eventually, type Running } from './processes.ts';
import { wordsIn } from './scenes.ts';
import { assertCovered, forbiddenOn, RemoteHand, windowOf, type Box } from './secrets-desk.ts';
import { remoteClick } from './viewer.ts';

const w = wordsIn('en');
const name = EMPLOYEE.name;

interface Prompt {
  /** Of its window. */
  title: string;
  /** What shows the prompts of polkit. */
  agent?: string;
  /** Keys are its own, whichever window has the focus. */
  grabsKeyboard?: boolean;
  ask: (desk: ElevationDesk, command: readonly string[]) => Running;
}

const pkexec: Prompt['ask'] = (desk, command) =>
  // Whoever asks has to live on: a shell does not become the last command of two.
  desk.startAsPerson(['sh', '-c', 'pkexec --disable-internal-agent "$@"; exit $?', 'sh', ...command]);

const PROMPTS: Record<string, Prompt> = {
  'polkit, by GNOME’s agent': {
    title: 'Authenticate',
    agent: '/usr/lib/policykit-1-gnome/polkit-gnome-authentication-agent-1',
    ask: pkexec,
  },
  'polkit, by LXDE’s agent': { title: 'Authentication', agent: '/usr/bin/lxpolkit', ask: pkexec },
  'sudo, by OpenSSH’s askpass': {
    title: 'OpenSSH',
    grabsKeyboard: true,
    ask: (desk, command) =>
      desk.startAsPerson(['sudo', '--askpass', ...command], { SUDO_ASKPASS: '/usr/lib/openssh/gnome-ssh-askpass' }),
  },
};

describe('a prompt for a higher password', { timeout: 280_000, skip: whyNoElevation() }, () => {
  let scene: LiveScene;
  let desk: ElevationDesk;
  let page: Page;
  let hand: RemoteHand;

  before(async () => {
    scene = await LiveScene.open({ isWatched: true });
    ({ page } = scene);
    hand = new RemoteHand(page, scene.desktop);
    desk = await ElevationDesk.open(scene.desktop);
  });
  after(() => scene.close());

  /** The person in front of the desktop sees to it that their keys go into the prompt: a click on its edge hits nothing in it. */
  async function turnTo(title: string, { x, y }: Box): Promise<void> {
    const isFocused = async (): Promise<boolean> =>
      (await scene.desktop.query('xdotool', ['getactivewindow', 'getwindowname'])).trim() === title;
    await eventually('the focus', async () => {
      if (await isFocused()) return true;
      await scene.desktop.clickByHand(x + 2, y + 2);
      return isFocused();
    });
  }

  /** Keys and buttons that came from afar since the recorder was told to forget. */
  const pressed = (kind: RegExp): string[] => scene.xtest.events().filter((event) => kind.test(event));

  /** The agent types and clicks where the prompt is, and is told that it went nowhere. */
  async function assertOutOfReach({ x, y, width, height }: Box): Promise<void> {
    scene.xtest.forget();
    await hand.type('remote\n');
    await hand.press('Escape');
    // Where a button to dismiss it is.
    await remoteClick(page, x + width - 60, y + height - 30);
    await page.getByText(w('viewer.notice.hidden')).waitFor();
    await hand.arrive();
    assert.deepEqual(pressed(/Key|Button/), []);
  }

  for (const [what, { title, agent, grabsKeyboard, ask }] of Object.entries(PROMPTS)) {
    test(`of ${what} is covered, and answered by the hand of the sharer alone`, async (t) => {
      const { desktop } = scene;
      await scene.assertTypes();
      await forgetSeen(page);
      const shower = agent === undefined ? undefined : await desk.startAgent(agent);
      t.after(() => shower?.stop());
      const made = join(desk.home, title);
      const asking = ask(desk, ['touch', made]);
      const bounds = await windowOf(desktop, title);

      await assertCovered(page, bounds);
      await page.getByText(w('viewer.hidden.elevation', { name })).first().waitFor({ state: 'attached' });
      assert.ok(await forbiddenOn(desktop, bounds), 'the prompt does not have the colour that is looked for');
      await turnTo(title, bounds);
      await assertOutOfReach(bounds);
      if (grabsKeyboard === true) {
        await remoteClick(page, 900, 600);
        await hand.type('remote\n');
        assert.deepEqual(pressed(/Key/), []);
        await turnTo(title, bounds);
      }

      await desktop.hand('type', HIGHER_PASSWORD);
      await desktop.hand('key', 'Return');
      await eventually('what was asked for', () => asking.hasExited());
      assert.equal(await asking.exited, 0, asking.output());
      assert.doesNotMatch(asking.output(), /try again/);
      assert.equal(statSync(made).uid, 0);
      await scene.assertTypes();
      await assertNeverSeen(page, 3);
    });
  }

  test('is in the record by its rule, without what it was for', async () => {
    const events = await eventually('the record', async () => {
      const path = '/api/audit?action=session/masked&limit=200';
      return (await scene.office.admin.get<{ events: { detail: { rule?: string } }[] }>(path)).events;
    });
    assert.ok(events.some(({ detail }) => detail.rule === 'elevation'));
    for (const secret of ['touch', 'Authenticat', 'OpenSSH', HIGHER_PASSWORD])
      assert.equal(JSON.stringify(events).includes(secret), false, secret);
  });
});
