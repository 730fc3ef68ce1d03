/** How the worker notices that the guardian is gone or hangs: by its own ticks, as the guardian does (guardian.machine.ts). */
import { TICK_MS } from './guardian.machine.ts';

/** Nobody owns Stop any more after this many ticks without a sign of life: 1.75 s. */
const LOST_AFTER = 7;

export class Heartbeat {
  readonly #timer: NodeJS.Timeout;
  #silence = 0;

  /** `beat` is called at every tick, `onLost` once. */
  constructor(beat: () => void, onLost: () => void) {
    this.#timer = setInterval(() => {
      this.#silence += 1;
      if (this.#silence < LOST_AFTER) return beat();
      this.stop();
      onLost();
    }, TICK_MS);
  }

  heard(): void {
    this.#silence = 0;
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
