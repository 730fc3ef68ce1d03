/** The order of input: what is done while text is being typed comes behind that text. */
export class InputOrder {
  readonly #isOpen: () => boolean;
  /** Texts being typed or waiting; while there are any, other input waits behind them in `#last`. */
  #texts = 0;
  #last: Promise<unknown> = Promise.resolve();
  /** Raised by `drop`: what was waiting then is left out. */
  #epoch = 0;

  /** `isOpen` tells whether there is still something to operate. */
  constructor(isOpen: () => boolean) {
    this.#isOpen = isOpen;
  }

  /** At once, or in its place behind text that is being typed. */
  act(action: () => void): void {
    if (!this.#isOpen()) return;
    if (this.#texts === 0) return action();
    const isStopped = this.#stopped();
    this.#last = this.#last.then(() => {
      if (!isStopped()) action();
    });
  }

  /** Types when the texts before are typed; `typing` asks `isStopped` to end early. */
  type(typing: (isStopped: () => boolean) => Promise<void>): Promise<void> {
    const isStopped = this.#stopped();
    this.#texts += 1;
    const typed = this.#last
      .then(() => (isStopped() ? undefined : typing(isStopped)))
      .finally(() => (this.#texts -= 1));
    this.#last = typed.catch(() => undefined); // the caller has the error
    return typed;
  }

  /** Ends typing, and leaves out all that waits. */
  drop(): void {
    this.#epoch += 1;
  }

  #stopped(): () => boolean {
    const epoch = this.#epoch;
    return () => epoch !== this.#epoch || !this.#isOpen();
  }
}
