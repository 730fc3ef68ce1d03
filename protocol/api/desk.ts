import { z } from '../zod.ts';
import { id, text, timeMs } from './shared.ts';
import { categoryId, personId } from './access.ts';
import { SESSION_STATES } from '../lifecycle.ts';

export const requestId = id('req');
export const sessionId = id('ses');
export const messageId = id('msg');
export const attachmentId = id('att');
export const queueId = id('que');

/** Least first. What waits with a higher one comes first, of equals the oldest. */
export const PRIORITIES = ['low', 'normal', 'high', 'urgent'] as const;
export const priority = z.enum(PRIORITIES);
export type Priority = z.infer<typeof priority>;
/** What the employee says; the desk decides on the priority, which begins with this. */
export const IMPACTS = ['blocked', 'slowed', 'question'] as const;
export const impact = z.enum(IMPACTS);
export type Impact = z.infer<typeof impact>;
export const IMPACT_PRIORITY = {
  blocked: 'high',
  slowed: 'normal',
  question: 'low',
} as const satisfies Record<Impact, Priority>;

/** A text of an administrator in both languages; an empty one falls back to the other. */
export const inBothLanguages = z.object({ en: z.string(), 'zh-CN': z.string() });
export const queueRef = z.object({ id: queueId, name: inBothLanguages });
export type QueueRef = z.infer<typeof queueRef>;

export const CATEGORY_ICONS = [
  'mail',
  'printer',
  'network',
  'account',
  'software',
  'hardware',
  'phone',
  'other',
] as const;
/** Names are in both languages; an empty one falls back to the other. */
export const category = z.object({
  id: categoryId,
  name: inBothLanguages,
  hint: inBothLanguages,
  icon: z.enum(CATEGORY_ICONS),
  isActive: z.boolean(),
  /** Where requests of this category go; null: to the default queue. */
  queueId: queueId.nullable(),
});
export type Category = z.infer<typeof category>;
/** GET /api/categories → categories (inactive ones for admins only); POST → category; PATCH /api/categories/:id → category */
export const categories = z.object({ categories: z.array(category) });
export const bothLanguages = (max: number, min: number) =>
  z.strictObject({ en: text(max, min), 'zh-CN': text(max, 0) });
export const addCategory = z.strictObject({
  name: bothLanguages(60, 1),
  hint: bothLanguages(160, 0),
  icon: z.enum(CATEGORY_ICONS),
  queueId: queueId.nullable().default(null),
});
export const changeCategory = z.strictObject({
  name: bothLanguages(60, 1).optional(),
  hint: bothLanguages(160, 0).optional(),
  icon: z.enum(CATEGORY_ICONS).optional(),
  isActive: z.boolean().optional(),
  queueId: queueId.nullable().optional(),
});

export const REQUEST_STATES = ['waiting', 'taken', 'solved', 'cancelled'] as const;
export const requestState = z.enum(REQUEST_STATES);
export type RequestState = z.infer<typeof requestState>;

export const personRef = z.object({
  id: personId.or(z.literal('guest')),
  name: z.string(),
  employeeNumber: z.string(),
  department: z.string(),
  hasPhoto: z.boolean(),
});
export type PersonRef = z.infer<typeof personRef>;

/** POST /api/requests → request */
export const createRequest = z.strictObject({
  categoryId,
  symptom: text(2000),
  tried: text(2000, 0),
  expected: text(2000, 0),
  impact: impact.default('slowed'),
});

export const attachment = z.object({
  id: attachmentId,
  name: z.string(),
  kind: z.enum(['image', 'text', 'archive']),
  bytes: z.number(),
  sha256: z.string(),
  addedAt: timeMs,
});
export type Attachment = z.infer<typeof attachment>;
// POST /api/requests/:id/attachments  multipart field "file", at most 10 MiB, 10 each → attachment
//   png jpeg webp (by magic, served inline as images) · txt log csv json xml ini conf (UTF-8 text) · zip gz (opaque)
// GET /api/attachments/:id  always with nosniff and sandbox CSP; Content-Disposition attachment unless image

export const request = z.object({
  id: requestId,
  state: requestState,
  category,
  queue: queueRef,
  impact,
  priority,
  symptom: z.string(),
  tried: z.string(),
  expected: z.string(),
  employee: personRef,
  agent: personRef.nullable(),
  createdAt: timeMs,
  takenAt: timeMs.nullable(),
  closedAt: timeMs.nullable(),
  lastMessageAt: timeMs.nullable(),
  attachments: z.array(attachment),
  /** The newest session of this request. */
  session: z.object({ id: sessionId, state: z.enum(SESSION_STATES) }).nullable(),
  /** Whether its employee may be helped on the screen, with this category and by whoever has it. */
  isAssistanceAvailable: z.boolean(),
  /** Requests waiting before this one in its queue, 0 = next; null unless waiting. */
  ahead: z.number().nullable(),
});
export type Request = z.infer<typeof request>;
/** GET /api/requests → requests: my own, newest first */
export const requests = z.object({ requests: z.array(request) });
/** GET /api/queue → queue. Agents only. `waiting` by priority, then oldest first; of all queues. */
export const queue = z.object({
  waiting: z.array(request),
  mine: z.array(request),
  others: z.array(request),
  closed: z.array(request),
});
export type Queue = z.infer<typeof queue>;
// POST /api/requests/:id/take | release | solve (agent) | cancel (employee) → request.
// take of a request somebody else has: 409 assistance.taken, unless { takeOver: true }.
export const takeRequest = z.strictObject({ takeOver: z.boolean().optional() });
/** POST /api/requests/:id/priority → request. Agents and leads. */
export const setPriority = z.strictObject({ priority });

/** The texts of `system` messages: what happened, in the order in which it usually does. `author` is who did it. */
export const SYSTEM_MESSAGES = [
  'request.taken',
  'request.taken-over',
  'request.released',
  'request.handed-over',
  'request.moved',
  'request.solved',
  'request.cancelled',
  'session.invited',
  'session.accepted',
  'session.declined',
  'session.started',
  'session.ended',
] as const;
export type SystemMessage = (typeof SYSTEM_MESSAGES)[number];

export const message = z.object({
  id: messageId,
  requestId,
  /** `system` texts are codes that the UI words, such as `request.taken`. */
  kind: z.enum(['chat', 'system']),
  author: personRef.nullable(),
  /** Of a system message: whom or what it is about besides, by name: the colleague who has the request now, or its queue. */
  subject: inBothLanguages.nullable(),
  text: z.string(),
  sentAt: timeMs,
  /** Chosen by the sender's page, so that a resend after a lost answer is not a second message. */
  clientId: z.string(),
});
export type Message = z.infer<typeof message>;
/** GET /api/requests/:id/messages → messages, oldest first; POST → message */
export const messages = z.object({ messages: z.array(message) });
export const sendMessage = z.strictObject({ text: text(4000), clientId: z.string().regex(/^[A-Za-z0-9_-]{8,40}$/) });
