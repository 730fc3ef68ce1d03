import { z } from '../zod.ts';
import { ERROR_STATUS, type ErrorCode } from '../errors.ts';

/** Ids carry their kind: `per_…`, `req_…`, `ses_…`; the rest is 128 random bits in lower-case base 32. */
export const id = (kind: string) => z.string().regex(new RegExp(`^${kind}_[a-z0-9]{20,32}$`));

/** Text a person typed: well-formed, no control characters but line feed and tab, trimmed, limited in UTF-16 units. */
export const text = (max: number, min = 1) =>
  z
    .string()
    .trim()
    .min(min)
    .max(max)
    .regex(/^[^\u0000-\u0008\u000b-\u001f\u007f\ud800-\udfff]*$/u);

/** Milliseconds since 1970-01-01T00:00Z. */
export const timeMs = z.number().int().nonnegative();

export const language = z.enum(['en', 'zh-CN']);
export type Language = z.infer<typeof language>;

export const errorBody = z.object({
  code: z.enum(Object.keys(ERROR_STATUS) as [ErrorCode, ...ErrorCode[]]),
  /** Names the request in the server's log. */
  requestId: z.string(),
  /** For `request.invalid`: which fields, as dotted paths. */
  fields: z.array(z.string()).optional(),
  /** For `auth.too-many-attempts`. */
  retryAfterS: z.number().optional(),
});
export type ErrorBody = z.infer<typeof errorBody>;
