/** Questions that macOS answers by calling a block, on whatever thread. */
import koffi from 'koffi';
import type { Ref } from './frameworks.ts';
import { globalBlock } from './objc.ts';

export interface BlockAnswersOptions {
  /** Address of `_NSConcreteGlobalBlock`. */
  isa: bigint;
  /** Keeps an object beyond the call that brings it. */
  retain: (object: Ref) => Ref;
  withinMs: number;
}

/**
 * One block for all questions of this process, which are asked in turn: each new block and callback would stay for ever. A
 * question that was not answered in time may still be: until then all others get nothing.
 */
export class BlockAnswers {
  readonly #options: BlockAnswersOptions;
  readonly #block: bigint;
  #waiting: ((object: Ref) => void) | undefined;
  #isOpen = false;
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: BlockAnswersOptions) {
    this.#options = options;
    // What the handlers are given: an object or none, and what went wrong.
    const handler = koffi.pointer(koffi.proto('void', ['void *', 'void *', 'void *']));
    const invoke = koffi.register((_block: Ref, object: Ref, _error: Ref) => this.#take(object), handler);
    this.#block = globalBlock(options.isa, invoke);
  }

  /** The object is the caller's to let go; null when there is none, or too late. */
  ask(question: (block: bigint) => void): Promise<Ref> {
    const asked = this.#last.then(() => this.#askNow(question));
    this.#last = asked.catch(() => undefined); // the caller has the error
    return asked;
  }

  #askNow(question: (block: bigint) => void): Promise<Ref> {
    if (this.#isOpen) return Promise.resolve(null);
    this.#isOpen = true;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#give(null), this.#options.withinMs);
      this.#waiting = (object) => {
        clearTimeout(timer);
        resolve(object);
      };
      try {
        question(this.#block);
      } catch (cause) {
        // Not asked, so nothing is to come.
        this.#isOpen = false;
        reject(cause as Error);
        this.#give(null);
      }
    });
  }

  #take(object: Ref): void {
    this.#isOpen = false;
    const isWanted = this.#waiting !== undefined && object !== null;
    // It is the handler's for the time of the call alone.
    this.#give(isWanted ? this.#options.retain(object) : null);
  }

  #give(object: Ref): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.(object);
  }
}
