/** The lock of a system that sends no word of it and is asked again and again. */
import type { LockReason, SessionLock } from './platform.ts';

const ASK_EVERY_MS = 200;

export class AskedLock implements SessionLock {
  readonly #ask: () => LockReason | undefined;
  readonly #timer: NodeJS.Timeout;
  readonly #listeners = new Set<(reason: LockReason | undefined) => void>();
  #reason: LockReason | undefined;

  constructor(ask: () => LockReason | undefined) {
    this.#ask = ask;
    this.#reason = ask();
    this.#timer = setInterval(() => this.#note(), ASK_EVERY_MS);
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

  #note(): void {
    const reason = this.#ask();
    if (reason === this.#reason) return;
    this.#reason = reason;
    for (const listener of this.#listeners) listener(reason);
  }
}
