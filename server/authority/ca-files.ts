import { existsSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** Certificates of internal CAs that were replaced: what they have signed must still be readable as what it was. */
export const FORMER_FOLDER = 'former';
/** The authority folder that is about to take the place of the present one, and the one that has just lost it. */
export const NEXT_AUTHORITY = 'authority.next';
export const OLD_AUTHORITY = 'authority.old';

/** PEM: the certificate of the present internal CA, then those of former ones. */
export function readCaCertificates(dataDir: string): string {
  const folder = join(dataDir, 'authority');
  return readFileSync(join(folder, 'ca.crt'), 'utf8') + readFormerCaCertificates(folder);
}

/** PEM; empty when there is no former CA. */
export function readFormerCaCertificates(folder: string): string {
  const former = join(folder, FORMER_FOLDER);
  if (!existsSync(former)) return '';
  const files = readdirSync(former).filter((name) => name.endsWith('.crt'));
  return files
    .sort()
    .map((name) => readFileSync(join(former, name), 'utf8'))
    .join('');
}

/** What a rotation that was cut off has left. Without the new folder in its place it did not happen. */
export function settleAuthorityFolders(dataDir: string): void {
  const present = join(dataDir, 'authority');
  const next = join(dataDir, NEXT_AUTHORITY);
  if (!existsSync(present) && existsSync(next)) renameSync(next, present);
  if (!existsSync(present)) return;
  for (const folder of [next, join(dataDir, OLD_AUTHORITY)]) rmSync(folder, { recursive: true, force: true });
}
