/** The helper files that were packaged with this build, and the name under which one is handed to a sharer. */
import { createReadStream, existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { z } from 'zod';
import { platform, type HelperPlatform } from '../../protocol/api/sessions.ts';

const manifest = z.array(
  z.object({
    platform,
    file: z.string().regex(/^[A-Za-z0-9._-]+$/),
    bytes: z.number().int().positive(),
    sha256: z.string().regex(/^[0-9a-f]{64}$/),
    version: z.string(),
  }),
);
export type HelperFile = z.infer<typeof manifest>[number];

export interface HelperShelf {
  /** What is there now; empty when nothing was packaged. */
  list(): HelperFile[];
  find(platform: HelperPlatform): HelperFile | undefined;
  /** `start` and `end` inclusive, as in a Range header. */
  read(file: HelperFile, range: { start: number; end: number }): ReadableStream<Uint8Array>;
}

/** `directory` holds `manifest.json` and the files it names; those that were revoked, by their SHA-256, are not offered. */
export function createHelperShelf(directory: string, revoked: readonly string[] = []): HelperShelf {
  const manifestFile = join(directory, 'manifest.json');
  const list = (): HelperFile[] => {
    if (!existsSync(manifestFile)) return [];
    const listed = manifest.parse(JSON.parse(readFileSync(manifestFile, 'utf8')));
    // A file that was only half copied is not offered.
    return listed.filter(
      ({ file, bytes, sha256 }) =>
        !revoked.includes(sha256) && statSync(join(directory, file), { throwIfNoEntry: false })?.size === bytes,
    );
  };
  return {
    list,
    find: (wanted) => list().find((file) => file.platform === wanted),
    read: ({ file }, range) => {
      const stream = createReadStream(join(directory, file), range);
      // Node's and the DOM's declarations of the same class do not unify.
      return Readable.toWeb(stream) as ReadableStream<Uint8Array>;
    },
  };
}

export interface HelperDestination {
  /** Name or address under which devices reach the device listener. */
  host: string;
  devicePort: number;
  /** SHA-256 of the CA certificate, hex. */
  caFingerprint: string;
}

/**
 * Address, CA and token travel in the name, because nothing may be appended to a signed file. The fingerprint is cut to
 * 128 bits to keep the name short. An IPv6 address is spelled `fe80--1.ipv6-literal.net`, as Windows does in UNC paths,
 * since a colon cannot be part of a file name there.
 */
export function helperFileName({ host, devicePort, caFingerprint }: HelperDestination, token: string): string {
  const bare = host.replace(/^\[|\]$/g, '').toLowerCase();
  const name = bare.includes(':') ? `${bare.replaceAll(':', '-')}.ipv6-literal.net` : bare;
  if (!/^[a-z0-9.-]+$/.test(name)) throw new Error(`${host} cannot be part of a file name`);
  return `handrail-helper_${name}_${devicePort}_${caFingerprint.slice(0, 32).toLowerCase()}_${token}`;
}

/** The same file under this name only removes what a helper left behind (helper/address.ts). */
export const CLEAN_UP_FILE_NAME = 'handrail-clean-up';

/** Windows runs nothing without its ending; the helper does not count it (helper/address.ts). */
export function fileNameOn(system: HelperPlatform, name: string): string {
  return system === 'win-x64' ? `${name}.exe` : name;
}

/**
 * One range of `bytes` (RFC 9110 §14.1.2). Undefined: no range was asked for, or in a way that we answer with the whole
 * file; `unsatisfiable` when it lies outside.
 */
export function parseRange(
  header: string | undefined,
  size: number,
): { start: number; end: number } | 'unsatisfiable' | undefined {
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? '');
  if (match === null || (match[1] === '' && match[2] === '')) return undefined;
  const [first = '', last = ''] = match.slice(1);
  if (first === '') {
    const length = Math.min(Number(last), size);
    return length === 0 ? 'unsatisfiable' : { start: size - length, end: size - 1 };
  }
  const start = Number(first);
  const end = last === '' ? size - 1 : Math.min(Number(last), size - 1);
  return start >= size || end < start ? 'unsatisfiable' : { start, end };
}
