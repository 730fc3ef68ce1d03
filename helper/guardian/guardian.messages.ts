/**
 * What the two processes of the helper say to each other. The guardian owns banner, Stop and hotkey; the worker does the
 * session. Both parse what the other says: a worker that was taken over must not confuse the one that can stop it.
 */
import { z } from '../../protocol/zod.ts';
import { browserNews, closeBrowser, handover, openBrowser } from '../elevation/elevation.messages.ts';

const rect = z.strictObject({ x: z.number(), y: z.number(), width: z.number(), height: z.number() });
const ownFile = z.strictObject({
  path: z.string().optional(),
  device: z.number(),
  inode: z.number(),
  bytes: z.number(),
});
const bannerText = z.strictObject({
  who: z.string().max(400),
  mode: z.string().max(400),
  time: z.string().max(40),
  stop: z.string().max(40),
  tone: z.enum(['live', 'paused', 'ended']),
});
const alive = z.strictObject({ type: z.literal('alive') });

export const toWorker = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('welcome'),
    /** Which process speaks. */
    guardian: z.strictObject({ pid: z.number().int().positive(), start: z.string() }),
    /** The run's private folder. */
    folder: z.string(),
    /** The program's own file, when it is the packaged one. */
    own: ownFile.nullable(),
    /** Its SHA-256. */
    helperFile: z.string().nullable(),
    /** Where to enrol, or what another helper has handed over; its guardian then keeps the consent window's browser. */
    start: z.discriminatedUnion('type', [
      z.strictObject({
        type: z.literal('enrol'),
        address: z.strictObject({ host: z.string(), port: z.number(), caFingerprint: z.string(), token: z.string() }),
      }),
      z.strictObject({ type: z.literal('go-on'), handover }),
    ]),
    hotkeyLabel: z.string(),
  }),
  alive,
  /** Where the banner is or may be from now on; answered by `covered` once nothing is sent from there. */
  z.strictObject({ type: z.literal('banner-at'), places: z.array(rect).max(2), number: z.number().int() }),
  /** The person pressed Stop, or the helper that keeps the consent window is gone. */
  z.strictObject({ type: z.literal('stop'), by: z.enum(['banner', 'hotkey', 'predecessor']) }),
  /** Whether a helper with administrator rights is there and waits for what is handed over. */
  z.strictObject({ type: z.literal('successor'), isReady: z.boolean() }),
  browserNews,
]);
export type ToWorker = z.infer<typeof toWorker>;

export const toGuardian = z.discriminatedUnion('type', [
  alive,
  z.strictObject({ type: z.literal('banner'), text: bannerText.nullable() }),
  z.strictObject({ type: z.literal('covered'), number: z.number().int() }),
  /** Enrolled: how the guardian can tell the relay that the session is over, should the worker be unable to. */
  z.strictObject({
    type: z.literal('enrolled'),
    language: z.enum(['en', 'zh-CN']),
    endpoint: z.strictObject({
      host: z.string(),
      port: z.number(),
      ca: z.string(),
      certificate: z.string(),
      privateKey: z.string(),
    }),
  }),
  /** Nothing is sent or held any more, and the relay has been told; what is left is to say goodbye. */
  z.strictObject({ type: z.literal('over') }),
  /** Start a helper with administrator rights; answered by `successor`. */
  z.strictObject({ type: z.literal('elevate') }),
  /** The same as `over`, but for the session, which goes on elsewhere. */
  z.strictObject({ type: z.literal('handed-over'), handover }),
  openBrowser,
  closeBrowser,
]);
export type ToGuardian = z.infer<typeof toGuardian>;
