/** What a pause is, whatever brought it about: nothing held, nothing shown, nothing sent. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { focusTerminal, heldInput, holdKeyAndButton } from './held-input.ts';
import type { LiveScene } from './live-scene.ts';
import { eventually } from './processes.ts';

/** Two seconds are promised; the rest is for a machine that runs browsers and displays at the same time. */
export const LIMIT_MS = 3000;

export async function hold({ page, desktop }: LiveScene): Promise<void> {
  await focusTerminal(page, desktop);
  await holdKeyAndButton(page);
  await eventually('the held key and button', async () => (await heldInput(desktop)).length === 2);
}

/** Within two seconds nothing is held and shown, and the banner says why. */
export async function assertPaused(scene: LiveScene, banner: RegExp): Promise<void> {
  const startedAt = Date.now();
  const left = (): number => Math.max(1, LIMIT_MS - (Date.now() - startedAt));
  await eventually('release of key and button', async () => (await heldInput(scene.desktop)).length === 0, left());
  await scene.banner(banner, left());
  await scene.hasNoPicture(left());
  await scene.page.mouse.up();
  await scene.page.keyboard.up('KeyJ');
}

/** What the window offers, Stop left out. */
export async function offers(consent: Page): Promise<string[]> {
  await consent.locator('#resume').waitFor();
  const ids = await consent.getByRole('button').evaluateAll((buttons) => buttons.map(({ id }) => id));
  return ids.filter((id) => id !== 'stop');
}

/** The picture changes where somebody could see it, and is not sent. */
export async function assertNothingSent({ desktop, read }: LiveScene): Promise<void> {
  // What was sent until then is in the figures after two seconds.
  await sleep(2500);
  const { figures } = await read();
  for (const colour of ['#336699', '#993366']) await desktop.query('xsetroot', ['-solid', colour]);
  await sleep(2500);
  assert.deepEqual((await read()).figures, figures);
}
