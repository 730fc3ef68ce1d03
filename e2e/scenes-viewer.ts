/** The agent's page in the states of a live session, brought about by a scripted device. */
import type { Page } from 'playwright-core';
import { PAUSE_REASONS, type PauseReason } from '../protocol/lifecycle.ts';
import type { FillRegion } from '../protocol/picture.ts';
import type { ControlFromDevice } from '../protocol/stream.ts';
import { eventually } from './processes.ts';
import type { Scene, Words, World } from './scenes.ts';
import { ScriptedDevice } from './scripted-device.ts';
import { pictureSize } from './viewer.ts';

type Grants = Extract<ControlFromDevice, { type: 'grants' }>;
type Right = Grants['rights'][number];

const MINUTE_MS = 60_000;
const SCREEN = { width: 1280, height: 800 };

type Place = readonly [x: number, y: number, width: number, height: number];

const fill = (colour: number, [x, y, width, height]: Place): FillRegion => ({
  kind: 'fill',
  rect: { x, y, width, height },
  colour,
});

/** A plain desktop: a panel, a large window, a dialog over it, a file manager behind. */
const DESKTOP: readonly FillRegion[] = [
  fill(0x2f4a5f, [0, 0, 1280, 800]),
  fill(0x1d2a36, [0, 0, 1280, 32]),
  fill(0xf5f6f8, [90, 80, 720, 560]),
  fill(0xd9dde3, [90, 80, 720, 30]),
  fill(0xe9eef5, [850, 120, 380, 300]),
  fill(0xc8d2de, [850, 120, 380, 30]),
  fill(0xffffff, [260, 240, 380, 220]),
  fill(0x3c66b3, [260, 240, 380, 30]),
  fill(0xdfe3e8, [290, 340, 320, 32]),
  fill(0x2f55d4, [520, 410, 100, 32]),
];

export function grants(rights: Partial<Record<string, Partial<Right>>>, askable: Grants['askable'] = ALL): Grants {
  const base = {
    tag: '00000000000000a1',
    reach: 'all',
    purpose: 'session',
    notAfter: Date.now() + 80 * MINUTE_MS,
  } as const;
  const held = Object.entries({ view: {}, ...rights });
  return {
    type: 'grants',
    rights: held.map(([capability, changes]) => ({ capability, ...base, ...changes })),
    askable,
  };
}

const ALL: Grants['askable'] = [
  { capability: 'input', reach: 'limited' },
  { capability: 'input', reach: 'all' },
  { capability: 'files', reach: 'all' },
];

export const LIMITED_SCENE: ControlFromDevice = {
  type: 'scene',
  hidden: [
    { x: 0, y: 0, width: 1280, height: 80, why: 'not-shared' },
    { x: 0, y: 80, width: 90, height: 720, why: 'not-shared' },
    { x: 90, y: 640, width: 1190, height: 160, why: 'not-shared' },
    { x: 810, y: 80, width: 470, height: 40, why: 'not-shared' },
    { x: 810, y: 120, width: 40, height: 520, why: 'not-shared' },
    { x: 850, y: 420, width: 430, height: 220, why: 'not-shared' },
    { x: 1230, y: 120, width: 50, height: 300, why: 'not-shared' },
    { x: 850, y: 120, width: 380, height: 300, why: 'files' },
  ],
  operable: [
    { x: 90, y: 80, width: 720, height: 160 },
    { x: 90, y: 240, width: 170, height: 400 },
    { x: 640, y: 240, width: 170, height: 400 },
    { x: 260, y: 460, width: 380, height: 180 },
    { x: 260, y: 240, width: 380, height: 220 },
  ],
};

/** From nothing to a picture: agreed, active, granted, painted. */
export async function goLive(
  stage: ScriptedDevice,
  page: Page,
  { rights = grants({}), endsAt = Date.now() + 83 * MINUTE_MS }: { rights?: Grants; endsAt?: number } = {},
): Promise<void> {
  await stage.join();
  stage.state('active', { grantedMode: 'view', deadlineAt: endsAt });
  await stage.openLink();
  await show(stage, page, rights);
}

/** The first words and the first picture of an epoch. */
export async function show(stage: ScriptedDevice, page: Page, rights: Grants): Promise<void> {
  await stage.say(rights);
  await stage.paint(SCREEN, DESKTOP);
  await eventually('the picture', async () => (await pictureSize(page)) === '1280x800');
}

type Act = (stage: ScriptedDevice, page: Page, w: Words) => Promise<unknown>;

/** A scene on the page of the shared session. */
function scene(name: string, act: Act, session: object = { state: 'connecting' }): Scene {
  let stage: ScriptedDevice;
  return {
    name: `viewer, ${name}`,
    isLoaded: true,
    path: ({ device }) => `/desk/session/${device.sessionId}`,
    prepare: async (page: Page, { device }: World) => {
      stage = await ScriptedDevice.open(page, device, session);
    },
    act: async (page, w) => {
      await act(stage, page, w);
    },
  };
}

const NAME = 'Maria Keller';

async function ask(page: Page, w: Words): Promise<void> {
  await page.keyboard.press('Control+Alt+Shift+A');
  await page.getByRole('dialog').getByLabel(w('viewer.ask.reason')).fill(SAID);
  await page.keyboard.press('Enter');
}
const SAID = 'PRN-3F';

/** The question that was asked last. */
async function asked(stage: ScriptedDevice): Promise<string> {
  return eventually('a question', () => stage.control.findLast((message) => message.type === 'ask')?.id);
}

function answeredScene(state: 'granted' | 'declined' | 'refused' | 'withdrawn'): Scene {
  return scene(`question ${state}`, async (stage, page, w) => {
    await goLive(stage, page);
    await ask(page, w);
    await stage.say({ type: 'question', id: await asked(stage), state });
    await page.getByText(w(`viewer.question.${state}`, { name: NAME })).waitFor();
  });
}

function pausedScene(reason: PauseReason): Scene {
  return scene(`paused, ${reason}`, async (stage, page, w) => {
    await stage.join();
    stage.state('active');
    const deadlineAt = Date.now() + 8 * MINUTE_MS;
    if (reason === 'network') stage.relay({ type: 'device/left' });
    stage.state('paused', { pauseReason: reason, deadlineAt });
    await page.getByText(w(`viewer.paused.${reason}`, { name: NAME })).waitFor();
    if (reason !== 'agent-away') return;
    await stage.join();
    await page.getByText(w('viewer.paused-recognised')).waitFor();
  });
}

export const VIEWER_SCENES: readonly Scene[] = [
  scene('match code', async (stage, page) => {
    await page.evaluate(() => sessionStorage.clear());
    const code = await stage.join();
    await page.getByText(code).waitFor();
  }),
  scene('view only', (stage, page) => goLive(stage, page)),
  scene('what may be done', async (stage, page, w) => {
    const task = { purpose: 'task', notAfter: Date.now() + 12 * MINUTE_MS } as const;
    await goLive(stage, page, { rights: grants({ input: { reach: 'limited', ...task }, files: task }) });
    await stage.say(LIMITED_SCENE);
    await page.getByRole('button', { name: w('viewer.mode.limited') }).click();
    await page.getByRole('dialog').waitFor();
  }),
  scene('limited', async (stage, page, w) => {
    const input = { reach: 'limited', purpose: 'task', notAfter: Date.now() + 12 * MINUTE_MS } as const;
    await goLive(stage, page, { rights: grants({ view: { reach: 'limited' }, input }) });
    await stage.say(LIMITED_SCENE);
    await page
      .getByText(w('viewer.cover.files'))
      .or(page.getByText(w('viewer.hidden.files')))
      .first()
      .waitFor();
  }),
  scene('everything at once', async (stage, page) => {
    const task = { purpose: 'task', notAfter: Date.now() + 12 * MINUTE_MS } as const;
    const rights = grants({ input: { reach: 'limited', ...task }, files: task });
    await goLive(stage, page, { rights, endsAt: Date.now() + 9.5 * MINUTE_MS });
  }),
  scene('full control', async (stage, page, w) => {
    await goLive(stage, page, { rights: grants({ input: {} }), endsAt: Date.now() + 8.5 * MINUTE_MS });
    await page
      .getByText(w('viewer.left', { left: '' }).trim())
      .first()
      .waitFor();
  }),
  scene('everything allowed, nothing to ask', async (stage, page) => {
    await goLive(stage, page, { rights: grants({ input: {}, files: {} }, []), endsAt: Date.now() + 1.5 * MINUTE_MS });
  }),
  scene('asking', async (stage, page, w) => {
    await goLive(stage, page);
    await page.getByRole('button', { name: w('viewer.ask.input') }).click();
    await page.getByRole('dialog').waitFor();
  }),
  scene('asking without a reason', async (stage, page, w) => {
    await goLive(stage, page);
    await page.getByRole('button', { name: w('viewer.ask.files') }).click();
    await page.getByRole('button', { name: w('viewer.ask.send') }).click();
    await page.getByText(w('viewer.ask.reason-missing')).waitFor();
  }),
  scene('question sent', async (stage, page, w) => {
    await goLive(stage, page);
    await ask(page, w);
    await page.getByText(w('viewer.question.sent', { name: NAME })).waitFor();
  }),
  scene('question shown', async (stage, page, w) => {
    await goLive(stage, page, { rights: grants({ input: { reach: 'limited' } }) });
    await ask(page, w);
    await stage.say({ type: 'question', id: await asked(stage), state: 'shown' }, { type: 'frozen', by: 'question' });
    await page.getByText(w('viewer.question.shown', { name: NAME })).waitFor();
  }),
  answeredScene('granted'),
  answeredScene('declined'),
  answeredScene('refused'),
  answeredScene('withdrawn'),
  scene('screen hidden', async (stage, page, w) => {
    await goLive(stage, page, { rights: grants({ input: {} }) });
    const hidden = [{ x: 0, y: 0, ...SCREEN, why: 'hide-now' } as const];
    await stage.say({ type: 'frozen', by: 'hide-now' }, { type: 'scene', hidden, operable: null });
    await page.getByText(w('viewer.frozen.hide-now', { name: NAME })).waitFor();
  }),
  scene('a question of the system', async (stage, page, w) => {
    await goLive(stage, page, { rights: grants({ input: {} }) });
    const hidden = [{ x: 0, y: 0, ...SCREEN, why: 'elevation' } as const];
    await stage.say({ type: 'frozen', by: 'secure-desktop' }, { type: 'scene', hidden, operable: null });
    await page.getByText(w('viewer.frozen.secure-desktop', { name: NAME })).waitFor();
  }),
  scene('every kind of cover', async (stage, page, w) => {
    await goLive(stage, page, { rights: grants({ input: {} }) });
    const hidden = [
      { x: 290, y: 340, width: 320, height: 32, why: 'password' },
      { x: 850, y: 120, width: 380, height: 300, why: 'files' },
      { x: 860, y: 460, width: 240, height: 140, why: 'application' },
      { x: 20, y: 660, width: 300, height: 120, why: 'elevation' },
      { x: 380, y: 660, width: 200, height: 110, why: 'sharer' },
      { x: 620, y: 660, width: 180, height: 120, why: 'consent' },
      { x: 1130, y: 460, width: 100, height: 40, why: 'application' },
      { x: 20, y: 120, width: 50, height: 30, why: 'sharer' },
      { x: 20, y: 180, width: 50, height: 8, why: 'sharer' },
    ] as const;
    await stage.say({ type: 'scene', hidden: [...hidden], operable: null });
    await page.getByText(w('viewer.notice.password', { name: NAME })).waitFor();
  }),
  scene('an administrator’s program', async (stage, page, w) => {
    await goLive(stage, page, { rights: grants({ input: {} }) });
    await stage.say({ type: 'input-refused', reason: 'elevated' });
    await page.getByText(w('viewer.notice.elevated', { name: NAME })).waitFor();
  }),
  scene('an administrator’s program that may be asked for', async (stage, page, w) => {
    await goLive(stage, page, { rights: grants({ input: {} }, [{ capability: 'elevated', reach: 'all' }]) });
    await stage.say({ type: 'input-refused', reason: 'elevated' });
    await page
      .getByRole('status')
      .getByRole('button', { name: w('viewer.ask.elevated') })
      .waitFor();
  }),
  scene('administrator’s programs allowed', async (stage, page, w) => {
    await goLive(stage, page, { rights: grants({ input: {}, elevated: {} }) });
    await page.getByRole('button', { name: w('viewer.capability.elevated') }).click();
    await page.getByText(w('viewer.rights')).waitFor();
  }),
  ...PAUSE_REASONS.map(pausedScene),
  scene('paused, in a window that does not know the device', async (stage, page, w) => {
    await page.evaluate(() => sessionStorage.clear());
    await stage.joined();
    stage.state('paused', { pauseReason: 'agent-away', deadlineAt: Date.now() + 8 * MINUTE_MS });
    await page.getByText(w('viewer.paused-resume', { name: NAME })).waitFor();
    await page.getByText(await stage.join()).waitFor();
  }),
];
