import { Hono, type Context } from 'hono';
import { attachmentId, requestId } from '../../protocol/api/desk.ts';
import { requireSignIn, type AccessEnv } from '../access/access.middleware.ts';
import { readBytes, readParam } from '../platform/body.ts';
import { AppError } from '../platform/errors.ts';
import { contentDisposition } from './attachment-type.ts';
import { MAX_ATTACHMENT_BYTES, type AttachmentsService } from './attachments.service.ts';

/** Boundaries, part headers and a long name around the file itself. */
const MULTIPART_OVERHEAD_BYTES = 16 * 1024;

export function createAttachmentsRoutes(attachments: AttachmentsService): Hono<AccessEnv> {
  const app = new Hono<AccessEnv>();

  app.post('/api/requests/:id/attachments', requireSignIn, async (c) => {
    const id = readParam(c, 'id', requestId);
    attachments.requireRoom(c.get('person'), id);
    return c.json(await attachments.add(c.get('person'), id, await readUpload(c)), 201);
  });

  app.get('/api/attachments/:id', requireSignIn, (c) => {
    const { row, content } = attachments.open(c.get('person'), readParam(c, 'id', attachmentId));
    const isImage = row.kind === 'image';
    // No type that a browser would run, no sniffing, and if all else fails a document with no rights at all.
    return c.body(content, 200, {
      'content-type': isImage ? row.mediaType : 'application/octet-stream',
      'content-length': String(row.bytes),
      'content-disposition': contentDisposition(isImage ? 'inline' : 'attachment', row.name),
      'x-content-type-options': 'nosniff',
      'content-security-policy': "sandbox; default-src 'none'",
      'cross-origin-resource-policy': 'same-origin',
      'cache-control': 'private, max-age=86400, immutable',
    });
  });

  return app;
}

/** The one file of a multipart body. Reading stops at the limit, whatever the sender announced. */
async function readUpload(c: Context<AccessEnv>): Promise<{ name: string; bytes: Uint8Array }> {
  const contentType = c.req.header('content-type') ?? '';
  if (!/^multipart\/form-data\s*;/i.test(contentType)) {
    throw new AppError('request.invalid', { fields: ['content-type'] });
  }
  const body = await readBytes(c, MAX_ATTACHMENT_BYTES + MULTIPART_OVERHEAD_BYTES);
  const parts = [...(await parseMultipart(body, contentType)).entries()];
  const file = parts[0]?.[1];
  if (parts.length !== 1 || parts[0]?.[0] !== 'file' || !(file instanceof File)) {
    throw new AppError('request.invalid', { fields: ['file'] });
  }
  return { name: file.name, bytes: await file.bytes() };
}

async function parseMultipart(body: Buffer, contentType: string): Promise<FormData> {
  try {
    return await new Response(new Uint8Array(body), { headers: { 'content-type': contentType } }).formData();
  } catch (cause) {
    throw new AppError('request.invalid', { fields: ['file'] }, { cause });
  }
}
