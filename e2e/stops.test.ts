/** Every way of stopping (D3): held keys and buttons are released, nothing more is sent, both sides are told why. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { Desktop } from './desktop.ts';
import { EMPLOYEE } from './people.ts';
import { eventually } from './processes.ts';
import { Product, newPerson, openBrowser, type Person } from './product.ts';
import { dismiss, openOffice, openSession, type Office, type OpenSession } from './session.ts';
import { focusTerminal, heldInput, holdKeyAndButton } from './held-input.ts';
import { pictureSize } from './viewer.ts';

interface Stop {
  by: string;
  /** As the agent reads it. */
  told: RegExp;
  stop: (parts: { session: OpenSession; desktop: Desktop; office: Office; employeePage: Page }) => Promise<void>;
}

const STOPS: Stop[] = [
  {
    by: 'the button in the consent window',
    told: /The sharer stopped it/,
    stop: ({ session }) => session.consentPage.getByRole('button', { name: 'Stop sharing' }).click(),
  },
  {
    by: 'closing the consent window',
    told: /The sharer stopped it/,
    stop: ({ session }) => session.consentPage.close(),
  },
  {
    by: 'the banner',
    told: /The sharer stopped it/,
    stop: ({ desktop }) => desktop.clickByHand(836, 26),
  },
  {
    by: 'the hotkey',
    told: /The sharer stopped it/,
    stop: ({ desktop }) => desktop.hand('key', 'ctrl+alt+shift+q'),
  },
  {
    by: 'the portal page',
    told: /The sharer stopped it/,
    stop: async ({ session, office, employeePage }) => {
      await employeePage.goto(`${office.product.url}/sessions/${session.id}`);
      await employeePage.getByRole('button', { name: 'Stop sharing' }).click();
    },
  },
  {
    by: 'the agent',
    told: /The agent stopped it/,
    // The test's only mouse is holding a button on the picture, so it cannot click.
    stop: ({ session }) => session.agentPage.getByRole('button', { name: 'Stop', exact: true }).dispatchEvent('click'),
  },
  {
    by: 'deactivating the agent',
    told: /The account of the agent was deactivated/,
    stop: async ({ session, office }) => {
      const me = await session.agent.get<{ id: string }>('/api/me');
      await office.admin.post(`/api/people/${me.id}/deactivate`);
    },
  },
];

describe('every Stop stops', { timeout: 400_000 }, () => {
  let product: Product;
  let browser: Browser;
  let office: Office;
  let employee: Person;

  before(async () => {
    [product, browser] = await Promise.all([Product.start(), openBrowser()]);
    office = await openOffice(product);
    employee = await newPerson(browser);
    const { employeeNumber, password } = EMPLOYEE;
    const headers = { origin: product.url };
    await employee.page.request.post(`${product.url}/api/sign-in`, { data: { employeeNumber, password }, headers });
  });

  after(async () => {
    await office.close();
    await browser.close();
    await product.stop();
  });

  for (const { by, told, stop } of STOPS) {
    test(`${by} ends the session, lets go of what was held, and sends nothing more`, async () => {
      const desktop = await Desktop.open();
      const agent = await newPerson(browser);
      try {
        desktop.start('xterm', ['-geometry', '60x16+700+450', '-title', 'work', '-e', 'sleep', '600']);
        const session = await openSession(office, { agentPage: agent.page, desktop, mode: 'control' });
        await eventually('the picture', async () => (await pictureSize(agent.page)) === '1280x800');
        await focusTerminal(agent.page, desktop);
        await holdKeyAndButton(agent.page);
        await eventually('the held key and button', () => heldInput(desktop).then((held) => held.length === 2));

        await stop({ session, desktop, office, employeePage: employee.page });

        await eventually('release of key and button', () => heldInput(desktop).then((held) => held.length === 0), 5000);
        await eventually('the end of the picture', async () => (await pictureSize(agent.page)) === undefined, 5000);
        if (by !== 'deactivating the agent') await agent.page.getByText(told).waitFor();
        const ended = await office.employee.get<{ state: string; figures: object }>(`/api/sessions/${session.id}`);
        assert.equal(ended.state, 'ended');
        await desktop.query('xsetroot', ['-solid', '#123456']);
        await agent.page.waitForTimeout(500);
        const later = await office.employee.get<{ figures: object }>(`/api/sessions/${session.id}`);
        assert.deepEqual(later.figures, ended.figures, 'something was sent after the end');
        await dismiss(session.helper, session.consentPage);
        assert.equal(await session.helper.exited, 0, session.helper.output());
        assert.deepEqual(agent.problems, []);
      } finally {
        await agent.context.close();
        await desktop.close();
      }
    });
  }
});
