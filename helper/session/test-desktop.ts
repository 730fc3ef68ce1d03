/** A desktop of which nothing is real: what was done to it is kept in words. */
import type { Bytes } from '../../protocol/bytes.ts';
import type {
  CaptureMethod,
  CaptureSession,
  CursorShape,
  DesktopWindow,
  InputInjector,
  LockReason,
  Picture,
  Platform,
  Screen,
  SensitiveField,
} from '../platform/platform.ts';
import type { EncodedFrame, FrameEncoder } from './picture.stream.ts';

export const SCREEN: Screen = {
  id: 'screen-1',
  name: 'Left',
  bounds: { x: 100, y: 50, width: 1000, height: 800 },
  isPrimary: true,
};

/** Waits until everything that follows from what was done has been done, as far as it needs no timer. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** A window of a program that is nobody's in particular; all of it shows unless `opaque` says otherwise. */
export function windowOf(changes: Partial<DesktopWindow> = {}): DesktopWindow {
  const bounds = changes.bounds ?? SCREEN.bounds;
  return {
    id: 'window',
    pid: 9,
    executable: '/usr/bin/any',
    title: 'any',
    bounds,
    isFocused: false,
    opaque: [bounds],
    isPopup: false,
    transientFor: undefined,
    role: '',
    ...changes,
  };
}

export class FakeInput implements InputInjector {
  readonly done: string[] = [];
  /** Texts that wait for `finishTyping`, when typing is slow. */
  #typing: { resolve: () => void; reject: (cause: Error) => void }[] = [];
  isSlow = false;
  failure: Error | undefined;

  movePointer(x: number, y: number): void {
    this.#do(`move ${x},${y}`);
  }
  pressButton(button: number, isDown: boolean): void {
    this.#do(`button ${button} ${isDown ? 'down' : 'up'}`);
  }
  scroll(deltaX: number, deltaY: number): void {
    this.#do(`scroll ${deltaX},${deltaY}`);
  }
  pressKey(code: string, isDown: boolean): boolean {
    this.#do(`key ${code} ${isDown ? 'down' : 'up'}`);
    return true;
  }
  typeText(text: string): Promise<void> {
    this.#do(`text ${text}`);
    if (!this.isSlow) return Promise.resolve();
    return new Promise((resolve, reject) => this.#typing.push({ resolve, reject }));
  }
  releaseAll(): void {
    this.done.push('release-all');
  }
  close(): void {
    this.releaseAll();
  }

  /** The text under way has been typed, or could not be. */
  async finishTyping(failure?: Error): Promise<void> {
    for (const { resolve, reject } of this.#typing.splice(0)) {
      if (failure === undefined) resolve();
      else reject(failure);
    }
    await settle();
  }

  #do(what: string): void {
    if (this.failure !== undefined) throw this.failure;
    this.done.push(what);
  }
}

/** A screen whose content is a number that grows with every change. */
export class FakeCapture implements CaptureSession {
  method: CaptureMethod = { name: 'x11-damage', why: undefined };
  readonly screen = SCREEN;
  grabs = 0;
  isClosed = false;
  content = 0;
  failure: Error | undefined;
  #isDamaged = true;
  #onDamage: () => void = () => undefined;
  #isArmed = true;
  #gate: Promise<void> | undefined;
  cursorMove: (x: number, y: number, isLocal: boolean) => void = () => undefined;
  cursorShape: (shape: CursorShape) => void = () => undefined;
  screenChange: (change: 'resized' | 'gone') => void = () => undefined;

  /** Something on the screen changes. */
  change(): void {
    this.content += 1;
    this.#isDamaged = true;
    if (!this.#isArmed) return;
    this.#isArmed = false;
    this.#onDamage();
  }
  /** Grabs wait until the returned function is called. */
  hold(): () => Promise<void> {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.#gate = promise;
    return async () => {
      this.#gate = undefined;
      resolve(undefined);
      await settle();
    };
  }
  onDamage(listener: () => void): void {
    this.#onDamage = listener;
  }
  onScreenChange(listener: (change: 'resized' | 'gone') => void): void {
    this.screenChange = listener;
  }
  onCursorShape(listener: (shape: CursorShape) => void): void {
    this.cursorShape = listener;
  }
  onCursorMove(listener: (x: number, y: number, isLocal: boolean) => void): void {
    this.cursorMove = listener;
  }
  async grab(): Promise<Picture | undefined> {
    this.grabs += 1;
    this.#isArmed = true;
    await this.#gate;
    if (this.failure !== undefined) throw this.failure;
    if (!this.#isDamaged) return undefined;
    this.#isDamaged = false;
    return { width: 1, height: 1, stride: 4, pixels: Uint8Array.of(this.content, 0, 0, 0), damage: [] };
  }
  invalidate(): void {
    this.#isDamaged = true;
  }
  close(): void {
    this.isClosed = true;
  }
}

/** Makes frames of the number that the captured picture shows. */
export class FakeEncoder implements FrameEncoder {
  videoEncoder = 'libx264';
  readonly log: string[] = [];
  refineAt: number | undefined;
  /** What `refine` gives, one after the other. */
  refinements: string[] = [];
  isClosed = false;
  failure: Error | undefined;
  #isKeyWanted = false;
  #number = 0;
  #gate: Promise<void> | undefined;

  hold(): () => Promise<void> {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.#gate = promise;
    return async () => {
      this.#gate = undefined;
      resolve(undefined);
      await settle();
    };
  }
  setMasks(masks: readonly unknown[]): void {
    if (masks.length > 0) this.log.push(`masks ${JSON.stringify(masks)}`);
  }
  async encode(picture: Picture): Promise<EncodedFrame | undefined> {
    this.#assertOpen();
    const content = picture.pixels[0] ?? 0;
    const isKey = this.#isKeyWanted;
    this.#isKeyWanted = false;
    await this.#gate;
    if (this.failure !== undefined) throw this.failure;
    return this.#frame(String(content), isKey);
  }
  async refine(budgetBytes: number): Promise<EncodedFrame | undefined> {
    this.#assertOpen();
    this.log.push(`refine ${budgetBytes}`);
    const next = this.refinements.shift();
    if (this.refinements.length === 0 && next !== undefined) this.refineAt = undefined;
    return next === undefined ? undefined : this.#frame(next, false);
  }
  nextRefineAt(): number | undefined {
    return this.refineAt;
  }
  requestKey(): void {
    this.#isKeyWanted = true;
  }
  close(): void {
    this.isClosed = true;
  }

  #frame(content: string, isKey: boolean): EncodedFrame {
    this.#number += 1;
    const payload: Bytes = new TextEncoder().encode(content);
    return { payload, number: this.#number, isKey };
  }
  #assertOpen(): void {
    if (this.isClosed) throw new Error('used after it was closed');
  }
}

/** What the platform would report; `tell` after a change. */
export interface TestSecrets {
  fields: SensitiveField[];
  passwordPids: Set<number>;
  tell: () => void;
}

export interface TestDesktop {
  secrets: TestSecrets;
  platform: Platform;
  input: FakeInput;
  captures: FakeCapture[];
  /** Front-most first; told to whoever watches. */
  setWindows(windows: DesktopWindow[]): Promise<void>;
  /** The local person moves or types. */
  touch(): void;
  banner: { bounds: { x: number; y: number; width: number; height: number } | undefined };
  /** Set by the test, which tells the session itself. */
  lock: { reason: LockReason | undefined };
}

export function createTestDesktop(): TestDesktop {
  const input = new FakeInput();
  const captures: FakeCapture[] = [];
  const banner: TestDesktop['banner'] = { bounds: undefined };
  const lock: TestDesktop['lock'] = { reason: undefined };
  let windows: DesktopWindow[] = [];
  let geometrySerial = 0;
  const secrets: TestSecrets = { fields: [], passwordPids: new Set(), tell: () => undefined };
  let onWindows = (): void => undefined;
  let onLocalInput: (kind: 'pointer' | 'key') => void = () => undefined;
  const nothing = (): void => undefined;
  const platform: Platform = {
    name: 'linux-x11',
    capture: {
      screens: () => Promise.resolve([SCREEN]),
      open: () => {
        const capture = new FakeCapture();
        captures.push(capture);
        return Promise.resolve(capture);
      },
    },
    input,
    localInput: { onLocalInput: (listener) => (onLocalInput = listener), close: nothing },
    windows: {
      focusedWindow: () => Promise.resolve(windows.find((window) => window.isFocused)?.id),
      list: () => Promise.resolve(windows),
      onChange: (listener) => (onWindows = listener),
      geometrySerial: () => Promise.resolve(geometrySerial),
      close: nothing,
    },
    overlay: {
      showBanner: nothing,
      hideBanner: nothing,
      bannerBounds: () => banner.bounds,
      onStop: nothing,
      close: nothing,
    },
    fields: {
      isAvailable: true,
      fields: () => secrets.fields,
      onChange: (listener) => (secrets.tell = listener),
      close: nothing,
    },
    terminals: {
      readsPassword: (pid) => secrets.passwordPids.has(pid),
      onChange: nothing,
      close: nothing,
    },
    lock: { reason: () => lock.reason, onChange: nothing, close: nothing },
    outlines: { show: nothing, close: nothing },
    hideHotkey: { label: 'Ctrl+Alt+Shift+H', onPress: nothing, close: nothing },
    hotkey: { label: 'Ctrl+Alt+Shift+Q', onPress: nothing, close: nothing },
    onLost: nothing,
    close: () => Promise.resolve(),
  };
  return {
    platform,
    input,
    captures,
    banner,
    lock,
    secrets,
    setWindows: async (next) => {
      windows = next;
      geometrySerial += 1;
      onWindows();
      await settle();
    },
    touch: () => onLocalInput('pointer'),
  };
}
