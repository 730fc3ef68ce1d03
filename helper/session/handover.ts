/** What a session of the helper gives to the process that goes on with it, with administrator rights. */
import { MODES } from '../../protocol/capabilities.ts';
import { scope } from '../../protocol/scope.ts';
import { z } from '../../protocol/zod.ts';

const rectangle = z.strictObject({
  x: z.number().int(),
  y: z.number().int(),
  width: z.number().int().positive(),
  height: z.number().int().positive(),
});

export const sessionHandover = z.strictObject({
  /** SHA-256 of the public key of the agent whose match code was picked, hex. */
  knownKey: z.string().regex(/^[0-9a-f]{64}$/),
  /** Agreements of which the match code had to be picked. */
  guesses: z.number().int().nonnegative(),
  /** Questions of the agent's that were shown. */
  questions: z.number().int().nonnegative(),
  /** When Start was given, milliseconds since 1970, and for how long the session has lasted since. */
  startedAt: z.number().int().positive(),
  elapsedMs: z.number().nonnegative(),
  /** What the sharer allowed, to be offered again. */
  before: z.strictObject({
    mode: z.enum(MODES),
    screenId: z.string().max(64),
    see: scope,
    /** Null when they only look. */
    operate: scope.nullable(),
    files: z.boolean(),
    elevated: z.boolean(),
  }),
  /** What the sharer hides. */
  masks: z.strictObject({
    isAllHidden: z.boolean(),
    windows: z.array(z.strictObject({ id: z.string().max(64), label: z.string() })),
    rectangles: z.array(rectangle),
  }),
});
export type SessionHandover = z.infer<typeof sessionHandover>;
