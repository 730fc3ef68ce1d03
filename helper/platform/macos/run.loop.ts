/**
 * What macOS gives only to the thread that the process began with and that runs its run loop: events that a tap hears, and
 * windows of our own. That thread is Node's, so the run loop gets its turn by a timer and never waits in it
 * (docs/decisions/0019). CFRunLoop.h, NSApplication.h.
 */
import { constantOf, macLibrary } from './frameworks.ts';
import type { Ref } from './frameworks.ts';
import { classOf, pooled, send } from './objc.ts';

/** Presses and drags of the local hand are heard this late at most; an empty turn takes some microseconds. */
const TURN_EVERY_MS = 15;
/** kCFRunLoopRunHandledSource. */
const HANDLED = 4;
/** One turn must not last: more comes with the next. */
const MAX_IN_TURN = 64;
/** NSEventMaskAny. */
const ANY_EVENT = 0xffffffffffffffffn;
/** NSApplicationActivationPolicyAccessory: no icon in the Dock, no menu bar. */
const ACCESSORY = 1;

interface CoreFoundation {
  CFRunLoopRunInMode(mode: Ref, seconds: number, returnsAfterOne: number): number;
}

const coreFoundation = macLibrary<CoreFoundation>('CoreFoundation', {
  CFRunLoopRunInMode: 'int32_t CFRunLoopRunInMode(void *mode, double seconds, uint8_t returnsAfterOne)',
});

const system = macLibrary<{ pthread_main_np(): number }>('System', {
  pthread_main_np: 'int pthread_main_np()',
});

export class RunLoop {
  readonly #timer: NodeJS.Timeout;
  readonly #application: Ref;
  readonly #mode: Ref;
  readonly #listeners = new Set<(event: Ref) => void>();

  /** Throws on any other thread: AppKit would end the process there. */
  constructor(onError: (error: unknown) => void) {
    if (system.pthread_main_np() === 0) throw new Error('windows can only be had on the main thread');
    this.#mode = constantOf('CoreFoundation', 'kCFRunLoopDefaultMode');
    this.#application = pooled(() => {
      const application = send('void *', classOf('AppKit', 'NSApplication'), 'sharedApplication');
      send('bool', application, 'setActivationPolicy:', ['int64_t', ACCESSORY]);
      send('void', application, 'finishLaunching');
      return application;
    });
    this.#timer = setInterval(() => {
      try {
        pooled(() => this.#turn());
      } catch (error) {
        onError(error);
      }
    }, TURN_EVERY_MS);
    this.#timer.unref();
  }

  /** Hears every event for windows of our own (NSEvent) before they do. Returns how to stop. */
  onEvent(listener: (event: Ref) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): void {
    clearInterval(this.#timer);
    this.#listeners.clear();
  }

  #turn(): void {
    for (let taken = 0; taken < MAX_IN_TURN; taken++)
      if (coreFoundation.CFRunLoopRunInMode(this.#mode, 0, 1) !== HANDLED) break;
    for (let taken = 0; taken < MAX_IN_TURN; taken++) {
      const event = this.#nextEvent();
      if (event === null) return;
      for (const listener of this.#listeners) listener(event);
      send('void', this.#application, 'sendEvent:', ['void *', event]);
    }
  }

  /** Without a date it does not wait. */
  #nextEvent(): Ref {
    return send(
      'void *',
      this.#application,
      'nextEventMatchingMask:untilDate:inMode:dequeue:',
      ['uint64_t', ANY_EVENT],
      ['void *', null],
      ['void *', this.#mode],
      ['bool', true],
    );
  }
}
