import { z } from '../../protocol/zod.ts';
import type { Capability } from '../../protocol/capabilities.ts';
import type { Language } from '../../protocol/api/shared.ts';
import { errorBody } from '../../protocol/api/shared.ts';
import * as access from '../../protocol/api/access.ts';
import * as audit from '../../protocol/api/audit.ts';
import * as desk from '../../protocol/api/desk.ts';
import * as edition from '../../protocol/api/edition.ts';
import * as files from '../../protocol/api/people-import.ts';
import * as queues from '../../protocol/api/queues.ts';
import { receipt } from '../../protocol/api/receipt.ts';
import * as sessions from '../../protocol/api/sessions.ts';
import * as operation from '../../protocol/api/status.ts';
import { ApiError } from './api-error.ts';

const TIMEOUT_MS = 30_000;

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH';
interface Call<S extends z.ZodType> {
  answer: S;
  json?: unknown;
  file?: Blob;
}

function bodyOf(call: { json?: unknown; file?: Blob }): { headers: Record<string, string>; body: BodyInit | null } {
  if (call.file) return { headers: { 'content-type': call.file.type }, body: call.file };
  if (call.json === undefined) return { headers: {}, body: null };
  return { headers: { 'content-type': 'application/json' }, body: JSON.stringify(call.json) };
}

/** What an error answer says, in our type; an answer that is not ours (a proxy's page, say) is `internal`. */
function refusal(text: string): ApiError {
  try {
    const body = errorBody.parse(JSON.parse(text));
    return new ApiError(body.code, {
      requestId: body.requestId,
      ...(body.fields ? { fields: body.fields } : {}),
      ...(body.retryAfterS === undefined ? {} : { retryAfterS: body.retryAfterS }),
    });
  } catch (cause) {
    return new ApiError('internal', { cause });
  }
}

function parseAnswer<S extends z.ZodType>(schema: S, text: string): z.infer<S> {
  try {
    return schema.parse(text === '' ? undefined : JSON.parse(text));
  } catch (cause) {
    throw new ApiError('answer.unreadable', { cause });
  }
}

let signedOut: () => void = () => undefined;

/** Is told when an answer says that nobody is signed in here any more. */
export function onSignedOut(listener: () => void): void {
  signedOut = listener;
}

async function call<S extends z.ZodType>(method: Method, path: string, what: Call<S>): Promise<z.infer<S>> {
  return parseAnswer(what.answer, await ask(method, path, what));
}

/** The answer as it came. */
async function ask(method: Method, path: string, what: Omit<Call<z.ZodType>, 'answer'>): Promise<string> {
  const { headers, body } = bodyOf(what);
  let status: Response;
  let text: string;
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    status = await fetch(path, { method, headers: { accept: 'application/json', ...headers }, body, signal });
    text = await status.text();
  } catch (cause) {
    throw new ApiError('network', { cause });
  }
  if (!status.ok) {
    const error = refusal(text);
    if (error.code === 'auth.required') signedOut();
    throw error;
  }
  return text;
}

const nothing = z.unknown().transform(() => undefined);
const get = <S extends z.ZodType>(path: string, answer: S) => call('GET', path, { answer });
const post = <S extends z.ZodType>(path: string, answer: S, json?: unknown) => call('POST', path, { answer, json });

function queryOf(values: Readonly<Record<string, string | number | undefined>>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    if (value !== undefined && value !== '') query.set(name, String(value));
  }
  const text = query.toString();
  return text === '' ? '' : `?${text}`;
}

/** Uploads with progress, which fetch does not report. */
function upload<S extends z.ZodType>(
  path: string,
  form: FormData,
  how: { answer: S; onProgress: (part: number) => void },
) {
  return new Promise<z.infer<S>>((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('POST', path);
    request.setRequestHeader('accept', 'application/json');
    request.upload.onprogress = (event) => {
      if (event.lengthComputable) how.onProgress(event.loaded / event.total);
    };
    request.onerror = () => reject(new ApiError('network'));
    request.onload = () => {
      if (request.status < 200 || request.status > 299) return reject(refusal(request.responseText));
      try {
        resolve(parseAnswer(how.answer, request.responseText));
      } catch (error) {
        reject(error instanceof Error ? error : new Error('unreadable answer', { cause: error }));
      }
    };
    request.send(form);
  });
}

/** Every route that pages use; each answer is parsed with the protocol's schema. */
export const api = {
  organisation: () => get('/api/organisation', access.organisation),
  isSetupOpen: () => get('/api/setup', nothing),
  setUp: (body: z.input<typeof access.setUp>) => post('/api/setup', access.organisation, body),

  signIn: (employeeNumber: string, password: string) =>
    post('/api/sign-in', access.me, { employeeNumber, password } satisfies z.input<typeof access.signIn>),
  signOut: () => post('/api/sign-out', nothing),
  me: () => get('/api/me', access.me),
  setLanguage: (language: Language) => call('PUT', '/api/me/language', { answer: nothing, json: { language } }),
  openPasswordLink: (token: string) => post('/api/password-links/open', access.passwordLinkOpened, { token }),
  redeemPasswordLink: (token: string, password: string) =>
    post('/api/password-links/redeem', access.me, { token, password }),

  people: (query: Partial<access.PeopleQuery>) => get(`/api/people${queryOf(query)}`, access.people),
  person: (id: string) => get(`/api/people/${id}`, access.person),
  previewImport: (file: Blob, choices: files.ImportChoices) =>
    call('POST', `/api/people/import/preview${queryOf(choices)}`, { answer: files.importPreview, file }),
  importPeople: (file: Blob, order: z.input<typeof files.importOrder>) =>
    call('POST', `/api/people/import${queryOf(order)}`, { answer: files.imported, file }),
  addPerson: (body: z.input<typeof access.addPerson>) => post('/api/people', access.personAdded, body),
  changePerson: (id: string, json: z.input<typeof access.changePerson>) =>
    call('PATCH', `/api/people/${id}`, { answer: access.person, json }),
  setActive: (id: string, isActive: boolean) =>
    post(`/api/people/${id}/${isActive ? 'activate' : 'deactivate'}`, access.person),
  issuePasswordLink: (id: string) => post(`/api/people/${id}/password-link`, access.passwordLink),
  setPhoto: (id: string, file: Blob) => call('PUT', `/api/people/${id}/photo`, { answer: nothing, file }),

  departments: () => get('/api/departments', access.departments),
  addDepartment: (name: string) => post('/api/departments', access.department, { name }),
  renameDepartment: (id: string, name: string) =>
    call('PATCH', `/api/departments/${id}`, { answer: access.department, json: { name } }),

  removeDepartment: (id: string) => post(`/api/departments/${id}/remove`, nothing),

  identityChallenge: () => post('/api/identity/challenge', access.identityChallenge),
  requestIdentity: (body: z.input<typeof access.requestIdentity>) =>
    post('/api/identity', access.identityCertificate, body),

  categories: () => get('/api/categories', desk.categories),
  addCategory: (body: z.input<typeof desk.addCategory>) => post('/api/categories', desk.category, body),
  changeCategory: (id: string, json: z.input<typeof desk.changeCategory>) =>
    call('PATCH', `/api/categories/${id}`, { answer: desk.category, json }),

  queues: () => get('/api/queues', queues.queues),
  addQueue: (body: z.input<typeof queues.addQueue>) => post('/api/queues', queues.queueInfo, body),
  changeQueue: (id: string, json: z.input<typeof queues.changeQueue>) =>
    call('PATCH', `/api/queues/${id}`, { answer: queues.queueInfo, json }),
  chooseQueues: (queueIds: string[] | null) =>
    call('PUT', '/api/desk/queues', { answer: queues.queues, json: { queueIds } }),
  deskAgents: () => get('/api/desk/agents', queues.deskAgents),
  setPresence: (presence: queues.Presence) =>
    call('PUT', '/api/desk/presence', { answer: queues.deskAgents, json: { presence } }),
  cannedReplies: () => get('/api/canned-replies', queues.cannedReplies),
  addCannedReply: (body: z.input<typeof queues.writeCannedReply>) =>
    post('/api/canned-replies', queues.cannedReply, body),
  changeCannedReply: (id: string, json: z.input<typeof queues.writeCannedReply>) =>
    call('PATCH', `/api/canned-replies/${id}`, { answer: queues.cannedReply, json }),
  removeCannedReply: (id: string) => post(`/api/canned-replies/${id}/remove`, nothing),

  createRequest: (body: z.input<typeof desk.createRequest>) => post('/api/requests', desk.request, body),
  requests: () => get('/api/requests', desk.requests),
  request: (id: string) => get(`/api/requests/${id}`, desk.request),
  queue: () => get('/api/queue', desk.queue),
  takeRequest: (id: string, takeOver = false) => post(`/api/requests/${id}/take`, desk.request, { takeOver }),
  releaseRequest: (id: string) => post(`/api/requests/${id}/release`, desk.request),
  solveRequest: (id: string) => post(`/api/requests/${id}/solve`, desk.request),
  handOver: (id: string, to: queues.HandOver) => post(`/api/requests/${id}/hand-over`, desk.request, to),
  handovers: (id: string) => get(`/api/requests/${id}/handovers`, queues.handovers),
  setPriority: (id: string, priority: desk.Priority) =>
    post(`/api/requests/${id}/priority`, desk.request, { priority }),
  cancelRequest: (id: string) => post(`/api/requests/${id}/cancel`, desk.request),
  messages: (requestId: string) => get(`/api/requests/${requestId}/messages`, desk.messages),
  sendMessage: (requestId: string, body: z.input<typeof desk.sendMessage>) =>
    post(`/api/requests/${requestId}/messages`, desk.message, body),
  attach: (requestId: string, file: File, onProgress: (part: number) => void) => {
    const form = new FormData();
    form.append('file', file, file.name);
    return upload(`/api/requests/${requestId}/attachments`, form, { answer: desk.attachment, onProgress });
  },

  invite: (requestId: string, body: z.input<typeof sessions.invite>) =>
    post(`/api/requests/${requestId}/invitations`, sessions.invited, body),
  redeemInvitation: (body: z.input<typeof sessions.redeemInvitation>) =>
    post('/api/invitations/redeem', sessions.redeemed, body),
  session: (id: string) => get(`/api/sessions/${id}`, sessions.session),
  acceptSession: (id: string) => post(`/api/sessions/${id}/accept`, sessions.accepted),
  declineSession: (id: string) => post(`/api/sessions/${id}/decline`, sessions.session),
  endSession: (id: string) => post(`/api/sessions/${id}/end`, sessions.session),
  pauseSession: (id: string) => post(`/api/sessions/${id}/pause`, sessions.session),
  takeBack: (id: string, capability: Capability) =>
    post(`/api/sessions/${id}/take-back`, sessions.session, { capability } satisfies z.input<typeof sessions.takeBack>),
  renewDownloads: (id: string) => post(`/api/sessions/${id}/downloads`, sessions.accepted),
  /** With its bytes, for keeping. */
  receipt: async (id: string) => {
    const text = await ask('GET', `/api/sessions/${id}/receipt`, {});
    return { text, receipt: parseAnswer(receipt, text) };
  },
  cleanUpTools: () => get('/api/clean-up', sessions.cleanUpTools),
  sessionTicket: (id: string) => post(`/api/sessions/${id}/ticket`, sessions.ticket),

  edition: () => get('/api/edition', edition.edition),
  previewEdition: (changes: readonly edition.EditionChange[]) =>
    post('/api/edition/preview', edition.editionPreview, { changes }),
  changeEdition: (json: z.input<typeof edition.changeEdition>) =>
    call('PATCH', '/api/edition', { answer: edition.edition, json }),

  status: () => get('/api/status', operation.status),

  audit: (query: Partial<z.input<typeof audit.auditQuery>>) =>
    get(
      `/api/audit${queryOf(query as Record<string, string | number | undefined> /* z.coerce types its input as unknown */)}`,
      audit.auditPage,
    ),
};

export const photoUrl = (id: string): string => `/api/people/${id}/photo`;
export const templateUrl = (language: Language): string => `/api/people/import/template?language=${language}`;
export const exportUrl = (filter: Partial<access.PeopleFilter>, language: Language): string =>
  `/api/people/export${queryOf({ ...filter, language })}`;
export const attachmentUrl = (id: string): string => `/api/attachments/${id}`;
