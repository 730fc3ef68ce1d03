/** A whole session without a mouse, in both languages: every control is reached by Tab and used by key (J2, WCAG 2.1.1). */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Browser, Locator, Page } from 'playwright-core';
import { WORDS } from '../helper/consent/page/words.ts';
import { fill } from '../protocol/consent-text.ts';
import { en, type MessageKey } from '../ui/src/i18n/en.ts';
import { zhCN } from '../ui/src/i18n/zh-CN.ts';
import { Desktop } from './desktop.ts';
import { AGENT, EMPLOYEE } from './people.ts';
import { eventually } from './processes.ts';
import { Product, newPerson, openBrowser } from './product.ts';
import { dismiss, openOffice, type Office } from './session.ts';
import { pictureSize } from './viewer.ts';

const HELPER = fileURLToPath(new URL('../helper/main.ts', import.meta.url));
const LANGUAGES = [
  { language: 'en', locale: 'en-GB', catalogue: en },
  { language: 'zh-CN', locale: 'zh-CN', catalogue: zhCN },
] as const;

/** Presses Tab until the control has the focus, as somebody without a mouse would. */
async function reach(page: Page, control: Locator): Promise<void> {
  await control.first().waitFor({ state: 'attached' });
  for (let presses = 0; presses < 80; presses++) {
    if (await control.first().evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`not reached by Tab: ${String(control)}`);
}

async function press(page: Page, control: Locator, key = 'Enter'): Promise<void> {
  await reach(page, control);
  await page.keyboard.press(key);
}

/** Moves through a group of radio buttons with the arrow until the wanted one is chosen. */
async function choose(page: Page, wanted: Locator): Promise<void> {
  const group = page.getByRole('radio');
  await group.first().waitFor({ state: 'attached' });
  for (let presses = 0; presses < 80; presses++) {
    const isThere = await page.evaluate(() => document.activeElement?.matches('input[type=radio]') ?? false);
    if (isThere) break;
    await page.keyboard.press('Tab');
  }
  await page.keyboard.press('Space');
  for (let presses = 0; presses < 12; presses++) {
    if (await wanted.isChecked()) return;
    await page.keyboard.press('ArrowDown');
  }
  throw new Error(`not chosen by arrow keys: ${String(wanted)}`);
}

describe('without a mouse', { timeout: 300_000 }, () => {
  let product: Product;
  let browser: Browser;
  let office: Office;

  before(async () => {
    [product, browser] = await Promise.all([Product.start(), openBrowser()]);
    office = await openOffice(product);
  });
  after(async () => {
    await office.close();
    await browser.close();
    await product.stop();
  });

  for (const { language, locale, catalogue } of LANGUAGES) {
    test(`a session from the question to Stop, by keyboard alone (${language})`, async () => {
      const say = (key: MessageKey, values: Record<string, string> = {}): string => {
        const text = catalogue[key];
        assert.equal(typeof text, 'string', key);
        return fill(String(text), values);
      };
      const signIn = async (page: Page, who: { employeeNumber: string; password: string }): Promise<void> => {
        await page.goto(`${product.url}/sign-in`);
        await reach(page, page.getByLabel(say('sign-in.number')));
        await page.keyboard.type(who.employeeNumber);
        await reach(page, page.getByLabel(say('sign-in.password'), { exact: true }));
        await page.keyboard.type(who.password);
        await page.keyboard.press('Enter');
        await page.waitForURL((url) => url.pathname !== '/sign-in');
        // The account remembers the language of its first page; this is what the account menu does.
        const headers = { origin: product.url };
        await page.request.put(`${product.url}/api/me/language`, { data: { language }, headers });
      };
      const [employee, agent, desktop] = await Promise.all([
        newPerson(browser, { locale }),
        newPerson(browser, { locale }),
        Desktop.open(),
      ]);
      try {
        const symptom = `Blank pages (${language})`;
        await signIn(employee.page, EMPLOYEE);
        await employee.page.goto(`${product.url}/ask`);
        await choose(employee.page, employee.page.getByRole('radio').nth(1));
        await reach(employee.page, employee.page.getByLabel(say('ask.symptom')));
        await employee.page.keyboard.type(symptom);
        await press(employee.page, employee.page.getByRole('button', { name: say('ask.submit') }));
        await employee.page.waitForURL(/\/requests\/req_/);

        await signIn(agent.page, AGENT);
        await agent.page.goto(`${product.url}/desk`);
        await agent.page.getByText(symptom).first().waitFor();
        await agent.page.keyboard.press('j');
        await agent.page.keyboard.press('Enter');
        await press(agent.page, agent.page.getByRole('button', { name: say('desk.invite') }));
        const dialog = agent.page.getByRole('dialog');
        await reach(agent.page, dialog.getByLabel(say('invite.reason')));
        await agent.page.keyboard.type('To look at the print queue');
        await choose(agent.page, dialog.getByRole('radio', { name: say('invite.control') }));
        await press(agent.page, dialog.getByRole('button', { name: say('invite.submit') }));
        await press(agent.page, dialog.getByRole('button', { name: say('invite.done') }));

        await press(employee.page, employee.page.getByRole('button', { name: say('invitation.accept') }));
        await employee.page.getByText(say('helper-state.waiting')).waitFor();
        const { requests } = await office.employee.get<{ requests: { session: { id: string } }[] }>('/api/requests');
        const session = requests[0]?.session.id ?? '';
        const { token } = await office.employee.post<{ token: string }>(`/api/sessions/${session}/downloads`);

        await press(agent.page, agent.page.getByRole('link', { name: say('desk.open-viewer') }));
        desktop.start('xterm', ['-geometry', '60x16+700+450', '-title', 'work', '-e', 'bash', '--norc']);
        const address = ['--server', `localhost:${product.devicePort}`, '--ca', office.caPrefix, '--token', token];
        const helper = desktop.start(process.execPath, [HELPER, ...address]);
        const consent = await desktop.consentPage();
        const words = WORDS[language];
        const code = await agent.page.getByTestId('match-code').innerText({ timeout: 30_000 });
        await choose(consent, consent.getByRole('radio', { name: code }));
        await press(consent, consent.getByRole('button', { name: words.next }));
        await choose(consent, consent.getByRole('radio', { name: words.modeControl }));
        const begin = consent.getByRole('button', { name: fill(words.startControl, { name: AGENT.name }) });
        const further = consent.getByRole('button', { name: words.next });
        await begin.or(further).waitFor();
        // What is open is shown once more before it can be seen.
        if (await further.isVisible()) await press(consent, further);
        await press(consent, begin);

        await eventually('the picture', async () => (await pictureSize(agent.page)) === '1280x800');
        await eventually('the terminal in front', async () => {
          await desktop.hand('key', 'alt+Tab');
          return (await desktop.query('xdotool', ['getactivewindow', 'getwindowname'])).trim() === 'work';
        });
        await agent.page.waitForTimeout(800);
        await reach(agent.page, agent.page.getByRole('application'));
        await agent.page.keyboard.type('touch by-keyboard', { delay: 15 });
        await agent.page.keyboard.press('Enter');
        await eventually('the file', () => existsSync(join(desktop.home, 'by-keyboard')));
        await agent.page.keyboard.press('Control+Alt+Shift+B');
        await press(agent.page, agent.page.getByRole('button', { name: say('viewer.stop'), exact: true }));
        await agent.page.getByText(say('viewer.ended')).waitFor();
        await employee.page.getByText(say('after.title')).waitFor();
        await dismiss(helper, consent);
        assert.equal(await helper.exited, 0, helper.output());
        assert.deepEqual([...agent.problems, ...employee.problems], []);
        const requestId = /req_[a-z0-9]+/.exec(employee.page.url())?.[0] ?? '';
        await office.employee.post(`/api/requests/${requestId}/cancel`);
      } finally {
        await employee.context.close();
        await agent.context.close();
        await desktop.close();
      }
    });
  }
});
