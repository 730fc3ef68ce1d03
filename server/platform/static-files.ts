import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { Context } from 'hono';

/**
 * The built user interface, read once at the start. Requests look paths up in a table; none of them ever names a file on
 * the disk.
 */
export interface StaticFiles {
  /** Null when there is no such file. */
  serve(c: Context, path: string): Promise<Response> | null;
  /** The one page of the application; null when the interface was not built. */
  page(c: Context, status: 200 | 404): Promise<Response> | null;
}

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
  png: 'image/png',
  ico: 'image/x-icon',
  webp: 'image/webp',
  woff2: 'font/woff2',
  wasm: 'application/wasm',
  json: 'application/json',
  webmanifest: 'application/manifest+json',
  txt: 'text/plain; charset=utf-8',
};
const COMPRESSIBLE = /^(text\/|image\/svg|application\/(json|wasm|manifest))/;
const MIN_COMPRESSED_BYTES = 1024;

type Encoding = 'br' | 'gzip';

interface StaticFile {
  bytes: Buffer;
  mediaType: string;
  etag: string;
  /** Names under `assets/` contain the hash of the content. */
  isImmutable: boolean;
  encoded: Map<Encoding, Promise<Buffer>>;
}

export function readStaticFiles(directory: string): StaticFiles {
  const files = new Map<string, StaticFile>();
  if (existsSync(directory))
    for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const file = join(entry.parentPath, entry.name);
      files.set(file.slice(directory.length).replaceAll('\\', '/').replace(/^\/*/, '/'), readStaticFile(file));
    }
  return {
    serve: (c, path) => {
      const file = path === '/index.html' ? undefined : files.get(path);
      if (file === undefined) return null;
      c.header('cache-control', file.isImmutable ? 'public, max-age=31536000, immutable' : 'no-cache');
      return send(c, file, 200);
    },
    page: (c, status) => {
      const file = files.get('/index.html');
      if (file === undefined) return null;
      c.header('cache-control', 'no-store');
      return send(c, file, status);
    },
  };
}

function readStaticFile(file: string): StaticFile {
  const bytes = readFileSync(file);
  return {
    bytes,
    mediaType: MEDIA_TYPES[file.split('.').at(-1) ?? ''] ?? 'application/octet-stream',
    etag: `"${createHash('sha256').update(bytes).digest('base64url')}"`,
    isImmutable: /[\\/]assets[\\/]/.test(file),
    encoded: new Map(),
  };
}

async function send(c: Context, file: StaticFile, status: 200 | 404): Promise<Response> {
  c.header('content-type', file.mediaType);
  c.header('vary', 'accept-encoding');
  if (status === 200) {
    c.header('etag', file.etag);
    if (c.req.header('if-none-match') === file.etag) return c.body(null, 304);
  }
  const encoding = chooseEncoding(c.req.header('accept-encoding') ?? '', file);
  if (encoding === null) return c.body(new Uint8Array(file.bytes), status);
  c.header('content-encoding', encoding);
  return c.body(new Uint8Array(await encode(file, encoding)), status);
}

function chooseEncoding(accepted: string, file: StaticFile): Encoding | null {
  if (!COMPRESSIBLE.test(file.mediaType) || file.bytes.length < MIN_COMPRESSED_BYTES) return null;
  const offered = accepted.split(',').map((part) => part.trim().split(';')[0]);
  return (['br', 'gzip'] as const).find((encoding) => offered.includes(encoding)) ?? null;
}

/** Compressed once, at the first request for it, off the event loop. */
function encode(file: StaticFile, encoding: Encoding): Promise<Buffer> {
  const present = file.encoded.get(encoding);
  if (present !== undefined) return present;
  const params = { [constants.BROTLI_PARAM_QUALITY]: 9 };
  const made =
    encoding === 'br' ? promisify(brotliCompress)(file.bytes, { params }) : promisify(gzip)(file.bytes, { level: 9 });
  file.encoded.set(encoding, made);
  return made;
}
