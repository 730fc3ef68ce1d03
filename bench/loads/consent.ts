/**
 * How fast a no is: an agent who never stops sending input, and a sharer who takes the right back or is asked a question,
 * with the real helper on a real desktop. What was applied is what the display server reports.
 */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { Desktop } from '../../e2e/desktop.ts';
import { AgentPeer } from '../../e2e/hostile/agent.peer.ts';
import { AGENT } from '../../e2e/people.ts';
import { eventually } from '../../e2e/processes.ts';
import { Product } from '../../e2e/product.ts';
import { answerQuestion, openOffice, sendInvitation, startHelper } from '../../e2e/session.ts';
import type { Series } from '../rows.ts';
import { AppliedInput, BusyAgent } from './busy-agent.ts';
import type { Load, LoadEffort } from './load.ts';
import { measureMasks } from './mask-cost.ts';

/** What the helper waits before it takes an answer, and between two questions; a little more. */
const ANSWER_AFTER_MS = 600;
const ASK_AGAIN_AFTER_MS = 3100;

interface Scene {
  agent: BusyAgent;
  applied: AppliedInput;
  sharer: Page;
}

export const consent: Load = {
  name: 'consent',
  measure: async (effort) => {
    const masks = await measureMasks(effort.maskedFrames);
    const folder = await mkdtemp(join(tmpdir(), 'handrail-load-'));
    const [product, desktop] = await Promise.all([Product.start(join(folder, 'data')), Desktop.open()]);
    try {
      return [...(await measureOn(product, desktop, effort)), ...masks];
    } finally {
      await Promise.all([desktop.close(), product.stop()]);
      await rm(folder, { recursive: true, force: true });
    }
  },
};

async function measureOn(product: Product, desktop: Desktop, effort: LoadEffort): Promise<Series[]> {
  const office = await openOffice(product);
  const peer = await AgentPeer.signIn(product, AGENT);
  const { sessionId } = await sendInvitation(office, peer.http);
  const { token } = await office.employee.post<{ token: string }>(`/api/sessions/${sessionId}/accept`);
  const stream = await peer.join(sessionId);
  startHelper(office, desktop, token);
  try {
    const code = await stream.agree();
    const sharer = await desktop.consentPage();
    await answerQuestion(sharer, code, 'control');
    await stream.takeKeys();
    const scene = { agent: new BusyAgent(stream), applied: await AppliedInput.watch(desktop), sharer };
    const revoked = await measureRevocations(scene, effort.revocations);
    const freeze = await measureQuestions(scene, effort.questions);
    return [...revoked, { metric: 'freeze', unit: 'ms', samples: freeze }];
  } finally {
    stream.drop();
    await peer.http.close();
    await office.close();
  }
}

/** From the click on Take back to the last input that was applied, and to the first one that the relay refused. */
async function measureRevocations({ agent, applied, sharer }: Scene, count: number): Promise<Series[]> {
  const atDevice: number[] = [];
  const atRelay: number[] = [];
  for (let turn = 0; turn < count; turn += 1) {
    await agent.start();
    await eventually('applied input', () => applied.countSinceReset() > 20);
    const clickedAt = await clickOn(sharer, '#take-back-input');
    await agent.losesInput();
    const firstRefusedAt = await agent.stop();
    atDevice.push(applied.lastAt - clickedAt);
    atRelay.push(firstRefusedAt - clickedAt);
    applied.reset();
    await allowInput(sharer);
    await agent.gainsInput();
  }
  return [
    { metric: 'revoke_at_device', unit: 'ms', samples: atDevice },
    { metric: 'revoke_at_relay', unit: 'ms', samples: atRelay },
  ];
}

/** From a question on the sharer's page to the last input that was applied; below zero when that came before. */
async function measureQuestions({ agent, applied, sharer }: Scene, count: number): Promise<number[]> {
  const samples: number[] = [];
  for (let turn = 0; turn < count; turn += 1) {
    applied.reset();
    await agent.start();
    await eventually('applied input', () => applied.countSinceReset() > 20);
    const shown = whenShown(sharer);
    const id = randomBytes(8).toString('hex');
    await agent.say({ type: 'ask', id, capability: 'files', reach: 'all', reason: 'To look at the driver' });
    const shownAt = await shown;
    await agent.keepsSending(ANSWER_AFTER_MS);
    samples.push(applied.lastAt - shownAt);
    await agent.stop();
    await clickOn(sharer, '#decline');
    await agent.keepsQuiet(ASK_AGAIN_AFTER_MS);
  }
  return samples;
}

async function allowInput(sharer: Page): Promise<void> {
  await clickOn(sharer, '#more');
  await clickOn(sharer, '#offer-input');
  await sharer.locator('input[name="reach"][value="all"]').check({ force: true });
  await clickOn(sharer, '#allow');
}

/** Clicks within the page, and says when: a driver's own way there is not the product's. */
async function clickOn(page: Page, selector: string): Promise<number> {
  await page.locator(selector).waitFor();
  return page.evaluate((wanted) => {
    const clickedAt = Date.now();
    document.querySelector<HTMLElement>(wanted)?.click();
    return clickedAt;
  }, selector);
}

/** The moment in which the page has the question, before it is painted. */
async function whenShown(page: Page): Promise<number> {
  return page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        const observer = new MutationObserver(() => {
          if (document.querySelector('[data-step="question"]') === null) return;
          observer.disconnect();
          resolve(Date.now());
        });
        observer.observe(document.body, { childList: true, subtree: true, attributes: true });
      }),
  );
}
