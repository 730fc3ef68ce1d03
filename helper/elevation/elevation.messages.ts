/**
 * What the helper that was started with administrator rights and the one that it takes over from say to each other, one
 * JSON text a line. The first one stays for the consent window's browser, which gets no such rights, and for its files.
 */
import { enrolled } from '../../protocol/api/sessions.ts';
import { z } from '../../protocol/zod.ts';
import { sessionHandover } from '../session/handover.ts';
import type { DeviceEndpoint } from '../transport/relay.connection.ts';

/** All that a worker needs to go on with a session instead of enrolling. */
export const handover = z.strictObject({
  host: z.string().max(255),
  port: z.number().int().min(1).max(65_535),
  enrolment: enrolled.extend({
    pinnedCa: z.string(),
    key: z.strictObject({ privateKeyPem: z.string(), csrPem: z.string() }),
  }),
  session: sessionHandover,
});
export type Handover = z.infer<typeof handover>;

export function endpointOf({ host, port, enrolment }: Omit<Handover, 'session'>): DeviceEndpoint {
  const { pinnedCa: ca, certificate, key } = enrolment;
  return { host, port, ca, certificate, privateKey: key.privateKeyPem };
}

export const openBrowser = z.strictObject({
  type: z.literal('open-browser'),
  /** Of the consent window's page, on this computer. */
  address: z.string().regex(/^http:\/\/127\.0\.0\.1:\d{1,5}\/[\w/?#=.-]*$/),
  language: z.enum(['en', 'zh-CN']),
});
export const closeBrowser = z.strictObject({ type: z.literal('close-browser') });

/** From the one that keeps the browser. */
export const browserNews = z.strictObject({
  type: z.literal('browser'),
  /** `failed`: it could not be started. `gone`: it has ended by itself. `closed`: as was asked, its profile too. */
  state: z.enum(['opened', 'failed', 'gone', 'closed']),
  /** Process number, once it was started. */
  pid: z.number().int().positive().nullable(),
});
export type BrowserNews = z.infer<typeof browserNews>;

export const toElevated = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('handover'), handover }),
  browserNews,
  /** The person's computer is shut down, or the like. */
  z.strictObject({ type: z.literal('stop') }),
]);
export type ToElevated = z.infer<typeof toElevated>;

export const toKeeper = z.discriminatedUnion('type', [
  /** The first message: proves by a secret, used once, who it is. */
  z.strictObject({ type: z.literal('ready'), secret: z.string().max(64) }),
  openBrowser,
  closeBrowser,
  /** The session is over and all is said; what comes is the end of the process, with this exit code. */
  z.strictObject({ type: z.literal('over'), code: z.number().int().min(0).max(255) }),
]);
export type ToKeeper = z.infer<typeof toKeeper>;
