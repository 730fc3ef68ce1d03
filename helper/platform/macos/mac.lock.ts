/**
 * Whether the session of this person is locked or not at the screen (another person was switched to). macOS sends no word of
 * it to a program without an application of its own, so it is asked. CGSession.h; the key of the lock is in no header, and
 * macOS leaves it out while nothing is locked.
 */
import { AskedLock } from '../asked.lock.ts';
import type { LockReason } from '../platform.ts';
import { flagIn, released } from './core.foundation.ts';
import { macLibrary } from './frameworks.ts';
import type { Ref } from './frameworks.ts';

const coreGraphics = macLibrary<{ CGSessionCopyCurrentDictionary(): Ref }>('CoreGraphics', {
  CGSessionCopyCurrentDictionary: 'void *CGSessionCopyCurrentDictionary()',
});

export const openMacLock = (): AskedLock => new AskedLock(lookNow);

function lookNow(): LockReason | undefined {
  const session = coreGraphics.CGSessionCopyCurrentDictionary();
  if (session === null) return lockReasonOf(undefined);
  return released(session, () =>
    lockReasonOf({
      isLocked: flagIn(session, 'CGSSessionScreenIsLocked'),
      isOnConsole: flagIn(session, 'kCGSSessionOnConsoleKey'),
    }),
  );
}

export interface SessionFacts {
  isLocked: boolean | undefined;
  isOnConsole: boolean | undefined;
}

/** A program without a session, and a session that does not say that it is at the screen, count as on no screen. */
export function lockReasonOf(session: SessionFacts | undefined): LockReason | undefined {
  if (session?.isOnConsole !== true) return 'disconnected';
  return session.isLocked === true ? 'locked' : undefined;
}
