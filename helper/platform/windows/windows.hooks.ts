/**
 * Low-level hooks: Windows asks them about every movement, button and key before any program gets it, and says which ones
 * a program made up. Only their being there is looked at, never which key.
 *
 * Windows holds each input until the hook answers, so the hook has a thread of its own that does nothing else: a worker
 * that waits in GetMessageW. Windows takes a hook away without a word when it was late, so it is set anew now and then.
 */
import { Worker } from 'node:worker_threads';
import type * as WorkerThreads from 'node:worker_threads';
import type koffiModule from 'koffi';
import type { HeardInput, InputEar } from '../heard.input.ts';
import { koffiPath } from './koffi.path.ts';
import { winLibrary } from './win32.ts';

const WM_QUIT = 0x12;
/** A run of the same input stays one message for so long. */
const SAME_MS = 8;
const RENEW_MS = 10_000;

interface WatchStart {
  /** Path of koffi's native part. */
  koffi: string;
  /** 1 while the pointer is moved by a program. */
  state: Int32Array;
  sameMs: number;
  renewMs: number;
}

/** Injected is what any program made up, on-screen keyboards included; of the pointer that is known before SendInput returns. */
export interface InputHooks extends InputEar {
  /** Runs of the same input come as one call every 8 ms. */
  listen(listener: (input: HeardInput) => void): () => void;
  close(): Promise<void>;
}

interface User32 {
  PostThreadMessageW(thread: number, message: number, wParam: number, lParam: number): number;
}

const user32 = winLibrary<User32>('user32', {
  PostThreadMessageW: 'int PostThreadMessageW(uint32_t thread, uint32_t message, uintptr_t wParam, intptr_t lParam)',
});

/** Throws when Windows sets no hooks. `onLost` hears when nothing is heard any more. */
export async function openInputHooks(
  onLost: (error: Error) => void,
  { renewMs = RENEW_MS }: { renewMs?: number } = {},
): Promise<InputHooks> {
  // The worker loads koffi itself, since what a module exports belongs to one thread.
  const state = new Int32Array(new SharedArrayBuffer(4));
  const source = `(${watchInput.toString()})(require('node:worker_threads'))`;
  const worker = new Worker(source, {
    eval: true,
    workerData: { koffi: koffiPath(), state, sameMs: SAME_MS, renewMs },
  });
  worker.unref();
  const listeners = new Set<(input: HeardInput) => void>();
  const ended = new Promise<void>((resolve) => void worker.once('exit', () => resolve()));
  const thread = await new Promise<number>((resolve, reject) => {
    worker.once('error', reject);
    worker.once('message', resolve);
  });
  worker.on('error', onLost);
  worker.on('message', (input: HeardInput) => {
    for (const listener of listeners) listener(input);
  });
  const quit = (): void => void user32.PostThreadMessageW(thread, WM_QUIT, 0, 0);
  // Node waits for its workers, and this one waits in Windows.
  process.once('exit', quit);
  return {
    isPointerInjected: () => Atomics.load(state, 0) === 1,
    listen: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: () => {
      listeners.clear();
      process.off('exit', quit);
      worker.ref();
      quit();
      return ended;
    },
  };
}

/** Runs in the worker and can name nothing of this file. */
function watchInput({ parentPort, workerData }: typeof WorkerThreads): void {
  const { koffi: path, state, sameMs, renewMs } = workerData as WatchStart;
  const module: { exports: object } = { exports: {} };
  process.dlopen(module, path);
  const koffi = module.exports as typeof koffiModule;
  const [WH_KEYBOARD_LL, WH_MOUSE_LL] = [13, 14];
  const [INJECTED_KEY, INJECTED_MOUSE] = [0x10, 0x01];
  /** WM_KEYUP, WM_SYSKEYUP, and the releases of the left, right, middle and extra buttons. */
  const releases = new Set([0x101, 0x105, 0x202, 0x205, 0x208, 0x20c]);
  koffi.proto('intptr_t HOOKPROC(int code, uintptr_t wParam, intptr_t lParam)');
  const [user32, kernel32] = [koffi.load('user32.dll'), koffi.load('kernel32.dll')];
  const setHook = user32.func('intptr_t SetWindowsHookExW(int id, HOOKPROC *hook, intptr_t module, uint32_t thread)');
  const unhook = user32.func('int UnhookWindowsHookEx(intptr_t hook)');
  const callNext = user32.func('intptr_t CallNextHookEx(intptr_t hook, int code, uintptr_t wParam, intptr_t lParam)');
  const setTimer = user32.func('uintptr_t SetTimer(intptr_t hwnd, uintptr_t id, uint32_t ms, intptr_t none)');
  const getMessage = user32.func('int GetMessageW(void *message, intptr_t hwnd, uint32_t first, uint32_t last)');
  const threadId = kernel32.func('uint32_t GetCurrentThreadId()');
  const moduleHandle = kernel32.func('intptr_t GetModuleHandleW(void *name)');

  let last = { kind: '', isInjected: false, isAct: false, at: 0 };
  function tell(kind: string, isInjected: boolean, isAct: boolean): void {
    if (kind === 'pointer') Atomics.store(state, 0, isInjected ? 1 : 0);
    const at = performance.now();
    const isSame = last.kind === kind && last.isInjected === isInjected && last.isAct === isAct;
    if (isSame && at - last.at < sameMs) return;
    last = { kind, isInjected, isAct, at };
    parentPort?.postMessage({ kind, isInjected, isAct });
  }
  /** `flagsAt` is where the flags are in KBDLLHOOKSTRUCT (behind two numbers) and MSLLHOOKSTRUCT (behind three). */
  const hookFor = (kind: string, flagsAt: number, injected: number): bigint =>
    koffi.register((code: number, wParam: number, lParam: number) => {
      if (code >= 0)
        tell(kind, (koffi.decode(BigInt(lParam), flagsAt, 'uint32_t') & injected) !== 0, !releases.has(wParam));
      return callNext(0, code, wParam, lParam) as number;
    }, 'HOOKPROC *');
  const procedures = [
    { id: WH_MOUSE_LL, procedure: hookFor('pointer', 12, INJECTED_MOUSE) },
    { id: WH_KEYBOARD_LL, procedure: hookFor('key', 8, INJECTED_KEY) },
  ];
  const setHooks = (): number[] =>
    procedures.map(({ id, procedure }) => setHook(id, procedure, moduleHandle(null), 0) as number);
  let hooks = setHooks();
  if (hooks.includes(0)) throw new Error('Windows sets no hook for input');
  setTimer(0, 0, renewMs, 0);
  parentPort?.postMessage(threadId());
  // MSG is 48 bytes. Messages to the thread are the timer and the end.
  const message = Buffer.alloc(48);
  while ((getMessage(message, 0, 0, 0) as number) > 0) {
    const former = hooks;
    hooks = setHooks();
    for (const hook of former) unhook(hook);
  }
  for (const hook of hooks) unhook(hook);
}
