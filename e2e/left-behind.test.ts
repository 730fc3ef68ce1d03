/**
 * The helper leaves nothing (C3): what is in home, temporary and runtime folders, browser profiles, autostart and
 * certificate stores, which programs run, and whether they report what they show, is the same before and after; also where
 * programs may not be started from temporary folders. When both of its processes are killed, the next start or the clean-up
 * tool does it.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { Desktop } from './desktop.ts';
import { focusTerminal, heldInput, holdKeyAndButton } from './held-input.ts';
import { downloadCleanUpTool } from './people.ts';
import { eventually, type Running } from './processes.ts';
import { Product, newPerson, openBrowser, type Person } from './product.ts';
import {
  downloadHelper,
  invite,
  offeredFor,
  openOffice,
  openSession,
  signInAgent,
  signInEmployee,
  type Office,
} from './session.ts';
import { filesOn, helperPrograms, helperProcesses, isAccessible } from './traces.ts';
import { pictureSize } from './viewer.ts';

describe('a helper leaves nothing', { timeout: 300_000 }, () => {
  let product: Product;
  let browser: Browser;
  let office: Office;
  let agent: Person;

  before(async () => {
    [product, browser] = await Promise.all([Product.start(), openBrowser()]);
    office = await openOffice(product);
  });
  after(async () => {
    await office.close();
    await browser.close();
    await product.stop();
  });

  for (const isNoexec of [false, true]) {
    test(`after a session${isNoexec ? ', where temporary folders do not allow programs' : ''}`, async () => {
      const desktop = await Desktop.open({ hasSessionBus: true });
      const mounted = isNoexec ? mountNoexec(desktop) : [];
      agent = await newPerson(browser);
      try {
        const before = await everythingOn(desktop);
        const session = await openSession(office, { agentPage: agent.page, desktop, isDownloaded: true });
        await eventually('the picture', async () => (await pictureSize(agent.page)) === '1280x800');
        assert.notDeepEqual(await everythingOn(desktop), before);
        await session.close();
        assert.deepEqual(await everythingOn(desktop), before);
      } finally {
        await agent.context.close();
        await desktop.close();
        for (const folder of mounted) execFileSync('umount', [folder]);
      }
    });
  }

  for (const by of ['the next start of a helper', 'the clean-up tool'] as const) {
    test(`after both of its processes were killed: ${by} finds and removes it, and lets go of held keys`, async () => {
      const desktop = await Desktop.open({ hasSessionBus: true });
      agent = await newPerson(browser);
      try {
        const before = await everythingOn(desktop);
        await killLive(desktop, office, agent.page);
        assert.equal(await isAccessible(desktop), true, 'it is off by itself');
        assert.ok(helperPrograms(desktop).length > 0, 'the browser of the consent window is gone by itself');
        assert.equal((await heldInput(desktop)).length, 2);
        await desktop.expectNextWindow();
        if (by === 'the clean-up tool') await useCleanUpTool(desktop, { browser, product });
        else await startNext(desktop, agent, office);
        assert.deepEqual(await heldInput(desktop), []);
        assert.deepEqual(await everythingOn(desktop), before);
      } finally {
        await agent.context.close();
        await desktop.close();
      }
    });
  }

  test('when it was withdrawn after its download: it says so, and is offered no more', async () => {
    const desktop = await Desktop.open({ hasSessionBus: true });
    agent = await newPerson(browser);
    try {
      const before = await everythingOn(desktop);
      const caller = await signInAgent(product, agent.page);
      const { id, downloads } = await invite(office, caller);
      const offered = offeredFor(desktop, downloads);
      const file = await downloadHelper(office.employee, offered, desktop.downloads);
      await product.restart({ HANDRAIL_HELPER_REVOKED: offered.sha256 });
      const helper = desktop.start(file, []);
      const page = await desktop.consentPage();
      await page.getByText('Your organisation has withdrawn this program.').waitFor();
      await page.getByRole('button', { name: 'Close' }).click();
      await eventually('the end of the helper', () => helper.hasExited());
      assert.deepEqual(await everythingOn(desktop), before);
      assert.equal((await office.employee.get<{ state: string }>(`/api/sessions/${id}`)).state, 'accepted');
      const again = await office.employee.post<{ downloads: { sha256: string }[] }>(`/api/sessions/${id}/downloads`);
      assert.ok(!again.downloads.some(({ sha256 }) => sha256 === offered.sha256));
    } finally {
      await agent.context.close();
      await desktop.close();
    }
  });
});

/** Folders below home, programs of the helper, and whether programs report what they show. */
async function everythingOn(desktop: Desktop): Promise<string[]> {
  const accessible = `accessibility is ${(await isAccessible(desktop)) ? 'on' : 'off'}`;
  return [accessible, ...filesOn(desktop), ...helperPrograms(desktop)];
}

function mountNoexec(desktop: Desktop): string[] {
  const folders = ['tmp', 'run'].map((name) => join(desktop.home, name));
  for (const folder of folders)
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'noexec,nosuid,nodev,size=400m,mode=0700', 'tmpfs', folder]);
  return folders;
}

async function killLive(desktop: Desktop, office: Office, agentPage: Page): Promise<void> {
  const terminal = desktop.start('xterm', ['-geometry', '60x16+700+450', '-title', 'work', '-e', 'sleep', '600']);
  const { helper } = await openSession(office, { agentPage, desktop, isDownloaded: true });
  await eventually('the picture', async () => (await pictureSize(agentPage)) === '1280x800');
  await focusTerminal(agentPage, desktop);
  await holdKeyAndButton(agentPage);
  await eventually('the held key and button', async () => (await heldInput(desktop)).length === 2);
  const { guardian, worker } = await helperProcesses(helper.child.pid ?? 0);
  // At once, so that neither can act for the other.
  process.kill(guardian, 'SIGSTOP');
  process.kill(worker, 'SIGKILL');
  process.kill(guardian, 'SIGKILL');
  await helper.exited;
  await terminal.stop();
}

async function startNext(desktop: Desktop, agent: Person, office: Office): Promise<void> {
  const page = await agent.context.newPage();
  await agent.page.close();
  agent.page = page;
  await endOpenSession(office);
  const session = await openSession(office, { agentPage: page, desktop, isDownloaded: true });
  await eventually('the picture', async () => (await pictureSize(page)) === '1280x800');
  await session.close();
}

/** The killed helper's session waits for it to come back; the employee does not. */
async function endOpenSession({ employee }: Office): Promise<void> {
  const { requests } = await employee.get<{ requests: { id: string; closedAt: number | null }[] }>('/api/requests');
  for (const { id, closedAt } of requests) if (closedAt === null) await employee.post(`/api/requests/${id}/cancel`);
}

/** As the employee does: from the link on their start page to the window that says what was found. */
async function useCleanUpTool(
  desktop: Desktop,
  { browser, product }: { browser: Browser; product: Product },
): Promise<void> {
  const employee = await newPerson(browser);
  await signInEmployee(product, employee.page);
  const file = await downloadCleanUpTool(employee.page, 'Linux', desktop.downloads);
  const tool: Running = desktop.start(file, []);
  const window = await desktop.consentPage();
  await window.getByText('What a helper left is gone').waitFor();
  await window.getByText(/handrail-helper_localhost/).waitFor();
  await window
    .getByText(/handrail-run-/)
    .first()
    .waitFor();
  await window.getByRole('button', { name: 'Close this window' }).click();
  assert.equal(await tool.exited, 0, tool.output());
  assert.match(tool.output(), /removed .*handrail-helper_localhost/);
  assert.equal(existsSync(file), false, 'the tool did not remove itself');
  assert.deepEqual(employee.problems, []);
  await employee.context.close();
}
