import { accepted, type Accepted } from '../../../protocol/api/sessions.ts';

const keyOf = (sessionId: string): string => `handrail.downloads.${sessionId}`;

/** The downloads of this session, so that a reload does not make a file useless that is already on the disk. */
export function readDownloads(sessionId: string, now: number): Accepted | null {
  try {
    const kept = accepted.parse(JSON.parse(sessionStorage.getItem(keyOf(sessionId)) ?? 'null'));
    return kept.expiresAt > now ? kept : null;
  } catch {
    // Never written, or by another version of this page.
    return null;
  }
}

export function writeDownloads(sessionId: string, kept: Accepted): void {
  sessionStorage.setItem(keyOf(sessionId), JSON.stringify(kept));
}

export function forgetDownloads(sessionId: string): void {
  sessionStorage.removeItem(keyOf(sessionId));
}
