/** Runs a task again when it was asked for while it ran, once however often it was asked. */
export class LatestOnly {
  readonly #task: () => Promise<void>;
  #running: Promise<void> | undefined;
  #isStale = false;

  constructor(task: () => Promise<void>) {
    this.#task = task;
  }

  /** Resolves when the task has run with everything that was known at the time of this call. */
  run(): Promise<void> {
    this.#isStale = true;
    this.#running ??= this.#loop();
    return this.#running;
  }

  async #loop(): Promise<void> {
    try {
      while (this.#isStale) {
        this.#isStale = false;
        await this.#task();
      }
    } finally {
      this.#running = undefined;
    }
  }
}
