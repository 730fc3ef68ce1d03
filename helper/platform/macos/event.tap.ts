/**
 * Hears pointer and keyboard, whatever window they are for: a tap that only listens, so that the local hand never waits for
 * us. macOS tells of each event where it was made, and carries our own mark through. CGEvent.h, CFMachPort.h, CFRunLoop.h.
 */
import koffi from 'koffi';
import { constantOf, macLibrary } from './frameworks.ts';
import type { Ref } from './frameworks.ts';
import { release } from './core.foundation.ts';
import type { InputEar } from '../heard.input.ts';
import { EVENT_MASK, hear, isTapDisabled } from './heard.events.ts';
import type { HeardEvent } from './heard.events.ts';

/** kCGSessionEventTap: the one before it is for programs of the administrator. */
const SESSION = 1;
/** kCGTailAppendEventTap: behind those that may change an event. */
const TAIL = 1;
const LISTEN_ONLY = 1;
/** CGEventField: autorepeat, key code, user data of the source. */
const FIELD = { isRepeated: 8, keyCode: 9, userData: 42 } as const;
/** A tap that was taken away (the permission was) cannot be switched on again. */
const LOOK_EVERY_MS = 1000;

interface CoreGraphics {
  CGEventTapCreate(
    ...args: [tap: number, place: number, options: number, mask: number, callback: bigint, info: null]
  ): Ref;
  CGEventTapEnable(tap: Ref, isEnabled: boolean): void;
  CGEventTapIsEnabled(tap: Ref): boolean;
  CGEventGetIntegerValueField(event: Ref, field: number): number | bigint;
  CGEventGetFlags(event: Ref): number;
}

const coreGraphics = macLibrary<CoreGraphics>('CoreGraphics', {
  CGEventTapCreate:
    'void *CGEventTapCreate(uint32_t tap, uint32_t place, uint32_t options, uint64_t mask, EVENTTAP *callback, void *info)',
  CGEventTapEnable: 'void CGEventTapEnable(void *tap, bool isEnabled)',
  CGEventTapIsEnabled: 'bool CGEventTapIsEnabled(void *tap)',
  CGEventGetIntegerValueField: 'int64_t CGEventGetIntegerValueField(void *event, uint32_t field)',
  CGEventGetFlags: 'uint64_t CGEventGetFlags(void *event)',
});

interface CoreFoundation {
  CFMachPortCreateRunLoopSource(allocator: null, port: Ref, order: number): Ref;
  CFMachPortInvalidate(port: Ref): void;
  CFRunLoopGetMain(): Ref;
  CFRunLoopAddSource(loop: Ref, source: Ref, mode: Ref): void;
  CFRunLoopRemoveSource(loop: Ref, source: Ref, mode: Ref): void;
}

const coreFoundation = macLibrary<CoreFoundation>('CoreFoundation', {
  CFMachPortCreateRunLoopSource: 'void *CFMachPortCreateRunLoopSource(void *allocator, void *port, int64_t order)',
  CFMachPortInvalidate: 'void CFMachPortInvalidate(void *port)',
  CFRunLoopGetMain: 'void *CFRunLoopGetMain()',
  CFRunLoopAddSource: 'void CFRunLoopAddSource(void *loop, void *source, void *mode)',
  CFRunLoopRemoveSource: 'void CFRunLoopRemoveSource(void *loop, void *source, void *mode)',
});

export interface EventTapOptions {
  onError: (error: unknown) => void;
  /** Nothing is heard any more. */
  onLost: (reason: string) => void;
}

/** Needs a `RunLoop` to be heard. */
export class EventTap implements InputEar {
  readonly #options: EventTapOptions;
  readonly #listeners = new Set<(input: HeardEvent) => void>();
  readonly #callback: bigint;
  readonly #tap: Ref;
  readonly #source: Ref;
  readonly #timer: NodeJS.Timeout;
  #isPointerInjected = false;

  /** Throws when macOS does not let us listen. */
  constructor(options: EventTapOptions) {
    this.#options = options;
    this.#callback = koffi.register((_proxy: Ref, type: number, event: Ref) => {
      this.#take(type, event);
      return event;
    }, 'EVENTTAP *');
    this.#tap = coreGraphics.CGEventTapCreate(SESSION, TAIL, LISTEN_ONLY, EVENT_MASK, this.#callback, null);
    if (this.#tap === null) {
      koffi.unregister(this.#callback);
      throw new Error('macOS does not let this program hear pointer and keyboard');
    }
    this.#source = coreFoundation.CFMachPortCreateRunLoopSource(null, this.#tap, 0);
    coreFoundation.CFRunLoopAddSource(coreFoundation.CFRunLoopGetMain(), this.#source, modes());
    this.#timer = setInterval(() => this.#keepEnabled(), LOOK_EVERY_MS);
    this.#timer.unref();
  }

  /** Whether the last movement or button was ours. */
  isPointerInjected(): boolean {
    return this.#isPointerInjected;
  }

  /** Returns how to stop. */
  listen(listener: (input: HeardEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): void {
    clearInterval(this.#timer);
    this.#listeners.clear();
    coreFoundation.CFRunLoopRemoveSource(coreFoundation.CFRunLoopGetMain(), this.#source, modes());
    coreFoundation.CFMachPortInvalidate(this.#tap);
    release(this.#source);
    release(this.#tap);
    koffi.unregister(this.#callback);
  }

  /** koffi makes nothing of what is thrown here, so it is told. */
  #take(type: number, event: Ref): void {
    try {
      if (isTapDisabled(type)) return this.#keepEnabled();
      const input = hear({
        type,
        userData: field(event, FIELD.userData),
        keyCode: field(event, FIELD.keyCode),
        flags: coreGraphics.CGEventGetFlags(event),
        isRepeated: field(event, FIELD.isRepeated) !== 0,
      });
      if (input.kind === 'pointer') this.#isPointerInjected = input.isInjected;
      for (const listener of this.#listeners) listener(input);
    } catch (error) {
      this.#options.onError(error);
    }
  }

  #keepEnabled(): void {
    if (coreGraphics.CGEventTapIsEnabled(this.#tap)) return;
    coreGraphics.CGEventTapEnable(this.#tap, true);
    if (!coreGraphics.CGEventTapIsEnabled(this.#tap))
      this.#options.onLost('macOS does not let this program hear pointer and keyboard any more');
  }
}

function field(event: Ref, which: number): number {
  return Number(coreGraphics.CGEventGetIntegerValueField(event, which));
}

function modes(): Ref {
  return constantOf('CoreFoundation', 'kCFRunLoopCommonModes');
}
