/** Remote assistance switched on and off, and the receipt of a session. */
import type { Page, Route } from 'playwright-core';
import type { EditionView } from '../protocol/api/edition.ts';
import type { Receipt, ReceiptGrant } from '../protocol/api/receipt.ts';
import type { Language } from '../protocol/api/shared.ts';
import { CONSENT_TEXT_VERSION, consentSentencesOf } from '../protocol/consent-text.ts';
import { patch, type Scene, type Words, type World } from './scenes.ts';

const NOW = Date.now();
const MINUTE = 60_000;

/** What must not be there. */
async function none(what: string, count: Promise<number>): Promise<void> {
  if ((await count) > 0) throw new Error(`there is ${what} where remote assistance is switched off`);
}

const hash = (byte: string): string => byte.repeat(32);
const entry = (seq: number) => ({ seq, hash: hash('7e') });

/** As a helper in this language showed them. */
function wordsOf(id: string, language: Language): ReceiptGrant['consentText'] {
  const version = CONSENT_TEXT_VERSION;
  const subject = {
    name: 'Li Wei 李伟',
    employeeNumber: 'A1002',
    department: 'IT Support',
    organisation: 'Northern Hospital',
  };
  const sentences = consentSentencesOf({ id, version, language }, subject) ?? null;
  return { id: `${id}/${language}`, version, language, sha256: hash('c0'), sentences };
}

function grant(id: string, more: Partial<ReceiptGrant>): ReceiptGrant {
  return {
    id,
    capability: 'view',
    scope: { reach: 'all' },
    purpose: 'session',
    holder: '',
    grantedAt: NOW - 30 * MINUTE,
    notAfter: NOW + 90 * MINUTE,
    consentText: wordsOf('consent/limited-part', 'zh-CN'),
    stated: null,
    revoked: null,
    entry: entry(1204),
    ...more,
  };
}

const TWO_WINDOWS = { reach: 'limited', windows: 2, applications: 1, rectangles: 0, sha256: hash('5c') } as const;
const PAUSED = { at: NOW - 20 * MINUTE, by: 'server', with: 'pause', entry: entry(1220) } as const;

/** Everything that a receipt can say. */
const FULL: Partial<Receipt> = {
  grants: [
    grant('a', { scope: TWO_WINDOWS, revoked: PAUSED }),
    grant('b', {
      capability: 'input',
      scope: TWO_WINDOWS,
      consentText: wordsOf('consent/right/input-limited-session', 'en'),
      revoked: { at: NOW - 24 * MINUTE, by: 'agent', with: 'alone', entry: entry(1216) },
    }),
    grant('c', {
      grantedAt: NOW - 18 * MINUTE,
      consentText: wordsOf('consent/of-another-server', 'en'),
      entry: entry(1222),
    }),
    grant('d', {
      capability: 'files',
      purpose: 'task',
      grantedAt: NOW - 17 * MINUTE,
      notAfter: NOW - 2 * MINUTE,
      consentText: null,
      stated: 'files-en',
      entry: entry(1225),
    }),
  ],
  declined: [{ at: NOW - 15 * MINUTE, capability: 'input', reach: 'all', entry: entry(1226) }],
  masked: [
    { rule: 'password-field', times: 4, firstAt: NOW - 28 * MINUTE, lastAt: NOW - 16 * MINUTE },
    { rule: 'hr', times: 1, firstAt: NOW - 27 * MINUTE, lastAt: NOW - 27 * MINUTE },
  ],
  pauses: [{ from: NOW - 20 * MINUTE, until: NOW - 18 * MINUTE, reason: 'network', by: 'server', entry: entry(1219) }],
  chain: {
    head: { seq: 1231, hash: hash('9a'), at: NOW - 3000 },
    checkpoint: {
      seq: 1228,
      at: NOW - MINUTE,
      hash: hash('4b'),
      serialNumber: hash('2f').slice(0, 32),
      signature: 'q83vEjRWeJq83vEjRWeJCg/x'.repeat(14),
      certificate: '-----BEGIN CERTIFICATE-----',
    },
  },
  lastEntry: entry(1230),
};

async function showReceipt(page: Page, id: string, { session, ...more }: Partial<Receipt>): Promise<void> {
  await page.route(`**/api/sessions/${id}/receipt`, async (route: Route) => {
    const response = await route.fetch();
    const answer = (await response.json()) as Receipt; // ours
    const grants = (more.grants ?? answer.grants).map((one) => ({ ...one, holder: answer.agent.serialNumber }));
    const json = { ...answer, ...more, grants, session: { ...answer.session, ...session } };
    await route.fulfill({ response, json });
  });
}

const pathOf =
  (which: keyof World['sessions']) =>
  ({ sessions }: World): string =>
    `/receipt/${sessions[which]}`;
const full =
  (which: keyof World['sessions'], session: Partial<Receipt['session']>) =>
  (page: Page, { sessions }: World): Promise<void> =>
    showReceipt(page, sessions[which], { ...FULL, session } as Partial<Receipt>); // the rest of it is the server's

export const RECEIPT_SCENES: readonly Scene[] = [
  { name: 'receipt, nothing allowed yet', path: pathOf('accepted') },
  { name: 'receipt, ended before sharing', path: pathOf('ended') },
  {
    name: 'receipt, during the session',
    path: pathOf('accepted'),
    prepare: full('accepted', { state: 'active', startedAt: NOW - 30 * MINUTE }),
    act: (page, w) => page.getByText(w('receipt.in-force'), { exact: true }).waitFor(),
  },
  {
    name: 'receipt, afterwards',
    path: pathOf('ended'),
    prepare: full('ended', {
      state: 'ended',
      startedAt: NOW - 30 * MINUTE,
      ended: { at: NOW - MINUTE, reason: 'switched-off', by: 'server', entry: entry(1230) },
    }),
  },
  { name: 'receipt of somebody else', path: () => `/receipt/ses_${'a'.repeat(26)}`, refusals: /api\/sessions/ },
];

export const GUEST_RECEIPT_SCENES: readonly Scene[] = [
  { name: 'guest, receipt', path: ({ sessions }) => `/receipt/${sessions.guest}` },
];

const OFF = { isAssistanceAvailable: false };

export const STRANGERS_WITHOUT_SCENES: readonly Scene[] = [
  {
    name: 'sign-in, no remote assistance',
    isLoaded: true,
    path: () => '/sign-in',
    prepare: (page) => patch(page, '**/api/organisation', OFF),
    act: (page, w) => none('a way in by code', page.getByText(w('code.have')).count()),
  },
  {
    name: 'code, no remote assistance',
    isLoaded: true,
    path: () => '/code',
    prepare: (page) => patch(page, '**/api/organisation', OFF),
    act: (page, w) => page.getByText(w('not-found.title')).first().waitFor(),
  },
];

export const EMPLOYEES_WITHOUT_SCENES: readonly Scene[] = [
  {
    name: 'home, no remote assistance',
    isLoaded: true,
    path: () => '/',
    prepare: (page) => patch(page, '**/api/me', OFF),
    act: (page, w) => none('a field for a code', page.getByText(w('code.have')).count()),
  },
  {
    name: 'request, switched off in the middle',
    path: ({ requests }) => `/requests/${requests.ended}`,
    prepare: (page, { sessions }) =>
      patch(page, `**/api/sessions/${sessions.ended}`, {
        state: 'ended',
        startedAt: NOW - 12 * MINUTE,
        endedAt: NOW - MINUTE,
        endReason: 'switched-off',
        figures: { bytes: 18_400_112, pictureFrames: 1204, inputFrames: 388 },
      }),
    act: (page, w) => page.getByText(w('end.switched-off')).waitFor(),
  },
];

export const AGENTS_WITHOUT_SCENES: readonly Scene[] = [
  {
    name: 'desk, no remote assistance',
    path: ({ requests }) => `/desk/requests/${requests.taken}`,
    prepare: (page) =>
      page.route('**/api/queue', async (route) => {
        const response = await route.fetch();
        const { mine, ...others } = (await response.json()) as { mine: object[] };
        await route.fulfill({ response, json: { ...others, mine: mine.map((request) => ({ ...request, ...OFF })) } });
      }),
    act: async (page, w) => {
      await page.getByText(w('desk.assistance-off')).waitFor();
      await none('a button to invite', page.getByRole('button', { name: w('desk.invite') }).count());
      await page.keyboard.press('i');
      await none('a dialog to invite', page.getByRole('dialog').count());
      await page.keyboard.press('Control+k');
      await page.getByRole('dialog').waitFor();
      await none('a command to invite', page.getByText(w('command.invite')).count());
    },
  },
];

const settings = (page: Page, changes: Partial<EditionView>): Promise<void> => patch(page, '**/api/edition', changes);
const turn = (page: Page, name: string): Promise<void> => page.getByRole('switch', { name, exact: true }).click();
const turnOff = async (page: Page, w: Words): Promise<void> => {
  await turn(page, w('edition.switch', { name: '财务部 Finance' }));
  await turn(page, w('edition.switch-helped', { name: w('role.auditor') }));
};

/** How many would end is whatever the other pages have left open. */
const ENDS = /invitations? .* at once|邀请或会话会立即结束/;
const APPLY = /^(Apply|应用)/;

export const SETTINGS_SCENES: readonly Scene[] = [
  { name: 'settings', path: () => '/console/settings' },
  {
    name: 'settings, about to switch off',
    path: () => '/console/settings',
    act: async (page, w) => {
      await turnOff(page, w);
      // Invitations that are open now, and nobody has to be in the middle of one.
      await page.getByRole('button', { name: w('edition.discard') }).waitFor();
      await page
        .getByText(w('edition.changes', { count: 2 }), { exact: true })
        .last()
        .waitFor();
    },
  },
  {
    name: 'settings, about to end sessions',
    path: () => '/console/settings',
    prepare: (page) => patch(page, '**/api/edition/preview', { ending: 3, isAvailable: false }),
    act: async (page, w) => {
      await turn(page, w('edition.main'));
      await page.getByRole('button', { name: w('edition.apply-ending', { count: 3 }) }).waitFor();
    },
  },
  {
    name: 'settings, off for everybody',
    path: () => '/console/settings',
    prepare: (page, { agent: { me } }) => {
      const { id, name, employeeNumber, department, hasPhoto } = me;
      const by = { id, name, employeeNumber, department, hasPhoto };
      return settings(page, {
        version: 4,
        isOn: false,
        isAvailable: false,
        changed: { at: NOW - MINUTE, by },
      } as object);
    },
    act: (page, w) => page.getByText(w('edition.nobody')).waitFor(),
  },
  {
    name: 'settings, changed by somebody else',
    path: () => '/console/settings',
    refusals: /api\/edition/,
    prepare: (page) =>
      page.route('**/api/edition', async (route) => {
        if (route.request().method() === 'GET') return route.continue();
        return route.fulfill({ status: 409, json: { code: 'edition.changed', requestId: 'r-5f1c2a' } });
      }),
    act: async (page, w) => {
      await turnOff(page, w);
      // Both are there for an instant: without and with what would end.
      await page.getByText(w('edition.ends-none')).or(page.getByText(ENDS)).last().waitFor();
      await page.getByRole('button', { name: APPLY }).click();
      await page.getByText(w('error.edition.changed')).waitFor();
    },
  },
];
