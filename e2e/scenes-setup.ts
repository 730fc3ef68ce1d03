/** The set-up wizard, one step after the other: it can be walked only once. */
import type { Page } from 'playwright-core';
import type { Language } from '../protocol/api/shared.ts';
import { wordsIn, type Words } from './scenes.ts';

export interface SetupStep {
  name: string;
  act: (page: Page, w: Words) => Promise<void>;
}

/** Each begins where the one before ended. */
export const SETUP_STEPS: readonly SetupStep[] = [
  { name: 'set-up, organisation', act: (page, w) => byLabel(page, w('setup.organisation')).waitFor() },
  {
    name: 'set-up, administrator',
    act: async (page, w) => {
      await byLabel(page, w('setup.organisation')).fill('Northern Hospital');
      await page.getByRole('button', { name: w('common.continue') }).click();
      await byLabel(page, w('setup.name')).waitFor();
    },
  },
  {
    name: 'set-up, administrator, password too short',
    act: async (page, w) => {
      await byLabel(page, w('setup.name')).fill('Ada Admin');
      await byLabel(page, w('sign-in.number')).fill('A1');
      await byLabel(page, w('setup.password')).fill('short');
      await page.getByRole('button', { name: w('setup.create') }).click();
      await page.getByText(w('password.too-short')).waitFor();
    },
  },
  {
    name: 'set-up, certificate',
    act: async (page, w) => {
      await byLabel(page, w('setup.password')).fill('nine lamps on the quay');
      await page.getByRole('button', { name: w('setup.create') }).click();
      await page.getByText(w('setup.fingerprint')).waitFor();
    },
  },
  {
    name: 'set-up, done',
    act: async (page, w) => {
      await page.getByRole('button', { name: w('common.continue') }).click();
      await page.getByText(w('setup.next.people')).waitFor();
    },
  },
];

function byLabel(page: Page, text: string) {
  return page.getByLabel(text, { exact: true });
}

/** By the menu, so that nothing of the page is lost. */
export async function switchLanguage(page: Page, from: Language, to: Language): Promise<void> {
  const w = wordsIn(from);
  const menu = page
    .getByRole('button', { name: w('menu.preferences') })
    .or(page.getByRole('button', { name: w('menu.account') }));
  await menu.click();
  await page.getByRole('menuitemradio', { name: to === 'en' ? 'English' : '简体中文' }).click();
  await page.keyboard.press('Escape');
  await page.getByRole('menu').waitFor({ state: 'hidden' });
}
