/**
 * What part of the shared screen a right covers. The device knows the windows and enforces; everybody else is told the
 * reach and a hash (`grant.ts`), never titles or paths.
 */
import { z } from './zod.ts';
import { toHex, utf8 } from './bytes.ts';

/** `limited`: only what the sharer has chosen. Narrowest first. */
export const REACHES = ['limited', 'all'] as const;
export type Reach = (typeof REACHES)[number];

/** More than anybody chooses by hand. */
export const MAX_AREAS = 64;

export const area = z.discriminatedUnion('kind', [
  /** One window and the menus and dialogs that the same program opens for it. `windowId` is the platform's. */
  z.strictObject({ kind: z.literal('window'), windowId: z.string().max(64) }),
  /** Every window of one program, later ones too: the executable behind the window's process, never title or class. */
  z.strictObject({ kind: z.literal('application'), executable: z.string().min(1).max(4096) }),
  /** Pixels of the shared screen, half-open. */
  z.strictObject({
    kind: z.literal('rectangle'),
    x: z.number().int().min(0).max(32767),
    y: z.number().int().min(0).max(32767),
    width: z.number().int().min(1).max(32767),
    height: z.number().int().min(1).max(32767),
  }),
]);
export type Area = z.infer<typeof area>;

/** An empty list covers nothing. */
export const scope = z.union([z.literal('all'), z.array(area).max(MAX_AREAS)]);
export type Scope = z.infer<typeof scope>;

/** A scope as a grant states it: how far, how many of what, and a hash by which the device can be held to its list. */
export const scopeFact = z.discriminatedUnion('reach', [
  z.strictObject({ reach: z.literal('all') }),
  z.strictObject({
    reach: z.literal('limited'),
    windows: z.number().int().min(0).max(MAX_AREAS),
    applications: z.number().int().min(0).max(MAX_AREAS),
    rectangles: z.number().int().min(0).max(MAX_AREAS),
    /** SHA-256, hex, of the areas as JSON behind 16 random bytes (`salt`) that stay on the device: paths are guessable. */
    sha256: z.string().regex(/^[0-9a-f]{64}$/),
  }),
]);
export type ScopeFact = z.infer<typeof scopeFact>;

export async function scopeFactOf(scope: Scope, salt: Uint8Array): Promise<ScopeFact> {
  if (scope === 'all') return { reach: 'all' };
  const count = (kind: Area['kind']): number => scope.filter((each) => each.kind === kind).length;
  const digest = await crypto.subtle.digest('SHA-256', utf8(`${toHex(salt)} ${JSON.stringify(scope)}`));
  return {
    reach: 'limited',
    windows: count('window'),
    applications: count('application'),
    rectangles: count('rectangle'),
    sha256: toHex(new Uint8Array(digest)),
  };
}
