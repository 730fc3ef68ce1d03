/** What is inside sealed frames, other than pictures (`picture.ts`): JSON, parsed strictly by the end that opens it. */
import { z } from './zod.ts';
import { fromUtf8, utf8, type Bytes } from './bytes.ts';
import { CAPABILITY_NAMES } from './capabilities.ts';
import { PURPOSES } from './grant.ts';
import { REACHES } from './scope.ts';

/** Pixels of the shared screen, as large as any we know. */
const coordinate = z.number().int().min(0).max(32767);
const button = z.union([z.literal(0), z.literal(1), z.literal(2), z.literal(3), z.literal(4)]);

/** Channel `input`, agent to device. */
export const inputMessage = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('pointer/move'), x: coordinate, y: coordinate }),
  z.strictObject({ type: z.literal('pointer/button'), x: coordinate, y: coordinate, button, isDown: z.boolean() }),
  /** Wheel clicks, positive is down or right. */
  z.strictObject({
    type: z.literal('pointer/wheel'),
    x: coordinate,
    y: coordinate,
    deltaX: z.number().min(-50).max(50),
    deltaY: z.number().min(-50).max(50),
  }),
  z.strictObject({ type: z.literal('key'), code: z.string().max(32), isDown: z.boolean() }),
  z.strictObject({ type: z.literal('text'), text: z.string().max(1000) }),
  z.strictObject({ type: z.literal('release-all') }),
]);
export type InputMessage = z.infer<typeof inputMessage>;

/** A question for one right, from the asking to the answer. 8 random bytes, hex. */
const questionId = z.string().regex(/^[0-9a-f]{16}$/);

/** Channel `control`, agent to device. */
export const controlFromAgent = z.discriminatedUnion('type', [
  /** Picture frame `frame` has been painted; `ageMs` as the viewer sees it is not comparable between clocks, so none is sent. */
  z.strictObject({ type: z.literal('ack'), frame: z.number().int().nonnegative() }),
  z.strictObject({ type: z.literal('key-request') }),
  z.strictObject({ type: z.literal('ping'), sentAt: z.number() }),
  /** Asks the sharer for one right. `reason` is the agent's words, shown as theirs. */
  z.strictObject({
    type: z.literal('ask'),
    id: questionId,
    capability: z.enum(CAPABILITY_NAMES),
    reach: z.enum(REACHES),
    reason: z.string().trim().min(1).max(300),
  }),
  z.strictObject({ type: z.literal('ask-withdrawn'), id: questionId }),
]);
export type ControlFromAgent = z.infer<typeof controlFromAgent>;

/** Why remote input was not applied. */
export const INPUT_REFUSALS = [
  'not-granted',
  'frozen',
  'local-hand',
  'banner',
  'consent-window',
  /** Beyond the shared screen, or beyond what may be operated. */
  'outside',
  'hidden',
  'password',
  /** A key combination that the desktop, not the window, would answer. */
  'shortcut',
  /** To a window of a program with more rights than the helper: the system would drop it. */
  'elevated',
] as const;
export type InputRefusal = (typeof INPUT_REFUSALS)[number];

/** Why a part of the picture is covered. */
export const HIDDEN_WHYS = [
  'not-shared',
  'consent',
  'banner',
  'password',
  'application',
  'files',
  'elevation',
  'sharer',
  'hide-now',
] as const;
export type HiddenWhy = (typeof HIDDEN_WHYS)[number];
/** What does not fit is left out: the picture itself is complete, this is for the words on it. */
export const MAX_SCENE_RECTS = 40;
const rectangle = { x: coordinate, y: coordinate, width: coordinate, height: coordinate };

/** What holds remote input back, whatever was granted. */
export const FROZEN_BY = [
  'question',
  'hide-now',
  /** The system asks the person something on a desktop that nobody else sees: nothing of it is in the picture. */
  'secure-desktop',
] as const;
export type FrozenBy = (typeof FROZEN_BY)[number] | null;

/** The grant tag of a frame header, 8 bytes as hex. */
const grantTagHex = z.string().regex(/^[0-9a-f]{16}$/);

/** How pictures of a screen are taken, by what the system offers. */
export const CAPTURE_METHODS = ['x11-damage', 'windows-duplication', 'windows-gdi', 'macos-screenshots'] as const;
/** What encodes moving pictures, by FFmpeg's names: the processor's, and those of graphics cards. */
export const VIDEO_ENCODERS = ['libx264', 'h264_nvenc', 'h264_qsv', 'h264_amf', 'h264_mf'] as const;
/** One of those, or of another version's. */
const sourceName = z.string().regex(/^[a-z0-9_-]{1,32}$/);

/** Channel `control`, device to agent. */
export const controlFromDevice = z.discriminatedUnion('type', [
  /** The first message of an epoch and again after every change: what the header of the agent's frames has to name. */
  z.strictObject({
    type: z.literal('grants'),
    rights: z
      .array(
        z.strictObject({
          /** What the agent's version does not know it does not have. */
          capability: z.string().max(32),
          tag: grantTagHex,
          reach: z.enum(REACHES),
          purpose: z.enum(PURPOSES),
          notAfter: z.number().int(),
        }),
      )
      .max(8),
    /** What may still be asked for, by the policy. */
    askable: z.array(z.strictObject({ capability: z.string().max(32), reach: z.enum(REACHES) })).max(16),
  }),
  /** What became of a question. `refused`: never shown, since policy, pace or another question stood against it. */
  z.strictObject({
    type: z.literal('question'),
    id: questionId,
    state: z.enum(['shown', 'granted', 'declined', 'withdrawn', 'refused']),
  }),
  /** Until the person has answered, or shows the screen again. */
  z.strictObject({ type: z.literal('frozen'), by: z.enum(FROZEN_BY).nullable() }),
  /** What is covered in the picture and why; what may be operated. Pixels of the picture. */
  z.strictObject({
    type: z.literal('scene'),
    hidden: z.array(z.strictObject({ ...rectangle, why: z.enum(HIDDEN_WHYS) })).max(MAX_SCENE_RECTS),
    /** Null: everything that is seen. */
    operable: z.array(z.strictObject(rectangle)).max(MAX_SCENE_RECTS).nullable(),
  }),
  z.strictObject({ type: z.literal('pong'), sentAt: z.number() }),
  /** How the device takes pictures and what encodes those that move; at first and after each change. Names may be unknown to us. */
  z.strictObject({ type: z.literal('source'), capture: sourceName, video: sourceName }),
  /** The local person moved or typed: remote input waits until `untilMs` (device clock) is past; the viewer says so. */
  z.strictObject({ type: z.literal('local-hand'), isActive: z.boolean() }),
  z.strictObject({
    type: z.literal('input-refused'),
    reason: z.enum(INPUT_REFUSALS),
  }),
]);
export type ControlFromDevice = z.infer<typeof controlFromDevice>;

/** Channel `cursor`, device to agent. */
export const cursorMessage = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('move'), x: z.number().int(), y: z.number().int(), isVisible: z.boolean() }),
  /** RGBA, base64url, width × height × 4 bytes. */
  z.strictObject({
    type: z.literal('shape'),
    width: z.number().int().min(1).max(256),
    height: z.number().int().min(1).max(256),
    hotspotX: z.number().int().min(0).max(255),
    hotspotY: z.number().int().min(0).max(255),
    rgba: z
      .string()
      .max(349_526)
      .regex(/^[A-Za-z0-9_-]*$/),
  }),
]);
export type CursorMessage = z.infer<typeof cursorMessage>;

export function encodeMessage(message: InputMessage | ControlFromAgent | ControlFromDevice | CursorMessage): Bytes {
  return utf8(JSON.stringify(message));
}

/** The message, or undefined when the bytes are none of this union: bad peer input is ignored and counted. */
export function decodeMessage<T>(schema: z.ZodType<T>, payload: Uint8Array): T | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(fromUtf8(payload));
  } catch {
    return undefined;
  }
  const result = schema.safeParse(parsed);
  return result.success ? result.data : undefined;
}
