/** What is inside sealed frames, other than pictures (`picture.ts`): JSON, parsed strictly by the end that opens it. */
import { z } from './zod.ts';
import { fromUtf8, utf8, type Bytes } from './bytes.ts';

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

/** Channel `control`, agent to device. */
export const controlFromAgent = z.discriminatedUnion('type', [
  /** Picture frame `frame` has been painted; `ageMs` as the viewer sees it is not comparable between clocks, so none is sent. */
  z.strictObject({ type: z.literal('ack'), frame: z.number().int().nonnegative() }),
  z.strictObject({ type: z.literal('key-request') }),
  z.strictObject({ type: z.literal('ping'), sentAt: z.number() }),
]);
export type ControlFromAgent = z.infer<typeof controlFromAgent>;

/** The grant tag of a frame header, 8 bytes as hex. */
const grantTagHex = z.string().regex(/^[0-9a-f]{16}$/);

/** Channel `control`, device to agent. */
export const controlFromDevice = z.discriminatedUnion('type', [
  /** The first message of an epoch and again after every change: what the header of the agent's frames has to name. */
  z.strictObject({ type: z.literal('grants'), view: grantTagHex, input: grantTagHex.nullable() }),
  z.strictObject({ type: z.literal('pong'), sentAt: z.number() }),
  /** The local person moved or typed: remote input waits until `untilMs` (device clock) is past; the viewer says so. */
  z.strictObject({ type: z.literal('local-hand'), isActive: z.boolean() }),
  z.strictObject({
    type: z.literal('input-refused'),
    reason: z.enum(['consent-window', 'banner', 'local-hand', 'not-granted', 'outside']),
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
