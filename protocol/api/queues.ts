import { z } from '../zod.ts';
import { id, text, timeMs } from './shared.ts';
import { departmentId, personId } from './access.ts';
import { bothLanguages, inBothLanguages, personRef, queueId, queueRef, requestId } from './desk.ts';

export const queueInfo = z.object({
  id: queueId,
  name: inBothLanguages,
  /** Takes what no category sends elsewhere. There is exactly one. */
  isDefault: z.boolean(),
  isActive: z.boolean(),
  /** Whose agents see it first. */
  departmentIds: z.array(departmentId),
  /** Mine: chosen by me; where I chose none, my department's; where it has none, all. */
  isMine: z.boolean(),
  waiting: z.number(),
  /** Since when the oldest of them waits. */
  oldestAt: timeMs.nullable(),
});
export type QueueInfo = z.infer<typeof queueInfo>;
/** GET /api/queues → queues. Agents, leads; administrators, who also see closed ones. */
export const queues = z.object({ queues: z.array(queueInfo), hasChosen: z.boolean() });
export type Queues = z.infer<typeof queues>;
/** POST /api/queues → queueInfo; PATCH /api/queues/:id → queueInfo. Administrators. */
export const addQueue = z.strictObject({ name: bothLanguages(60, 1), departmentIds: z.array(departmentId).max(200) });
/** `isDefault` moves from the queue that has it. A queue that something goes to, or waits in, cannot be closed: 409 queue.in-use. */
export const changeQueue = z.strictObject({
  name: bothLanguages(60, 1).optional(),
  departmentIds: z.array(departmentId).max(200).optional(),
  isDefault: z.literal(true).optional(),
  isActive: z.boolean().optional(),
});
/** PUT /api/desk/queues → queues. Null: what my department has. */
export const chooseQueues = z.strictObject({ queueIds: z.array(queueId).min(1).max(100).nullable() });

/** The note is for colleagues: the employee is told who has the request now, not why. */
const note = text(1000, 0);
/**
 * POST /api/requests/:id/hand-over → request. By the agent who has it, or a lead; a waiting one may be sent to another
 * queue by anybody on the desk, and given to a colleague by a lead. 409 handover.not-possible when they are not on the desk.
 */
export const handOver = z.union([z.strictObject({ agentId: personId, note }), z.strictObject({ queueId, note })]);
export type HandOver = z.infer<typeof handOver>;
export const handover = z.object({
  id: id('hnd'),
  by: personRef,
  /** One of the two. */
  toAgent: personRef.nullable(),
  toQueue: queueRef.nullable(),
  note: z.string(),
  handedOverAt: timeMs,
});
export type Handover = z.infer<typeof handover>;
/** GET /api/requests/:id/handovers → handovers, oldest first. Agents and leads only. */
export const handovers = z.object({ handovers: z.array(handover) });

export const PRESENCES = ['available', 'busy', 'away'] as const;
export const presence = z.enum(PRESENCES);
export type Presence = z.infer<typeof presence>;
export const deskAgent = z.object({
  person: personRef,
  /** What colleagues see: away without an open page, busy in a session, else what was said last. */
  presence,
  /** What they said themselves; null: nothing since they came. */
  said: presence.nullable(),
  isConnected: z.boolean(),
  /** Since when `isConnected` is as it is, as far as this server has seen. */
  since: timeMs.nullable(),
  /** What they are on. */
  requests: z.array(z.object({ id: requestId, symptom: z.string(), employee: z.string(), isInSession: z.boolean() })),
});
export type DeskAgent = z.infer<typeof deskAgent>;
/** GET /api/desk/agents → deskAgents, available first. Agents and leads. */
export const deskAgents = z.object({ agents: z.array(deskAgent) });
/** PUT /api/desk/presence → deskAgents */
export const setPresence = z.strictObject({ presence });

export const cannedReplyId = id('can');
/** In `text`: `{employee}` and `{agent}` become names when it is inserted. */
export const CANNED_PLACEHOLDERS = ['employee', 'agent'] as const;
export const cannedReply = z.object({
  id: cannedReplyId,
  title: z.string(),
  text: z.string(),
  /** Of the whole desk; else mine alone. */
  isShared: z.boolean(),
});
export type CannedReply = z.infer<typeof cannedReply>;
/** GET /api/canned-replies → cannedReplies: mine and shared, by title */
export const cannedReplies = z.object({ replies: z.array(cannedReply) });
/**
 * POST /api/canned-replies → cannedReply; PATCH /api/canned-replies/:id → cannedReply; POST …/:id/remove → 204. One's own;
 * shared ones by leads.
 */
export const writeCannedReply = z.strictObject({ title: text(60), text: text(2000), isShared: z.boolean() });
