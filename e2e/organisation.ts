/** An organisation made by the HTTP API of the built product, for tests that look at pages rather than at the way there. */
import type { Browser } from 'playwright-core';
import { z } from 'zod';
import * as access from '../protocol/api/access.ts';
import * as desk from '../protocol/api/desk.ts';
import * as sessions from '../protocol/api/sessions.ts';
import type { Language } from '../protocol/api/shared.ts';
import { Api } from './api.ts';
import { eventually } from './processes.ts';
import { newPerson, type Person, type Product } from './product.ts';

const nothing = z.unknown();

/** Somebody with a browser and an account. */
export interface Member extends Person {
  api: Api;
  me: access.Me;
}

export interface NewPerson {
  name: string;
  employeeNumber: string;
  departmentId: string;
  roles: access.Role[];
}

/** The printed link, as soon as all of it is printed. */
export async function setupLink(product: Product): Promise<string> {
  return eventually('the set-up link', () => {
    const link = product.setupLink();
    return access.secret.safeParse(link?.split('#')[1]).success && link;
  });
}

export class Organisation {
  readonly admin: Member;
  readonly #product: Product;
  readonly #browser: Browser;

  private constructor(product: Product, browser: Browser, admin: Member) {
    this.#product = product;
    this.#browser = browser;
    this.admin = admin;
  }

  /** Uses the printed set-up link up. */
  static async found(
    product: Product,
    browser: Browser,
    named: { organisation: string; name: string; employeeNumber: string; password: string },
  ): Promise<Organisation> {
    const token = (await setupLink(product)).split('#')[1];
    const person = await newPerson(browser);
    const api = new Api(person.context, product.url);
    await api.post('/api/setup', access.organisation, { ...named, token });
    return new Organisation(product, browser, { ...person, api, me: await api.get('/api/me', access.me) });
  }

  async addDepartment(name: string): Promise<string> {
    return (await this.admin.api.post('/api/departments', access.department, { name })).id;
  }

  /** A person who has not set a password yet, and the secret of their one-time link. */
  async add(person: NewPerson): Promise<{ person: access.Person; token: string }> {
    const added = await this.admin.api.post('/api/people', access.personAdded, person);
    return { person: added.person, token: added.passwordLink.url.split('#')[1] ?? '' };
  }

  /** A person who has used their link, in a browser of their own. */
  async hire(person: NewPerson, options: { locale?: string } = {}): Promise<Member> {
    const { token } = await this.add(person);
    const browsing = await newPerson(this.#browser, options);
    const api = new Api(browsing.context, this.#product.url);
    const me = await api.post('/api/password-links/redeem', access.me, { token, password: `${token} for the test` });
    return { ...browsing, api, me };
  }
}

/** Opens the desk and waits until this browser holds the agent's certificate; invitations need it. */
export async function openDesk(agent: Member): Promise<void> {
  const issued = agent.page.waitForResponse((answer) => answer.url().endsWith('/api/identity') && answer.ok());
  await agent.page.goto(`${agent.api.url}/desk`);
  await issued;
}

/** The account's language: it wins over the browser's. */
export async function speak(member: Member, language: Language): Promise<void> {
  await member.api.call('PUT', '/api/me/language', { answer: nothing, json: { language } });
}

export interface Ask {
  categoryId: string;
  symptom: string;
  tried?: string;
  expected?: string;
}

export async function ask(employee: Member, words: Ask): Promise<string> {
  const body = { tried: '', expected: '', ...words };
  return (await employee.api.post('/api/requests', desk.request, body)).id;
}

export async function say(member: Member, requestId: string, text: string): Promise<void> {
  const clientId = crypto.randomUUID();
  await member.api.post(`/api/requests/${requestId}/messages`, desk.message, { text, clientId });
}

export async function move(member: Member, requestId: string, how: 'take' | 'solve' | 'cancel'): Promise<void> {
  await member.api.post(`/api/requests/${requestId}/${how}`, desk.request, {});
}

/** Takes the request and invites its employee. */
export async function invite(
  agent: Member,
  requestId: string,
  words: { reason: string; mode: 'view' | 'control' },
): Promise<sessions.Invited> {
  await move(agent, requestId, 'take');
  return agent.api.post(`/api/requests/${requestId}/invitations`, sessions.invited, words);
}

export async function accept(sharer: Member, sessionId: string): Promise<sessions.Accepted> {
  return sharer.api.post(`/api/sessions/${sessionId}/accept`, sessions.accepted);
}

export async function end(member: Member, sessionId: string): Promise<void> {
  await member.api.post(`/api/sessions/${sessionId}/end`, sessions.session);
}

export async function categoriesOf(member: Member): Promise<desk.Category[]> {
  return (await member.api.get('/api/categories', desk.categories)).categories;
}
