import { z } from '../zod.ts';
import { message, requestId, sessionId } from './desk.ts';

/**
 * The live socket, `wss://…/live`: the first message must be `hello` with the token of `me`, within 5 s. Everything the
 * server sends is a hint to fetch again, except chat messages, which come whole.
 */
export const liveHello = z.strictObject({ type: z.literal('hello'), token: z.string().max(128) });
/** From the page: typing indicator. */
export const liveTyping = z.strictObject({ type: z.literal('typing'), requestId });
export const liveFromPage = z.discriminatedUnion('type', [liveHello, liveTyping]);
export const liveFromServer = z.discriminatedUnion('type', [
  z.object({ type: z.literal('welcome') }),
  z.object({ type: z.literal('queue/changed') }),
  z.object({ type: z.literal('request/changed'), requestId }),
  z.object({ type: z.literal('message/added'), message }),
  z.object({ type: z.literal('typing'), requestId, name: z.string() }),
  z.object({ type: z.literal('session/changed'), sessionId }),
  /** Where remote assistance is available has changed: ask again who I am and what I see. */
  z.object({ type: z.literal('edition/changed') }),
  /** Who is on the desk, or what they are on. */
  z.object({ type: z.literal('presence/changed') }),
  /** To the colleague: somebody has given them a request. */
  z.object({ type: z.literal('request/handed-over'), requestId, from: z.string(), employee: z.string() }),
  z.object({ type: z.literal('signed-out') }),
]);
export type LiveFromServer = z.infer<typeof liveFromServer>;
