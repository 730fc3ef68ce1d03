/**
 * The short way to a live session: everything that a test is not about goes through the HTTP API, only the agent's key
 * and the match code need their page, and Start needs the consent window.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { request, type APIRequestContext, type Page } from 'playwright-core';
import type { Accepted, HelperPlatform } from '../protocol/api/sessions.ts';
import { ADMIN, AGENT, EMPLOYEE } from './people.ts';
import { eventually, type Running } from './processes.ts';
import type { Appliance } from './product.ts';
import { hasWorker } from './traces.ts';

const HELPER = fileURLToPath(new URL('../helper/main.ts', import.meta.url));

/** Somebody who speaks to the product without a page. */
export interface Caller {
  get<T = unknown>(path: string): Promise<T>;
  post<T = unknown>(path: string, json?: unknown): Promise<T>;
  download(path: string): Promise<Buffer>;
  close(): Promise<void>;
}

/** An organisation with one agent and one employee, `people.AGENT` and `people.EMPLOYEE`. */
export interface Office {
  product: Appliance;
  admin: Caller;
  employee: Caller;
  /** The first half of the CA's SHA-256 fingerprint as helpers are given it, 32 hexadecimal digits. */
  caPrefix: string;
  close(): Promise<void>;
}

/** Where the helper runs; `Desktop` is one. */
export interface HelperDesktop {
  start(command: string, args: readonly string[]): Running;
  consentPage(): Promise<Page>;
  /** Where downloads go; a folder of their own when absent. */
  readonly downloads?: string;
  /** Whose helpers start there; absent where it is the system that the tests run on. */
  readonly platform?: HelperPlatform;
  /** How a helper whose session is over is sent away; absent where a signal does it. */
  dismiss?(helper: Running, consentPage: Page): Promise<void>;
}

export interface OpenSession {
  id: string;
  helper: Running;
  agent: Caller;
  agentPage: Page;
  consentPage: Page;
  /** When Start was clicked, milliseconds since the epoch. */
  startedAtMs: number;
  /** Ends the session as the agent and waits until the helper is gone. */
  close(): Promise<void>;
}

export interface SessionOptions {
  /** A page that nobody is signed in on yet, or on which the agent is. */
  agentPage: Page;
  desktop: HelperDesktop;
  mode?: 'view' | 'control';
  symptom?: string;
  /** Starts what the product offers for download instead of the sources beside this file. */
  isDownloaded?: boolean;
  /** Called with the session's id when it was accepted and no helper was started yet. */
  onAccepted?: (id: string) => void;
}

/** Sets a fresh product up. */
export async function openOffice(product: Appliance): Promise<Office> {
  const admin = await newCaller(product);
  const link = product.setupLink();
  assert.ok(link, 'no set-up link was printed');
  const { name, employeeNumber, password } = ADMIN;
  const token = fragmentOf(link);
  await admin.post('/api/setup', { token, organisation: 'Northern Hospital', name, employeeNumber, password });
  const agent = await addPerson(product, admin, { ...AGENT, role: 'agent' });
  await agent.close();
  const employee = await addPerson(product, admin, { ...EMPLOYEE, role: 'employee' });
  const { caFingerprint } = await admin.get<{ caFingerprint: string }>('/api/organisation');
  return {
    product,
    admin,
    employee,
    caPrefix: caFingerprint.replaceAll(':', '').toLowerCase().slice(0, 32),
    close: async () => {
      await admin.close();
      await employee.close();
    },
  };
}

/** From the request to the click on Start. Returns without waiting for a picture. */
export async function openSession(office: Office, options: SessionOptions): Promise<OpenSession> {
  const asked = await openQuestion(office, options);
  try {
    const startedAtMs = await consent(asked.consentPage, options.agentPage, options.mode ?? 'control');
    return { ...asked, startedAtMs };
  } catch (cause) {
    throw await failed(asked.helper, cause);
  }
}

/** From the request to the question in the consent window. */
export async function openQuestion(office: Office, options: SessionOptions): Promise<Omit<OpenSession, 'startedAtMs'>> {
  const { agentPage, desktop } = options;
  const agent = await signInAgent(office.product, agentPage);
  const { id, token, requestId, downloads } = await invite(office, agent, options);
  options.onAccepted?.(id);
  await agentPage.goto(`${office.product.url}/desk/session/${id}`);
  const helper =
    options.isDownloaded === true
      ? desktop.start(await downloadHelper(office.employee, offeredFor(desktop, downloads), desktop.downloads), [])
      : startHelper(office, desktop, token);
  try {
    const consentPage = await desktop.consentPage();
    await consentPage
      .getByText('Which of these did they read out?')
      .waitFor()
      .catch(async (cause: unknown) => {
        throw new Error(`the sharer sees: ${await consentPage.locator('body').innerText()}`, { cause });
      });
    const close = async (): Promise<void> => {
      await agent.post(`/api/sessions/${id}/end`);
      await agent.post(`/api/requests/${requestId}/solve`);
      await (desktop.dismiss?.(helper, consentPage) ?? dismiss(helper, consentPage));
    };
    return { id, helper, agent, agentPage, consentPage, close };
  } catch (cause) {
    const seen = await agentPage.locator('body').innerText({ timeout: 5000 }).catch(String);
    throw await failed(helper, cause, `the agent sees at ${agentPage.url()}: ${seen}`);
  }
}

/** The helper's sources, with what the name of a downloaded file would say. */
export function startHelper({ product, caPrefix }: Office, desktop: HelperDesktop, token: string): Running {
  const address = ['--server', `localhost:${product.devicePort}`, '--ca', caPrefix, '--token', token];
  return desktop.start(process.execPath, [HELPER, ...address]);
}

/** The window goes with the session; the banner that says how it ended is taken away, and with it the helper. */
export async function dismiss(helper: Running, consentPage: Page): Promise<void> {
  await eventually('the end of the consent window', () => consentPage.isClosed());
  await eventually('the end of the worker', () => !hasWorker(helper.child.pid ?? 0));
  // Once: a second one could come while Node is ending, which would kill it.
  if (!helper.hasExited()) helper.child.kill('SIGTERM');
  await eventually('the end of the helper', () => helper.hasExited());
}

async function failed(helper: Running, cause: unknown, more = ''): Promise<Error> {
  const output = helper.output();
  await helper.stop();
  return new Error(`no session; the helper says: ${output} ${more}`, { cause });
}

/** What the person at the device does in the consent window; returns when they clicked Start. */
export async function consent(consentPage: Page, agentPage: Page, mode: 'view' | 'control'): Promise<number> {
  return answerQuestion(consentPage, await agentPage.getByTestId('match-code').innerText({ timeout: 30_000 }), mode);
}

/** As above, when the code was heard from somewhere else. */
export async function answerQuestion(consentPage: Page, code: string, mode: 'view' | 'control'): Promise<number> {
  await consentPage.getByText(code).click();
  await consentPage.getByRole('button', { name: 'Continue' }).click();
  const wanted = mode === 'control' ? 'Full control' : 'View only';
  await consentPage.getByRole('radio', { name: wanted }).check({ force: true });
  const start = consentPage.getByRole('button', { name: /^Let / });
  const further = consentPage.getByRole('button', { name: 'Continue' });
  await start.or(further).waitFor();
  // What is open is shown once more before it can be seen.
  if (await further.isVisible()) await further.click();
  await start.waitFor();
  const startedAtMs = Date.now();
  await start.click();
  return startedAtMs;
}

/** Signs the employee in on this page, which is their start page then. */
export async function signInEmployee(product: Appliance, page: Page): Promise<void> {
  await signIn(product, page, EMPLOYEE);
  await page.goto(product.url);
}

/** Signs the agent in on this page and waits until their browser has its identity. */
export async function signInAgent(product: Appliance, page: Page): Promise<Caller> {
  const agent = await signIn(product, page, AGENT);
  await page.goto(`${product.url}/desk`);
  // An invitation made before would name the certificate of an earlier browser, which this one's replaces.
  await eventually('the identity of the agent', () => page.evaluate(hasIdentity));
  return agent;
}

async function signIn(product: Appliance, page: Page, { employeeNumber, password }: typeof EMPLOYEE): Promise<Caller> {
  const caller = callerOf(page.context().request, product);
  await caller.post('/api/sign-in', { employeeNumber, password });
  return caller;
}

/** Runs in the page: whether the browser's own database holds a certified key. */
async function hasIdentity(): Promise<boolean> {
  // Opening it before the product has made it would make an empty one.
  if ((await indexedDB.databases()).length === 0) return false;
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open('handrail');
    opening.onerror = () => reject(new Error('no database'));
    opening.onsuccess = () => {
      const database = opening.result;
      const count = database.transaction('identity').objectStore('identity').count();
      count.onsuccess = () => {
        database.close();
        resolve(count.result > 0);
      };
    };
  });
}

/** Asked, taken, invited and accepted: what is left is to start the helper with the token. */
export async function invite(
  office: Pick<Office, 'employee'>,
  agent: Pick<Caller, 'post'>,
  options: Pick<SessionOptions, 'mode' | 'symptom'> = {},
): Promise<{ id: string; requestId: string; token: string; downloads: Download[] }> {
  const { sessionId: id, requestId } = await sendInvitation(office, agent, options);
  const accepted = await office.employee.post<{ token: string; downloads: Download[] }>(`/api/sessions/${id}/accept`);
  return { id, requestId, ...accepted };
}

/** Asked, taken and invited. */
export async function sendInvitation(
  { employee }: Pick<Office, 'employee'>,
  agent: Pick<Caller, 'post'>,
  { mode = 'control', symptom = 'The printer prints blank pages' }: Pick<SessionOptions, 'mode' | 'symptom'> = {},
): Promise<{ sessionId: string; requestId: string; spokenCode: string }> {
  const { categories } = await employee.get<{ categories: { id: string }[] }>('/api/categories');
  const asked = { categoryId: categories[0]?.id, symptom, tried: '', expected: '' };
  const { id: requestId } = await employee.post<{ id: string }>('/api/requests', asked);
  await agent.post(`/api/requests/${requestId}/take`, {});
  const invitation = { reason: 'I want to look at the print queue', mode };
  const path = `/api/requests/${requestId}/invitations`;
  return { requestId, ...(await agent.post<{ sessionId: string; spokenCode: string }>(path, invitation)) };
}

type Download = Accepted['downloads'][number];

/** What the product offers for that desktop. */
export function offeredFor({ platform }: HelperDesktop, downloads: readonly Download[]): Download {
  const wanted = platform ?? `${process.platform}-${process.arch}`;
  const offered = downloads.find((download) => download.platform === wanted);
  assert.ok(offered, `the product offers no helper for ${wanted}`);
  return offered;
}

/** As the employee's browser would: under the name that was handed out, which carries address, CA and token. */
export async function downloadHelper(
  employee: Caller,
  wanted: Download,
  folder = mkdtempSync(join(tmpdir(), 'handrail-downloads-')),
): Promise<string> {
  const content = await employee.download(wanted.url);
  assert.equal(createHash('sha256').update(content).digest('hex'), wanted.sha256);
  const file = join(folder, wanted.fileName);
  writeFileSync(file, content, { mode: 0o755 });
  return file;
}

/** Somebody new, in a department of their own name. */
export async function addPerson(
  product: Appliance,
  admin: Caller,
  { name, employeeNumber, department, password, role }: typeof AGENT & { role: 'agent' | 'employee' },
): Promise<Caller> {
  const { id: departmentId } = await admin.post<{ id: string }>('/api/departments', { name: department });
  const person = { name, employeeNumber, departmentId, roles: [role] };
  const added = await admin.post<{ passwordLink: { url: string } }>('/api/people', person);
  const caller = await newCaller(product);
  await caller.post('/api/password-links/redeem', { token: fragmentOf(added.passwordLink.url), password });
  return caller;
}

async function newCaller(product: Appliance): Promise<Caller> {
  return callerOf(await request.newContext({ ignoreHTTPSErrors: true }), product);
}

function callerOf(context: APIRequestContext, { url }: Appliance): Caller {
  const call = async <T>(method: 'GET' | 'POST', path: string, json?: unknown): Promise<T> => {
    const body = json === undefined ? {} : { data: json };
    const answer = await context.fetch(url + path, { method, headers: { origin: url }, ...body });
    const text = await answer.text();
    assert.ok(answer.ok(), `${method} ${path}: ${answer.status()} ${text}`);
    // The caller names the part of the answer that it uses; the answers' schemas are tested elsewhere.
    return (text === '' ? undefined : JSON.parse(text)) as T;
  };
  return {
    get: async (path) => await call('GET', path),
    post: async (path, json) => await call('POST', path, json),
    download: async (path) => {
      const answer = await context.fetch(url + path);
      assert.ok(answer.ok(), `GET ${path}: ${answer.status()}`);
      return answer.body();
    },
    close: async () => await context.dispose(),
  };
}

/** The secret of a one-time link. */
function fragmentOf(link: string): string {
  return new URL(link).hash.slice(1);
}
