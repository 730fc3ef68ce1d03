/** Tells the worker where the banner will be, and waits until it says that nothing is sent from there. */
import type { Rect } from '../platform/platform.ts';
import type { ToWorker } from './guardian.messages.ts';

/** A worker that does not answer must not keep the banner from being shown; it is about to be ended anyway. */
const ANSWER_WITHIN_MS = 500;

export class Announcements {
  readonly #waiting = new Map<number, () => void>();
  #send: (message: ToWorker) => void = () => undefined;
  #number = 0;
  #isClosed = false;

  sendBy(send: (message: ToWorker) => void): void {
    this.#send = send;
  }

  announce(places: readonly Rect[]): Promise<void> {
    if (this.#isClosed) return Promise.resolve();
    const number = ++this.#number;
    this.#send({ type: 'banner-at', places: [...places], number });
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.covered(number), ANSWER_WITHIN_MS);
      this.#waiting.set(number, () => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  covered(number: number): void {
    this.#waiting.get(number)?.();
    this.#waiting.delete(number);
  }

  /** There is no worker any more, so nothing is sent from anywhere. */
  close(): void {
    this.#isClosed = true;
    for (const number of [...this.#waiting.keys()]) this.covered(number);
  }
}
