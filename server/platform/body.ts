import type { Context } from 'hono';
import type { z } from 'zod';
import { AppError } from './errors.ts';

/** Enough for every JSON body of the API: the longest request text is 6,000 characters. */
const JSON_LIMIT_BYTES = 64 * 1024;

/** Reads at most `maxBytes`; stops reading, not only judging, at the limit. */
export async function readBytes(c: Context, maxBytes: number): Promise<Buffer> {
  const stated = c.req.header('content-length');
  if (stated !== undefined && Number(stated) > maxBytes) throw new AppError('request.too-large');
  const body = c.req.raw.body;
  if (body === null) return Buffer.alloc(0);
  const chunks: Uint8Array[] = [];
  let total = 0;
  for await (const chunk of body) {
    total += chunk.byteLength;
    if (total > maxBytes) throw new AppError('request.too-large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** The body as JSON, parsed once by `schema`. The content type must say JSON: a plain form cannot send it. */
export async function readJson<Schema extends z.ZodType>(
  c: Context,
  schema: Schema,
  maxBytes = JSON_LIMIT_BYTES,
): Promise<z.output<Schema>> {
  const contentType = c.req.header('content-type')?.split(';')[0]?.trim().toLowerCase();
  if (contentType !== 'application/json') throw new AppError('request.invalid', { fields: ['content-type'] });
  return parseWith(schema, parseJson(await readBytes(c, maxBytes)));
}

/** Query parameters by schema; unknown names are dropped by the schema or refused by a strict one. */
export function readQuery<Schema extends z.ZodType>(c: Context, schema: Schema): z.output<Schema> {
  return parseWith(schema, c.req.query());
}

/** A path parameter by schema. What is not an id cannot exist: 404, not 400. */
export function readParam<Schema extends z.ZodType<string>>(c: Context, name: string, schema: Schema): string {
  const parsed = schema.safeParse(c.req.param(name));
  if (!parsed.success) throw new AppError('not-found');
  return parsed.data;
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new AppError('request.invalid', { fields: [] }, { cause });
  }
}

function parseWith<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const fields = parsed.error.issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => [...issue.path, key].join('.'))
      : [issue.path.join('.')],
  );
  throw new AppError('request.invalid', { fields: [...new Set(fields)].slice(0, 20) }, { cause: parsed.error });
}
