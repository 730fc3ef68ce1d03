/**
 * Whatever dies, and whenever (D3, C3): within two seconds no key or button stays pressed, nothing more is sent, the banner
 * says what happened, programs and files of the helper are gone, and the desktop's accessibility is off as before.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser, Page } from 'playwright-core';
import { Desktop } from './desktop.ts';
import { focusTerminal, heldInput, holdKeyAndButton } from './held-input.ts';
import { eventually } from './processes.ts';
import { Product, newPerson, openBrowser, type Person } from './product.ts';
import { consent, openOffice, openQuestion, type Office, type OpenSession } from './session.ts';
import { filesOn, helperPrograms, helperProcesses, isAccessible, type HelperProcesses } from './traces.ts';
import { pictureSize } from './viewer.ts';

/** Two seconds are promised; the rest is for a machine that runs browsers and displays at the same time. */
const LIMIT_MS = 3000;

type Moment = 'asking' | 'live' | 'paused';

interface Scene {
  product: Product;
  office: Office;
  desktop: Desktop;
  agent: Person;
  session: Omit<OpenSession, 'startedAtMs'>;
  pids: HelperProcesses;
}

interface Death {
  of: string;
  moments: readonly Moment[];
  kill: (scene: Scene) => Promise<void> | void;
  /** Settings of the server. */
  env?: Record<string, string>;
  /** What the banner says afterwards, when something had been shared; null where there is no display to say it on. */
  banner: RegExp | null;
  /** Why it ended, for the server; null while it waits for somebody to come back, undefined when it cannot be asked. */
  reason: Partial<Record<Moment, string | null>>;
  /** The agent or the network goes, the helper stays: nothing is held or sent, and files wait for the end. */
  isPause?: true;
  /** The helper itself is hit: its window goes at once. Otherwise a window that asked says why it does not ask any more. */
  isFault?: true;
}

const EVERY_MOMENT: readonly Moment[] = ['asking', 'live', 'paused'];

const DEATHS: Death[] = [
  {
    of: 'the worker, killed',
    isFault: true,
    moments: EVERY_MOMENT,
    kill: ({ pids }) => void process.kill(pids.worker, 'SIGKILL'),
    banner: /^Sharing has ended · The helper stopped by itself/,
    reason: { asking: 'device-failed', live: 'device-failed', paused: 'device-failed' },
  },
  {
    of: 'the worker, hanging',
    isFault: true,
    moments: ['live'],
    kill: ({ pids }) => void process.kill(pids.worker, 'SIGSTOP'),
    banner: /^Sharing has ended · The helper no longer answered/,
    reason: { live: 'device-failed' },
  },
  {
    of: 'the guardian, killed',
    isFault: true,
    moments: EVERY_MOMENT,
    kill: ({ pids }) => void process.kill(pids.guardian, 'SIGKILL'),
    banner: /^Sharing has ended · The helper stopped by itself/,
    reason: { asking: 'device-failed', live: 'device-failed', paused: 'device-failed' },
  },
  {
    of: 'the guardian, hanging',
    isFault: true,
    moments: ['live', 'paused'],
    kill: ({ pids }) => void process.kill(pids.guardian, 'SIGSTOP'),
    banner: /^Sharing has ended · The helper stopped by itself/,
    reason: { live: 'device-failed', paused: 'device-failed' },
  },
  {
    of: 'the server, killed',
    moments: EVERY_MOMENT,
    kill: async ({ product }) => void (await product.stop('SIGKILL')),
    banner: /· paused: no network$/,
    reason: { asking: null, live: null, paused: null },
    isPause: true,
  },
  {
    // To the device a server that stands still is a cable that was pulled: no byte comes, and no farewell.
    of: 'the network, silent',
    moments: EVERY_MOMENT,
    kill: ({ product }) => void process.kill(product.pid, 'SIGSTOP'),
    banner: /· paused: no network$/,
    reason: {},
    isPause: true,
  },
  {
    of: 'the display server',
    isFault: true,
    moments: EVERY_MOMENT,
    kill: ({ desktop }) => desktop.loseDisplay(),
    banner: null,
    reason: { asking: 'device-failed', live: 'device-failed', paused: 'device-failed' },
  },
  {
    of: 'the employee’s account',
    moments: EVERY_MOMENT,
    kill: async ({ office }) => {
      const me = await office.employee.get<{ id: string }>('/api/me');
      await office.admin.post(`/api/people/${me.id}/deactivate`);
    },
    banner: /^Sharing has ended · Your account was deactivated/,
    reason: { asking: 'sharer-deactivated', live: 'sharer-deactivated', paused: 'sharer-deactivated' },
  },
  {
    of: 'the time of the session',
    moments: ['live', 'paused'],
    env: { HANDRAIL_SESSION_LIMIT_S: '12' },
    // It began to count before the scene was reached, pauses included.
    kill: () => sleep(12_000),
    banner: /^Sharing has ended · The time for one session is over/,
    reason: { live: 'time-limit', paused: 'time-limit' },
  },
  {
    of: 'the agent’s page, closed',
    moments: ['asking', 'live'],
    kill: async ({ agent }) => agent.page.close(),
    banner: /· paused: other side away$/,
    reason: { asking: null, live: null },
    isPause: true,
  },
  {
    of: 'the agent’s sign-in, signed out from another page',
    moments: ['asking', 'live'],
    kill: async ({ session }) => void (await session.agent.post('/api/sign-out')),
    banner: /· paused: other side away$/,
    reason: { asking: null, live: null },
    isPause: true,
  },
];

describe('whatever dies', { timeout: 900_000 }, () => {
  let browser: Browser;
  before(async () => {
    browser = await openBrowser();
  });
  after(() => browser.close());

  for (const death of DEATHS) {
    for (const moment of death.moments) {
      test(`${death.of}, while ${moment}: nothing stays held, sent or left`, async () => {
        const options = death.env === undefined ? {} : { env: death.env };
        const [product, desktop] = await Promise.all([
          Product.start(undefined, options),
          Desktop.open({ hasSessionBus: true }),
        ]);
        const agent = await newPerson(browser);
        const office = await openOffice(product);
        try {
          const before = filesOn(desktop);
          assert.equal(await isAccessible(desktop), false);
          const scene = await reach(moment, { product, office, desktop, agent });
          await death.kill(scene);
          await assertStopped(scene, death, moment);
          if (moment === 'asking' && death.isFault !== true && death.isPause !== true) await readWhy(scene);
          if (death.isPause !== true) await assertNothingLeft(scene, before);
          const reason = death.reason[moment];
          if (reason === undefined) return;
          if (product.hasStopped()) await product.run();
          if (death.isPause === true && moment === 'live') await untilPaused(scene);
          await assertEndedFor(scene, reason);
        } finally {
          await agent.context.close();
          await desktop.close();
          await office.close();
          await product.stop('SIGKILL');
        }
      });
    }
  }
});

async function reach(moment: Moment, world: Pick<Scene, 'product' | 'office' | 'desktop' | 'agent'>): Promise<Scene> {
  const { desktop, agent, office } = world;
  desktop.start('xterm', ['-geometry', '60x16+700+450', '-title', 'work', '-e', 'sleep', '600']);
  const session = await openQuestion(office, { agentPage: agent.page, desktop });
  const pids = await helperProcesses(session.helper.child.pid ?? 0);
  if (moment !== 'asking') await goLive(session.consentPage, agent.page, desktop);
  if (moment === 'paused') {
    const page = agent.page;
    agent.page = await agent.context.newPage();
    await page.close();
    await session.consentPage.getByText('Paused').first().waitFor();
  }
  return { ...world, session, pids };
}

async function goLive(consentPage: Page, agentPage: Page, desktop: Desktop): Promise<void> {
  await consent(consentPage, agentPage, 'control');
  await eventually('the picture', async () => (await pictureSize(agentPage)) === '1280x800');
  await focusTerminal(agentPage, desktop);
  await holdKeyAndButton(agentPage);
  await eventually('the held key and button', async () => (await heldInput(desktop)).length === 2);
}

async function assertStopped({ desktop }: Scene, { banner }: Death, moment: Moment): Promise<void> {
  if (banner === null) return;
  const startedAt = Date.now();
  const left = (): number => Math.max(1, LIMIT_MS - (Date.now() - startedAt));
  await eventually('release of key and button', async () => (await heldInput(desktop)).length === 0, left());
  if (moment === 'asking') return;
  await eventually(`a banner like ${banner.source}`, async () => banner.test((await desktop.banner()) ?? ''), left());
}

async function readWhy({ session }: Scene): Promise<void> {
  await session.consentPage.getByText('Sharing has ended').first().waitFor({ timeout: LIMIT_MS });
  await session.consentPage.close();
}

/** Files at once; programs when the person has read how it ended. Programs of the person's report no more than before. */
async function assertNothingLeft({ desktop, session }: Scene, before: string[]): Promise<void> {
  const more = (): string[] => filesOn(desktop).filter((file) => !before.includes(file));
  await eventually('the end of the files', () => more().length === 0, LIMIT_MS).catch((cause: unknown) => {
    throw new Error(`left: ${more().slice(0, 10).join(', ')}; ${session.helper.output()}`, { cause });
  });
  await eventually('the end of the programs', () => helperPrograms(desktop).length === 0, 12_000);
  await eventually('the end of accessibility', async () => !(await isAccessible(desktop)), LIMIT_MS);
  assert.deepEqual(more(), []);
}

async function untilPaused(scene: Scene): Promise<void> {
  await eventually('the pause for the server', async () => (await readSession(scene)).state === 'paused', LIMIT_MS);
  // What was sent until then is in the figures after two seconds.
  await sleep(2500);
}

/** `null`: it waits for somebody to come back. */
async function assertEndedFor(scene: Scene, reason: string | null): Promise<void> {
  const ended = await eventually('the end for the server', async () => {
    const session = await readSession(scene);
    return session.endReason === reason && session;
  });
  await scene.desktop.query('xsetroot', ['-solid', '#123456']).catch(() => undefined);
  await sleep(500);
  assert.deepEqual((await readSession(scene)).figures, ended.figures, 'something was sent after the end');
}

interface SessionSeen {
  state: string;
  endReason: string | null;
  figures: object;
}

/** By whichever side may still ask. */
async function readSession({ office, session }: Scene): Promise<SessionSeen> {
  const path = `/api/sessions/${session.id}`;
  return office.employee.get<SessionSeen>(path).catch(() => session.agent.get<SessionSeen>(path));
}
