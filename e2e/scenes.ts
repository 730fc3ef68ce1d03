/** A page in one state: where it is, how one gets it there, and what may go wrong on purpose. */
import type { Page, Route } from 'playwright-core';
import { en, type MessageKey } from '../ui/src/i18n/en.ts';
import { choosePlural, fill } from '../ui/src/i18n/message.ts';
import { zhCN } from '../ui/src/i18n/zh-CN.ts';
import type { Language } from '../protocol/api/shared.ts';
import type { Member } from './organisation.ts';
import type { SessionDevice } from './scripted-device.ts';

export type Words = (key: MessageKey, values?: Readonly<Record<string, string | number>>) => string;

/** The words of the catalogue, as the page says them. */
export function wordsIn(language: Language): Words {
  const catalogue = language === 'en' ? en : zhCN;
  return (key, values = {}) => {
    const count = typeof values['count'] === 'number' ? values['count'] : 0;
    return fill(choosePlural(catalogue[key], count, language), values, String);
  };
}

export const REQUESTS = [
  'waiting',
  'taken',
  'invited',
  'viewOnly',
  'accepted',
  'shared',
  'ended',
  'guest',
  'solved',
  'cancelled',
  'others',
  'handedOver',
  'inviteInEnglish',
  'inviteInChinese',
] as const;

/** Ids of what was made for the pages to show. */
export interface World {
  url: string;
  language: Language;
  requests: Record<(typeof REQUESTS)[number], string>;
  sessions: Record<'invited' | 'viewOnly' | 'accepted' | 'ended' | 'guest', string>;
  /** Of the shared request's session. */
  device: SessionDevice;
  people: Record<'employee' | 'inactive' | 'withoutPassword', string>;
  departmentId: string;
  emptyDepartmentId: string;
  queueId: string;
  replies: Record<'own' | 'shared', string>;
  categoryId: string;
  welcomeToken: string;
  agent: Member;
}

export interface Scene {
  name: string;
  path: (world: World) => string;
  /** Before the page is opened: answers of the server that are hard to bring about. */
  prepare?: (page: Page, world: World) => Promise<unknown>;
  /** After it is open: what somebody does. */
  act?: (page: Page, w: Words, world: World) => Promise<void>;
  /** Refusals that the browser logs, and that are meant. */
  refusals?: RegExp;
  /** The page is loaded for it, and again for the next: it is about loading, or leaves the application in an odd state. */
  isLoaded?: true;
  /** The keyboard is held by a menu, so that its parts cannot be focused one by one. */
  isMenu?: boolean;
}

/** Answers like the server, with some fields changed. */
export async function patch(page: Page, url: string, changes: Readonly<Record<string, unknown>>): Promise<void> {
  await page.route(url, async (route: Route) => {
    const response = await route.fetch();
    const answer: unknown = await response.json();
    await route.fulfill({ response, json: { ...(answer as object), ...changes } }); // every answer of the API is an object
  });
}

/** A random secret that no link ever had. */
export const WRONG_SECRET = 'A'.repeat(43);
