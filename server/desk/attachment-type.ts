/**
 * What may be dropped on a request, decided by extension and by content together. The extension says what it claims to be,
 * the bytes must agree; whatever is unknown is refused. Nothing here makes a file safe to open: serving does its part too.
 */
import type { Attachment } from '../../protocol/api/desk.ts';

export interface AttachmentType {
  kind: Attachment['kind'];
  /** What an image is served as; everything else leaves as application/octet-stream. */
  mediaType: string;
}

type Check = (bytes: Uint8Array) => boolean;

const PNG: Check = startsWith([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const JPEG: Check = startsWith([0xff, 0xd8, 0xff]);
/** RIFF, four bytes of length, WEBP (RFC 9649 §2.4). */
const WEBP: Check = (bytes) =>
  startsWith([0x52, 0x49, 0x46, 0x46])(bytes) && startsWith([0x57, 0x45, 0x42, 0x50])(bytes.subarray(8));
/** A local file header, or the end record of an empty archive (APPNOTE 4.3.7, 4.3.16). */
const ZIP: Check = (bytes) =>
  startsWith([0x50, 0x4b, 0x03, 0x04])(bytes) || startsWith([0x50, 0x4b, 0x05, 0x06])(bytes);
/** ID1, ID2, deflate (RFC 1952 §2.3.1). */
const GZIP: Check = startsWith([0x1f, 0x8b, 0x08]);

const text = { kind: 'text', mediaType: 'application/octet-stream', isContent: isUtf8Text } as const;
const archive = { kind: 'archive', mediaType: 'application/octet-stream' } as const;

const TYPES: Readonly<Record<string, AttachmentType & { isContent: Check }>> = {
  png: { kind: 'image', mediaType: 'image/png', isContent: PNG },
  jpg: { kind: 'image', mediaType: 'image/jpeg', isContent: JPEG },
  jpeg: { kind: 'image', mediaType: 'image/jpeg', isContent: JPEG },
  webp: { kind: 'image', mediaType: 'image/webp', isContent: WEBP },
  txt: text,
  log: text,
  csv: text,
  json: text,
  xml: text,
  ini: text,
  conf: text,
  zip: { ...archive, isContent: ZIP },
  gz: { ...archive, isContent: GZIP },
};

/** The type of a file, or undefined when it is not one we take. */
export function attachmentType(name: string, bytes: Uint8Array): AttachmentType | undefined {
  const extension = /\.([A-Za-z0-9]+)$/.exec(name)?.[1]?.toLowerCase() ?? '';
  const type = Object.hasOwn(TYPES, extension) ? TYPES[extension] : undefined;
  if (type === undefined || !type.isContent(bytes)) return undefined;
  return { kind: type.kind, mediaType: type.mediaType };
}

const MAX_NAME_LENGTH = 120;

/**
 * A name for people to read: the last segment, without control, bidirectional-override and reserved characters. Undefined
 * when nothing is left. It is never used as a path.
 */
export function attachmentName(given: string): string | undefined {
  const last = given.split(/[/\\]/).at(-1) ?? '';
  const name = last
    .normalize('NFC')
    .replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '')
    .replace(/[<>:"|?*]/g, '_')
    .replace(/^[.\s]+/, '')
    .trim();
  if (name.length <= MAX_NAME_LENGTH) return name === '' ? undefined : name;
  const extension = /\.[A-Za-z0-9]{1,8}$/.exec(name)?.[0] ?? '';
  return (
    [...name.slice(0, MAX_NAME_LENGTH - extension.length)].filter((char) => char.isWellFormed()).join('') + extension
  );
}

/** `Content-Disposition` with the name in both spellings (RFC 6266 §4.3, RFC 8187 §3.2). */
export function contentDisposition(how: 'inline' | 'attachment', name: string): string {
  const ascii = name.replace(/[^\x20-\x7e]/g, '_').replace(/["\\%]/g, '_');
  const encoded = encodeURIComponent(name).replace(/['()*]/g, (char) => `%${char.charCodeAt(0).toString(16)}`);
  return `${how}; filename="${ascii}"; filename*=UTF-8''${encoded}`;
}

function startsWith(magic: readonly number[]): Check {
  return (bytes) => magic.every((byte, index) => bytes[index] === byte);
}

/** UTF-8 without the control characters that no log needs; terminal colours (ESC) and backspace are left in. */
function isUtf8Text(bytes: Uint8Array): boolean {
  try {
    const content = new TextDecoder('utf-8', { fatal: true }).decode(bytes);

    return !/[\u0000-\u0007\u000e-\u001a\u001c-\u001f]/.test(content);
  } catch {
    // Not UTF-8 is an answer, not a failure.
    return false;
  }
}
