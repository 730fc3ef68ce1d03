/** Pages of queues, hand-over, presence, canned replies and the import of people. */
import type { Page } from 'playwright-core';
import { patch, type Scene } from './scenes.ts';

const dialog = async (page: Page): Promise<void> => page.getByRole('dialog').waitFor();
const taken = ({ requests }: { requests: { taken: string } }): string => `/desk/requests/${requests.taken}`;

/** With the first letter that is no field's. */
async function key(page: Page, name: string): Promise<void> {
  await page.evaluate(() => {
    if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
  });
  await page.keyboard.press(name);
}

export const STEERING_SCENES: readonly Scene[] = [
  { name: 'desk, all queues', path: ({ requests }) => `/desk/requests/${requests.waiting}?queue=all` },
  { name: 'desk, one queue', path: ({ queueId }) => `/desk?queue=${queueId}` },
  {
    name: 'desk, handed over with a note',
    path: ({ requests }) => `/desk/requests/${requests.handedOver}`,
    act: async (page, w) => page.getByRole('region', { name: w('handover.notes') }).waitFor(),
  },
  {
    name: 'desk, handing over',
    path: taken,
    act: async (page) => {
      await key(page, 'h');
      await dialog(page);
    },
  },
  {
    name: 'desk, handing over to nobody',
    path: taken,
    act: async (page, w) => {
      await key(page, 'h');
      await page
        .getByRole('dialog')
        .getByRole('button', { name: w('handover.submit') })
        .click();
      await page.getByText(w('handover.to-missing')).waitFor();
    },
  },
  {
    name: 'desk, priorities',
    path: taken,
    isMenu: true,
    act: async (page) => {
      await key(page, 'p');
      await page.getByRole('menu').waitFor();
    },
  },
  {
    name: 'desk, my presence',
    path: taken,
    isMenu: true,
    act: async (page, w) => {
      await page.getByRole('button', { name: new RegExp(w('presence.label')) }).click();
      await page.getByRole('menu').waitFor();
    },
  },
  {
    name: 'desk, colleagues',
    path: taken,
    act: async (page) => {
      await key(page, 't');
      await dialog(page);
    },
  },
  {
    name: 'desk, my queues',
    path: taken,
    act: async (page) => {
      await key(page, 'q');
      await dialog(page);
    },
  },
  {
    name: 'desk, keys',
    path: taken,
    act: async (page) => {
      await key(page, '?');
      await dialog(page);
    },
  },
  {
    name: 'desk, canned replies in a message',
    path: taken,
    act: async (page) => {
      await key(page, '/');
      await page.getByRole('listbox').getByRole('option').first().waitFor();
    },
  },
  {
    name: 'desk, no canned reply of that name',
    path: taken,
    act: async (page, w) => {
      await key(page, '/');
      await page.keyboard.type('zzz');
      await page.getByText(w('replies.slash-none')).waitFor();
    },
  },
];

export const REPLY_SCENES: readonly Scene[] = [
  { name: 'replies', path: () => '/desk/replies' },
  {
    name: 'replies, none',
    path: () => '/desk/replies',
    prepare: (page) => patch(page, '**/api/canned-replies', { replies: [] }),
  },
  { name: 'replies, writing', path: () => '/desk/replies/new', act: dialog },
  {
    name: 'replies, writing without anything',
    path: () => '/desk/replies/new',
    act: async (page, w) => {
      await page
        .getByRole('dialog')
        .getByRole('button', { name: w('common.save') })
        .click();
      await page.getByText(w('replies.text-missing')).waitFor();
    },
  },
  { name: 'reply', path: ({ replies }) => `/desk/replies/${replies.own}`, act: dialog },
  { name: 'reply of the desk', path: ({ replies }) => `/desk/replies/${replies.shared}`, act: dialog },
];

export const QUEUE_SCENES: readonly Scene[] = [
  { name: 'queues', path: () => '/console/queues' },
  { name: 'queues, adding', path: () => '/console/queues/new', act: dialog },
  {
    name: 'queue, in use',
    path: ({ queueId }) => `/console/queues/${queueId}`,
    refusals: /api\/queues/,
    act: async (page, w) => {
      await page.getByRole('button', { name: w('queues.close') }).click();
      await page.getByText(w('error.queue.in-use')).waitFor();
    },
  },
];

const csv = (text: string) => ({ name: 'people.csv', mimeType: 'text/csv', buffer: Buffer.from(text) });

async function choose(page: Page, text: string): Promise<void> {
  await page.locator('input[type=file]').setInputFiles(csv(text));
}

const WRONG = `Number,Name,Department,Roles,Shoe size
E1,,财务部 Finance,,42
E2,Somebody,财务部 Finance,Boss,
E2,Somebody else,财务部 Finance,,
E 3,${'x'.repeat(90)},,Agent,
E4,Short
`;
const QUESTIONS = `Number;Name;Department;Roles
E2001;Maria Keller-Stein;档案室 Archive;
E7001;周航;新部门 New;Administrator
E7002;Jonas Weber;新部门 New;
A1002;李伟;信息技术部 IT;
`;

export const IMPORT_SCENES: readonly Scene[] = [
  { name: 'import', path: () => '/console/people/import' },
  {
    name: 'import, wrong rows',
    path: () => '/console/people/import',
    act: async (page, w) => {
      await choose(page, WRONG);
      await page.getByText(w('import.fault.name.missing')).waitFor();
    },
  },
  {
    name: 'import, questions',
    path: () => '/console/people/import',
    act: async (page, w) => {
      await choose(page, QUESTIONS);
      await page.getByText(w('import.decide')).waitFor();
    },
  },
  {
    name: 'import, no text',
    path: () => '/console/people/import',
    act: async (page, w) => {
      await choose(page, 'PK\u0003\u0004\u0014\u0000\u0006');
      await page.getByText(w('import.fault.file.unreadable')).waitFor();
    },
  },
  {
    name: 'import, done',
    path: () => '/console/people/import',
    act: async (page, w, { language }) => {
      await choose(
        page,
        `Number,Name,Department\n${language === 'en' ? 'E8001' : 'E8002'},Jonas Weber,财务部 Finance\n`,
      );
      await page.getByRole('button', { name: w('import.submit', { count: 1 }) }).click();
      await page.getByText(w('import.links-download')).waitFor();
    },
  },
];
