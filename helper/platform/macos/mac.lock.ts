/**
 * Whether the session of this person is locked or not at the screen (another person was switched to). macOS sends no word of
 * it to a program without an application of its own, so it is asked. CGSession.h; the key of the lock is in no header, and
 * macOS leaves it out while nothing is locked.
 */
import type { LockReason, SessionLock } from '../platform.ts';
import { flagIn, released } from './core.foundation.ts';
import { macLibrary } from './frameworks.ts';
import type { Ref } from './frameworks.ts';

const LOOK_EVERY_MS = 200;

const coreGraphics = macLibrary<{ CGSessionCopyCurrentDictionary(): Ref }>('CoreGraphics', {
  CGSessionCopyCurrentDictionary: 'void *CGSessionCopyCurrentDictionary()',
});

export class MacLock implements SessionLock {
  readonly #timer: NodeJS.Timeout;
  readonly #listeners = new Set<(reason: LockReason | undefined) => void>();
  #reason = lookNow();

  constructor() {
    this.#timer = setInterval(() => this.#look(), LOOK_EVERY_MS);
    this.#timer.unref();
  }

  reason(): LockReason | undefined {
    return this.#reason;
  }

  onChange(listener: (reason: LockReason | undefined) => void): void {
    this.#listeners.add(listener);
  }

  close(): void {
    clearInterval(this.#timer);
    this.#listeners.clear();
  }

  #look(): void {
    const reason = lookNow();
    if (reason === this.#reason) return;
    this.#reason = reason;
    for (const listener of this.#listeners) listener(reason);
  }
}

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
