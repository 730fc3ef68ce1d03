/** Pages that strangers and employees see. */
import { Buffer } from 'node:buffer';
import type { Page } from 'playwright-core';
import {
  EMPLOYEES_WITHOUT_SCENES,
  GUEST_RECEIPT_SCENES,
  RECEIPT_SCENES,
  STRANGERS_WITHOUT_SCENES,
} from './scenes-edition.ts';
import { patch, WRONG_SECRET, type Scene, type World } from './scenes.ts';

const byLabel = (page: Page, text: string) => page.getByLabel(text, { exact: true });

export const STRANGER_SCENES: readonly Scene[] = [
  { name: 'sign-in', path: () => '/sign-in' },
  {
    name: 'sign-in, wrong password',
    path: () => '/sign-in',
    refusals: /api\/sign-in/,
    act: async (page, w) => {
      await byLabel(page, w('sign-in.number')).fill('nobody');
      await byLabel(page, w('sign-in.password')).fill('a wrong password');
      await page.getByRole('button', { name: w('sign-in.submit') }).click();
      await page.getByText(w('error.auth.wrong-credentials')).waitFor();
    },
  },
  {
    name: 'sign-in, language menu',
    path: () => '/sign-in',
    isMenu: true,
    act: async (page, w) => {
      await page.getByRole('button', { name: w('menu.preferences') }).click();
      await page.getByRole('menu').waitFor();
    },
  },
  { name: 'welcome', isLoaded: true, path: ({ welcomeToken }) => `/welcome#${welcomeToken}` },
  {
    name: 'welcome, too short',
    isLoaded: true,
    path: ({ welcomeToken }) => `/welcome#${welcomeToken}`,
    act: async (page, w) => {
      await byLabel(page, w('welcome.password')).fill('short');
      await page.getByRole('button', { name: w('welcome.submit') }).click();
      await page.getByText(w('password.too-short')).waitFor();
    },
  },
  { name: 'welcome, used link', isLoaded: true, path: () => `/welcome#${WRONG_SECRET}`, refusals: /password-links/ },
  { name: 'not found', isLoaded: true, path: () => '/no/such/page', refusals: /no\/such\/page/ },
  { name: 'code', path: () => '/code' },
  {
    name: 'code, incomplete',
    path: () => '/code',
    act: async (page, w) => {
      await byLabel(page, w('code.label')).fill('12345');
      await page.getByRole('button', { name: w('code.submit') }).click();
      await page.getByText(w('code.incomplete')).waitFor();
    },
  },
  {
    name: 'code, wrong',
    path: () => '/code',
    refusals: /invitations\/redeem/,
    act: async (page, w) => {
      await byLabel(page, w('code.label')).fill('123456789');
      await page.getByRole('button', { name: w('code.submit') }).click();
      await page.getByText(w('error.invitation.invalid')).waitFor();
    },
  },
  { name: 'invitation link, used', isLoaded: true, path: () => `/i#${WRONG_SECRET}`, refusals: /invitations\/redeem/ },
  {
    name: 'server unreachable',
    isLoaded: true,
    path: () => '/sign-in',
    refusals: /api\/organisation/,
    prepare: (page) => page.route('**/api/organisation', (route) => route.abort()),
  },
  ...STRANGERS_WITHOUT_SCENES,
];

const GUEST_SCENES_PATH = ({ sessions }: World): string => `/sessions/${sessions.guest}`;

export const GUEST_SCENES: readonly Scene[] = [
  { name: 'guest, invitation', path: GUEST_SCENES_PATH },
  { name: 'guest, page of somebody else', path: () => '/ask' },
  ...GUEST_RECEIPT_SCENES,
];

/** Somebody who has just come: nothing is there yet. */
export const NEWCOMER_SCENES: readonly Scene[] = [
  { name: 'home, nothing yet', path: () => '/' },
  {
    name: 'home, no topics',
    path: () => '/',
    prepare: (page) => page.route('**/api/categories', (route) => route.fulfill({ json: { categories: [] } })),
  },
];

const session =
  (which: keyof World['sessions'], changes: Readonly<Record<string, unknown>>) =>
  async (page: Page, world: World): Promise<void> => {
    const id = world.sessions[which];
    await patch(page, `**/api/sessions/${id}`, changes);
    await page.route(`**/api/requests/${world.requests[which]}`, async (route) => {
      const response = await route.fetch();
      const answer = (await response.json()) as object; // a request, of which only the session is replaced
      await route.fulfill({ response, json: { ...answer, session: { id, state: changes['state'] } } });
    });
  };

const NOW = Date.now();
/** Rights of which each says something else: a part, the whole, one task. */
const LOOK = { capability: 'view', reach: 'limited', purpose: 'session', notAfter: NOW + 6_900_000 } as const;
const OPERATE = { capability: 'input', reach: 'all', purpose: 'session', notAfter: NOW + 6_900_000 } as const;
const FILES = { capability: 'files', reach: 'all', purpose: 'task', notAfter: NOW + 700_000 } as const;
const RUNNING = {
  startedAt: NOW - 245_000,
  deadlineAt: NOW + 6_900_000,
  isDeviceConnected: true,
  isAgentConnected: true,
};
const DOWNLOAD = {
  platform: 'linux-x64',
  url: '/api/sessions/x/helper/linux-x64',
  fileName: `handrail-helper_help.example.org_8444_${'0123456789abcdef'.repeat(2)}_k7m2p9x4t6v8w3z5`,
  bytes: 68_412_336,
  sha256: '3f'.repeat(32),
};

const FOR_WINDOWS = {
  ...DOWNLOAD,
  platform: 'win-x64',
  url: '/api/sessions/x/helper/win-x64',
  fileName: `${DOWNLOAD.fileName}.exe`,
};

const accepted =
  (downloads: readonly object[]) =>
  async (page: Page, { sessions }: World): Promise<void> =>
    patch(page, `**/api/sessions/${sessions.accepted}/downloads`, { downloads });

async function renew(page: Page, label: string): Promise<void> {
  await page.getByRole('button', { name: label }).click();
}

export const EMPLOYEE_SCENES: readonly Scene[] = [
  { name: 'home', path: () => '/' },
  {
    name: 'home, account menu',
    path: () => '/',
    isMenu: true,
    act: async (page, w) => {
      await page.getByRole('button', { name: w('menu.account') }).click();
      await page.getByRole('menu').waitFor();
    },
  },
  {
    name: 'home, server has a problem',
    path: () => '/',
    refusals: /api\/(requests|categories)/,
    prepare: async (page) => {
      const json = { code: 'internal', requestId: 'r-5f1c2a' };
      for (const path of ['**/api/requests', '**/api/categories'])
        await page.route(path, (route) => route.fulfill({ status: 500, json }));
    },
  },
  {
    name: 'home, connection lost',
    isLoaded: true,
    path: () => '/?offline',
    // Such a route stays for the life of the page, so it asks each time.
    prepare: (page) =>
      page.routeWebSocket('**/live', (socket) => {
        if (page.url().endsWith('?offline')) void socket.close();
        else socket.connectToServer();
      }),
    act: (page, w) => page.getByText(w('shell.reconnecting')).first().waitFor(),
  },
  { name: 'ask', path: () => '/ask' },
  { name: 'ask, topic chosen', path: ({ categoryId }) => `/ask?category=${categoryId}` },
  {
    name: 'ask, incomplete',
    path: () => '/ask',
    act: async (page, w) => {
      await page.getByRole('button', { name: w('ask.submit') }).click();
      await page.getByText(w('ask.symptom-missing')).waitFor();
    },
  },
  {
    name: 'ask, with files',
    path: () => '/ask',
    act: async (page, w) => {
      await page.locator('input[type=file]').setInputFiles([
        { name: 'print-log.txt', mimeType: 'text/plain', buffer: Buffer.from('offline') },
        { name: 'setup.exe', mimeType: 'application/octet-stream', buffer: Buffer.from('MZ') },
      ]);
      await page.getByText(w('files.refused.type', { name: 'setup.exe' })).waitFor();
    },
  },
  { name: 'request, waiting', path: ({ requests }) => `/requests/${requests.waiting}` },
  { name: 'request, taken', path: ({ requests }) => `/requests/${requests.taken}` },
  { name: 'request, invited', path: ({ requests }) => `/requests/${requests.invited}` },
  { name: 'request, invited to show only', path: ({ requests }) => `/requests/${requests.viewOnly}` },
  {
    name: 'request, is this really IT',
    path: ({ requests }) => `/requests/${requests.invited}`,
    act: async (page, w) => {
      await page.getByRole('button', { name: w('really-it.title') }).click();
      await page.getByRole('dialog').waitFor();
    },
  },
  { name: 'request, accepted elsewhere', path: ({ requests }) => `/requests/${requests.accepted}` },
  {
    name: 'request, download',
    path: ({ requests }) => `/requests/${requests.accepted}`,
    prepare: accepted([DOWNLOAD]),
    act: async (page, w) => {
      await renew(page, w('share.again'));
      await page.getByText(w('share.step-download')).waitFor();
    },
  },
  {
    name: 'request, download for another system',
    path: ({ requests }) => `/requests/${requests.accepted}`,
    prepare: accepted([DOWNLOAD, FOR_WINDOWS]),
    act: async (page, w) => {
      await renew(page, w('share.again'));
      await page.getByRole('button', { name: 'Windows' }).click();
      await page.getByText(w('share.step-download')).waitFor();
    },
  },
  {
    name: 'request, download for other systems only',
    path: ({ requests }) => `/requests/${requests.accepted}`,
    prepare: accepted([FOR_WINDOWS]),
    act: async (page, w) => {
      await renew(page, w('share.again'));
      await page.getByText(w('share.none-here')).waitFor();
    },
  },
  {
    name: 'request, download missing',
    path: ({ requests }) => `/requests/${requests.accepted}`,
    prepare: accepted([]),
    act: async (page, w) => {
      await page.evaluate(() => sessionStorage.clear());
      await page.reload();
      await renew(page, w('share.again'));
      await page.getByText(w('error.helper.not-packaged')).waitFor();
    },
  },
  {
    name: 'request, helper running',
    path: ({ requests }) => `/requests/${requests.accepted}`,
    prepare: session('accepted', { state: 'connecting', isDeviceConnected: true }),
  },
  {
    name: 'request, being looked at',
    path: ({ requests }) => `/requests/${requests.accepted}`,
    prepare: session('accepted', { ...RUNNING, state: 'active', grantedMode: 'view', rights: [LOOK] }),
  },
  {
    name: 'request, being operated',
    path: ({ requests }) => `/requests/${requests.accepted}`,
    prepare: session('accepted', {
      ...RUNNING,
      state: 'active',
      grantedMode: 'control',
      rights: [LOOK, OPERATE, FILES],
    }),
  },
  {
    name: 'request, paused',
    path: ({ requests }) => `/requests/${requests.accepted}`,
    prepare: session('accepted', { ...RUNNING, state: 'paused', pauseReason: 'network' }),
  },
  {
    name: 'request, shared and ended',
    path: ({ requests }) => `/requests/${requests.ended}`,
    prepare: (page, world) =>
      session('ended', {
        state: 'ended',
        startedAt: NOW - 245_000,
        endedAt: NOW - 5000,
        endReason: 'sharer-stopped',
        figures: { bytes: 18_400_112, pictureFrames: 1204, inputFrames: 388 },
      })(page, world),
  },
  { name: 'request, ended before sharing', path: ({ requests }) => `/requests/${requests.ended}` },
  { name: 'request, solved', path: ({ requests }) => `/requests/${requests.solved}` },
  { name: 'request, withdrawn', path: ({ requests }) => `/requests/${requests.cancelled}` },
  { name: 'session, invited', path: ({ sessions }) => `/sessions/${sessions.invited}` },
  {
    name: 'session, being operated',
    path: ({ sessions }) => `/sessions/${sessions.accepted}`,
    prepare: session('accepted', {
      ...RUNNING,
      state: 'active',
      grantedMode: 'control',
      rights: [LOOK, OPERATE, FILES],
    }),
  },
  { name: 'session, ended', path: ({ sessions }) => `/sessions/${sessions.ended}` },
  { name: 'session of somebody else', path: () => `/sessions/ses_${'a'.repeat(26)}`, refusals: /api\/sessions/ },
  ...RECEIPT_SCENES,
  ...EMPLOYEES_WITHOUT_SCENES,
];
