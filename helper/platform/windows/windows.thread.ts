/** The main thread's side of window.thread.ts. */
import { MessageChannel } from 'node:worker_threads';
import type { MessagePort, Worker } from 'node:worker_threads';
import { koffiPath } from './koffi.path.ts';
import { toWide, winLibrary } from './win32.ts';
import { CHANGES } from './window.thread.messages.ts';
import type { NumberedRequest, ThreadNews, ThreadRequest, ThreadStart } from './window.thread.messages.ts';
import { startThread } from './window.thread.start.ts';

const WM_NULL = 0;

/** WNDCLASSEXW, with its size in front. */
const CLASS_BYTES = 80;

interface User32 {
  PostThreadMessageW(...args: [thread: number, message: number, w: number, l: number]): number;
  GetClassInfoExW(module: number, name: Buffer, into: Buffer): number;
}

const user32 = winLibrary<User32>('user32', {
  PostThreadMessageW: 'int PostThreadMessageW(uint32_t thread, uint32_t message, uintptr_t w, intptr_t l)',
  GetClassInfoExW: 'int GetClassInfoExW(intptr_t module, void *name, void *into)',
});

export interface WindowThreadOptions {
  /** Only for tests: without hooks, as where Windows does not ask them. */
  hasHooks?: boolean;
}

type Answered = Pick<Extract<ThreadNews, { type: 'answer' }>, 'answer' | 'error'>;

export class WindowThread {
  readonly #worker: Worker;
  readonly #port: MessagePort;
  readonly #changes: Int32Array;
  readonly #listeners = new Set<(news: ThreadNews) => void>();
  readonly #lostListeners = new Set<(reason: string) => void>();
  readonly #waiting = new Map<number, (answered: Answered) => void>();
  readonly #ready = Promise.withResolvers<number>();
  readonly #exited: Promise<void>;
  #threadId = 0;
  #number = 0;
  #surfaces = 0;
  #isClosed = false;

  private constructor(hasHooks: boolean) {
    const { port1, port2 } = new MessageChannel();
    const changes = new SharedArrayBuffer(Object.keys(CHANGES).length * Int32Array.BYTES_PER_ELEMENT);
    this.#changes = new Int32Array(changes);
    this.#port = port1;
    const start: ThreadStart = { port: port2, changes, hasHooks, koffi: koffiPath() };
    this.#worker = startThread({ workerData: start, transferList: [port2] });
    this.#port.unref();
    this.#exited = new Promise((resolve) => this.#worker.once('exit', () => resolve()));
    this.#worker.once('error', (error) => this.#end(error));
    this.#worker.once('exit', () => this.#end(new Error('the thread of the windows has ended')));
    this.#port.on('message', (news: ThreadNews) => this.#take(news));
  }

  static async open({ hasHooks = true }: WindowThreadOptions = {}): Promise<WindowThread> {
    makeBuiltInClasses();
    const thread = new WindowThread(hasHooks);
    thread.#threadId = await thread.#ready.promise;
    // It keeps the program from ending while it begins and while it ends, and not in between.
    thread.#worker.unref();
    return thread;
  }

  /** A number for a surface or a hotkey that no other has. */
  nextId(): number {
    return ++this.#surfaces;
  }

  /** Resolves when it is done; rejects when it could not be. */
  ask(request: ThreadRequest): Promise<string | undefined> {
    if (this.#isClosed) return Promise.resolve(undefined);
    const number = ++this.#number;
    const numbered: NumberedRequest = { number, request };
    return new Promise((resolve, reject) => {
      this.#waiting.set(number, ({ answer, error }) => {
        if (error === undefined) resolve(answer);
        else reject(new Error(error));
      });
      this.#port.postMessage(numbered);
      user32.PostThreadMessageW(this.#threadId, WM_NULL, 0, 0);
    });
  }

  /** Returns how to stop listening. */
  onNews(listener: (news: ThreadNews) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  onLost(listener: (reason: string) => void): void {
    this.#lostListeners.add(listener);
  }

  /** Changes of geometry that were heard of so far. */
  get geometryChanges(): number {
    return Atomics.load(this.#changes, CHANGES.count);
  }

  /** The next change of that kind is told again. */
  rearm(kind: 'windows' | 'controls'): void {
    Atomics.store(this.#changes, CHANGES[kind], 0);
  }

  /** Windows, hooks and hotkeys are gone then. */
  async close(): Promise<void> {
    this.#lostListeners.clear();
    this.#worker.ref();
    void this.ask({ type: 'end' });
    await this.#exited;
  }

  #take(news: ThreadNews): void {
    if (news.type === 'ready') return this.#ready.resolve(news.threadId);
    if (news.type === 'answer') {
      this.#waiting.get(news.number)?.(news);
      this.#waiting.delete(news.number);
      return;
    }
    for (const listener of this.#listeners) listener(news);
  }

  #end(error: Error): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#ready.reject(error);
    for (const answer of this.#waiting.values()) answer({ answer: undefined });
    this.#waiting.clear();
    for (const listener of this.#lostListeners) listener(error.message);
  }
}

/**
 * Wine makes the classes of Windows' own windows when the first is asked for. Two threads that ask at once, one of them while
 * a library is loaded, wait for each other for ever.
 */
function makeBuiltInClasses(): void {
  const into = Buffer.alloc(CLASS_BYTES);
  into.writeUInt32LE(into.length);
  user32.GetClassInfoExW(0, toWide('Edit'), into);
}
