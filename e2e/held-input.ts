/** What the agent holds down, and what XTEST holds on the desktop because of it. */
import type { Page } from 'playwright-core';
import type { Desktop } from './desktop.ts';
import { eventually } from './processes.ts';
import { pageOf } from './viewer.ts';

/** Keys go where the focus is, and never into the consent window, which has it after Start. */
export async function focusTerminal(page: Page, desktop: Desktop): Promise<void> {
  const { x, y } = await pageOf(page, 900, 600);
  await eventually('the focus in the terminal', async () => {
    await page.mouse.click(x, y);
    return (await desktop.query('xdotool', ['getactivewindow', 'getwindowname'])).trim() === 'work';
  });
}

export async function holdKeyAndButton(page: Page): Promise<void> {
  const { x, y } = await pageOf(page, 900, 600);
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.waitForTimeout(300);
  await page.keyboard.down('KeyJ');
}

/** What XTEST holds down on the desktop, one line each. */
export async function heldInput(desktop: Desktop): Promise<string[]> {
  const states = await Promise.all([
    desktop.query('xinput', ['query-state', 'Virtual core XTEST keyboard']),
    desktop.query('xinput', ['query-state', 'Virtual core XTEST pointer']),
  ]);
  return states
    .join('\n')
    .split('\n')
    .filter((line) => line.includes('=down'));
}
