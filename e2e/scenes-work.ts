/** Pages of the desk, the viewer and the console. */
import type { Page } from 'playwright-core';
import type { Status } from '../protocol/api/status.ts';
import { AGENTS_WITHOUT_SCENES, SETTINGS_SCENES } from './scenes-edition.ts';
import { IMPORT_SCENES, QUEUE_SCENES, REPLY_SCENES, STEERING_SCENES } from './scenes-queues.ts';
import { VIEWER_SCENES } from './scenes-viewer.ts';
import { patch, type Scene, type Words, type World } from './scenes.ts';

const REASON = 'Printer queue / 打印队列';

async function openInvite(page: Page, w: Words): Promise<void> {
  await page.getByRole('button', { name: w('desk.invite') }).click();
  await page.getByRole('dialog').waitFor();
}

async function openPalette(page: Page): Promise<void> {
  await page.keyboard.press('Control+k');
  await page.getByRole('dialog').waitFor();
}

const EMPTY_QUEUE = { waiting: [], mine: [], others: [], closed: [] };

export const DESK_SCENES: readonly Scene[] = [
  { name: 'desk, nothing chosen', path: () => '/desk' },
  { name: 'desk, empty', path: () => '/desk', prepare: (page) => patch(page, '**/api/queue', EMPTY_QUEUE) },
  { name: 'desk, waiting request', path: ({ requests }) => `/desk/requests/${requests.waiting}` },
  { name: 'desk, my request', path: ({ requests }) => `/desk/requests/${requests.taken}` },
  { name: 'desk, request of another agent', path: ({ requests }) => `/desk/requests/${requests.others}` },
  { name: 'desk, invited', path: ({ requests }) => `/desk/requests/${requests.invited}` },
  { name: 'desk, accepted', path: ({ requests }) => `/desk/requests/${requests.accepted}` },
  { name: 'desk, ended', path: ({ requests }) => `/desk/requests/${requests.ended}` },
  { name: 'desk, solved', path: ({ requests }) => `/desk/requests/${requests.solved}` },
  {
    name: 'desk, commands',
    path: ({ requests }) => `/desk/requests/${requests.taken}`,
    act: openPalette,
  },
  {
    name: 'desk, commands, nothing found',
    path: ({ requests }) => `/desk/requests/${requests.taken}`,
    act: async (page, w) => {
      await openPalette(page);
      await page.keyboard.type('zzzzzz');
      await page.getByText(w('palette.empty')).waitFor();
    },
  },
  { name: 'desk, inviting', path: ({ requests }) => `/desk/requests/${requests.taken}`, act: openInvite },
  {
    name: 'desk, inviting without a reason',
    path: ({ requests }) => `/desk/requests/${requests.taken}`,
    act: async (page, w) => {
      await openInvite(page, w);
      await page.getByRole('button', { name: w('invite.submit') }).click();
      await page.getByText(w('invite.reason-missing')).waitFor();
    },
  },
  {
    name: 'desk, invitation sent',
    path: ({ requests, language }) =>
      `/desk/requests/${language === 'en' ? requests.inviteInEnglish : requests.inviteInChinese}`,
    act: async (page, w) => {
      await openInvite(page, w);
      await page.getByLabel(w('invite.reason'), { exact: true }).fill(REASON);
      await page.getByRole('button', { name: w('invite.submit') }).click();
      await page.getByText(w('invite.code'), { exact: true }).waitFor();
    },
  },
  ...AGENTS_WITHOUT_SCENES,
  ...STEERING_SCENES,
  ...REPLY_SCENES,
  {
    name: 'viewer, waiting',
    path: ({ sessions }) => `/desk/session/${sessions.accepted}`,
    act: async (page, w) => {
      await page.getByText(w('viewer.waiting-text')).waitFor();
    },
  },
  {
    name: 'viewer, ended before sharing',
    path: ({ sessions }) => `/desk/session/${sessions.ended}`,
    act: async (page, w) => {
      await page.getByText(w('viewer.ended-never')).waitFor();
    },
  },
  {
    name: 'viewer, ended',
    path: ({ sessions }) => `/desk/session/${sessions.ended}`,
    prepare: (page, { sessions }) =>
      patch(page, `**/api/sessions/${sessions.ended}`, {
        startedAt: Date.now() - 245_000,
        endedAt: Date.now() - 5000,
        endReason: 'sharer-stopped',
        figures: { bytes: 18_400_112, pictureFrames: 1204, inputFrames: 388 },
      }),
    act: async (page, w) => {
      await page.getByText(w('viewer.ended-text')).waitFor();
    },
  },
  {
    name: 'viewer, no such session',
    path: () => `/desk/session/ses_${'a'.repeat(26)}`,
    refusals: /api\/sessions/,
    act: async (page, w) => {
      await page.getByText(w('viewer.failed.load')).waitFor();
    },
  },
  ...VIEWER_SCENES,
];

/** For an agent whose browser has no certificate yet. */
export const UNCERTIFIED_SCENES: readonly Scene[] = [
  {
    name: 'desk, no certificate',
    path: () => '/desk',
    refusals: /api\/identity/,
    prepare: async (page) => {
      const json = { code: 'identity.challenge-invalid', requestId: 'r-5f1c2a' };
      await page.route('**/api/identity/challenge', (route) => route.fulfill({ status: 403, json }));
    },
    act: (page, w) => page.getByText(w('desk.identity-failed')).waitFor(),
  },
];

const drawer = async (page: Page): Promise<void> => page.getByRole('dialog').waitFor();

/** Everything an operator can be warned of, and sessions in full swing. */
function troubledStatus({ sessions }: World): Partial<Status> {
  const now = Date.now();
  const agent = {
    id: `per_${'a'.repeat(26)}`,
    name: '李伟',
    employeeNumber: 'A1002',
    department: '信息技术部 IT',
    hasPhoto: true,
  };
  const sharer = {
    ...agent,
    id: `per_${'b'.repeat(26)}`,
    name: 'Maria Keller',
    employeeNumber: 'E2001',
    hasPhoto: false,
  };
  const session = {
    stateSince: now - 754_000,
    agent,
    sharer,
    isGuest: false,
    grantedMode: 'control',
    path: 'relay',
    isAgentConnected: true,
    isDeviceConnected: true,
    bytes: 48_211_004,
    bytesPerS: 412_345,
    framesPerS: 27.4,
  } as const;
  return {
    warnings: [
      { code: 'disk-full', freeBytes: 180_000_000 },
      { code: 'certificate-ended', kind: 'portal', at: now - 86_400_000 },
      { code: 'certificate-ends', kind: 'server', at: now + 5 * 86_400_000 },
      { code: 'certificate-ends', kind: 'authority', at: now + 120 * 86_400_000 },
      { code: 'certificate-ends', kind: 'checkpoint', at: now + 20 * 86_400_000 },
      { code: 'backup-old', at: now - 12 * 86_400_000 },
      { code: 'checkpoint-late', at: null },
      { code: 'helper-missing' },
      { code: 'metrics-unavailable', port: 9464 },
    ],
    storage: {
      directory: '/srv/handrail/data',
      databaseBytes: 412_000_000,
      attachmentBytes: 8_300_000_000,
      backupBytes: 2_100_000_000,
      otherBytes: 40_000,
      freeBytes: 180_000_000,
      totalBytes: 42_000_000_000,
    },
    sessions: [
      { id: sessions.invited, state: 'active', ...session },
      { id: sessions.accepted, state: 'paused', ...session, isGuest: true, bytesPerS: null, framesPerS: null },
      { id: sessions.guest, state: 'invited', ...session, path: null, bytes: 0, bytesPerS: null, framesPerS: null },
    ],
    relay: {
      bytes: 61_204_331_002,
      chunks: 4_018_221,
      pictureFrames: 1_204_220,
      inputFrames: 88_120,
      refusals: [
        { reason: 'no-grant', count: 12 },
        { reason: 'not-permitted', count: 3 },
      ],
    },
    helpers: [],
    backup: { at: now - 12 * 86_400_000, bytes: 9_100_000_000, isEncrypted: true },
  };
}

export const CONSOLE_SCENES: readonly Scene[] = [
  { name: 'people', path: () => '/console/people' },
  { name: 'people, nobody found', path: () => '/console/people?q=zzzzzz' },
  { name: 'people, filtered', path: () => '/console/people?role=employee&state=no-password&sort=number&order=desc' },
  {
    name: 'people, a page of many',
    path: () => '/console/people?page=2',
    prepare: (page) =>
      page.route('**/api/people?*', async (route) => {
        const url = route.request().url().replace('page=2', 'page=1');
        const response = await route.fetch({ url });
        await route.fulfill({ response, json: { ...((await response.json()) as object), total: 1234 } });
      }),
  },
  { name: 'people, adding', path: () => '/console/people/new', act: drawer },
  {
    name: 'people, adding without anything',
    path: () => '/console/people/new',
    act: async (page, w) => {
      await page
        .getByRole('dialog')
        .getByRole('button', { name: w('people.add') })
        .click();
      await page.getByText(w('people.number-wrong')).waitFor();
    },
  },
  {
    name: 'people, added',
    path: () => '/console/people/new',
    act: async (page, w, { language, departmentId }) => {
      const dialog = page.getByRole('dialog');
      await dialog.getByLabel(w('people.name'), { exact: true }).fill('Jonas Weber');
      await dialog.getByLabel(w('sign-in.number')).fill(language === 'en' ? 'E9001' : 'E9002');
      await dialog.getByLabel(w('card.department'), { exact: true }).selectOption(departmentId);
      await dialog.getByRole('button', { name: w('people.add') }).click();
      await dialog.getByText(w('people.link'), { exact: true }).waitFor();
    },
  },
  { name: 'person', path: ({ people }) => `/console/people/${people.employee}`, act: drawer },
  {
    name: 'person, without a password',
    path: ({ people }) => `/console/people/${people.withoutPassword}`,
    act: async (page, w) => {
      await page.getByRole('button', { name: w('people.issue-link') }).click();
      await page.getByText(w('people.link'), { exact: true }).waitFor();
    },
  },
  { name: 'person, locked out', path: ({ people }) => `/console/people/${people.inactive}`, act: drawer },
  { name: 'departments', path: () => '/console/departments' },
  { name: 'departments, adding', path: () => '/console/departments/new', act: drawer },
  {
    name: 'department, name taken',
    path: () => '/console/departments/new',
    refusals: /api\/departments/,
    act: async (page, w) => {
      await page.getByRole('dialog').getByRole('textbox').fill('信息技术部 IT');
      await page.keyboard.press('Enter');
      await page.getByText(w('error.department.name-taken')).waitFor();
    },
  },
  { name: 'department', path: ({ departmentId }) => `/console/departments/${departmentId}`, act: drawer },
  {
    name: 'department, empty',
    path: ({ emptyDepartmentId }) => `/console/departments/${emptyDepartmentId}`,
    act: async (page, w) => page.getByRole('button', { name: w('departments.remove') }).waitFor(),
  },
  { name: 'categories', path: () => '/console/categories' },
  { name: 'categories, adding', path: () => '/console/categories/new', act: drawer },
  { name: 'category', path: ({ categoryId }) => `/console/categories/${categoryId}`, act: drawer },
  ...QUEUE_SCENES,
  ...IMPORT_SCENES,
  ...SETTINGS_SCENES,
  { name: 'status', path: () => '/console/status' },
  {
    name: 'status, much to do',
    path: () => '/console/status',
    prepare: (page, world) => patch(page, '**/api/status', troubledStatus(world)),
    act: async (page, w) => {
      await page.getByText(w('status.warning.helper-missing')).waitFor();
    },
  },
  {
    name: 'status, not to be had',
    path: () => '/console/status',
    refusals: /api\/status/,
    prepare: (page) =>
      page.route('**/api/status', (route) =>
        route.fulfill({ status: 500, json: { code: 'internal', requestId: 'r-5f1c2a' } }),
      ),
    act: (page, w) => page.getByText(w('error.internal')).waitFor(),
  },
  { name: 'audit', path: () => '/console/audit' },
  { name: 'audit, filtered', path: () => '/console/audit?action=invitation%2Fsent&outcome=success&from=2020-01-01' },
  { name: 'audit, nothing found', path: () => '/console/audit?q=zzzzzz' },
  { name: 'audit entry', path: () => '/console/audit/12', act: drawer },
  {
    name: 'audit entry of an invitation',
    path: () => '/console/audit?action=invitation%2Fsent',
    act: async (page, w) => {
      await page
        .getByRole('link', { name: w('audit.invitation/sent') })
        .first()
        .click();
      await drawer(page);
    },
  },
  { name: 'desk, for somebody who is no agent', path: () => '/desk' },
];
