/**
 * A thread for what Windows gives only to one that waits for messages: windows of our own, hooks and news of other
 * programs' windows. Hooks keep the local person's input waiting, so that nothing else may run here; the main thread asks
 * by a port and is told by the same. Entry of a thread, see window.thread.start.ts.
 */
import { receiveMessageOnPort, workerData } from 'node:worker_threads';
import { HookedInput } from './thread.hooks.ts';
import { Hotkeys } from './thread.hotkeys.ts';
import { Surfaces } from './thread.surfaces.ts';
import { watchWindows } from './thread.watch.ts';
import { winLibrary } from './win32.ts';
import type { WinMessage } from './win32.ts';
import type { NumberedRequest, ThreadNews, ThreadRequest, ThreadStart } from './window.thread.messages.ts';

/** A message wakes us at once; only requests whose wake-up was lost wait so long, and the end of the process. */
const WAKE_MS = 100;
const QS_ALLINPUT = 0x04ff;
/** Returns for messages that have come before the call, too. */
const MWMO_INPUTAVAILABLE = 4;
const PM_REMOVE = 1;
const WM_HOTKEY = 0x0312;

interface User32 {
  MsgWaitForMultipleObjectsEx(...args: [count: number, handles: null, ms: number, mask: number, flags: number]): number;
  PeekMessageW(...args: [message: object, hwnd: number, min: number, max: number, remove: number]): number;
  DispatchMessageW(message: WinMessage): number;
}

const user32 = winLibrary<User32>('user32', {
  MsgWaitForMultipleObjectsEx:
    'uint32_t MsgWaitForMultipleObjectsEx(uint32_t count, void *handles, uint32_t ms, uint32_t mask, uint32_t flags)',
  PeekMessageW: 'int PeekMessageW(_Out_ MSG *message, intptr_t hwnd, uint32_t min, uint32_t max, uint32_t remove)',
  DispatchMessageW: 'intptr_t DispatchMessageW(MSG *message)',
});

const kernel32 = winLibrary<{ GetCurrentThreadId(): number }>('kernel32', {
  GetCurrentThreadId: 'uint32_t GetCurrentThreadId()',
});

// Only window.thread.start.ts starts this.
const { port, changes, hasHooks } = workerData as ThreadStart;
const tell = (news: ThreadNews): void => port.postMessage(news);

const surfaces = new Surfaces(tell);
const hotkeys = new Hotkeys(tell);
const hooks = hasHooks ? new HookedInput({ surfaces, hotkeys }) : undefined;
const stopWatching = watchWindows(new Int32Array(changes), tell);

function execute(request: ThreadRequest): string | undefined {
  switch (request.type) {
    case 'put':
      surfaces.put(request.surface);
      return undefined;
    case 'take-away':
      surfaces.takeAway(request.id);
      return undefined;
    case 'listen':
      return hotkeys.listen(request.id, request.letters);
    case 'end':
      isEnding = true;
      return undefined;
  }
}

/** What cannot be shown must not end the thread that hears Stop. */
function attempt(request: ThreadRequest): { answer: string | undefined; error?: string } {
  try {
    return { answer: execute(request) };
  } catch (error) {
    return { answer: undefined, error: String(error) };
  }
}

function obey(): void {
  for (;;) {
    // The main thread is the only one at the other end.
    const received = receiveMessageOnPort(port) as { message: NumberedRequest } | undefined;
    if (received === undefined) return;
    const { number, request } = received.message;
    tell({ type: 'answer', number, ...attempt(request) });
  }
}

function pump(): void {
  const message: Partial<WinMessage> = {};
  while (user32.PeekMessageW(message, 0, 0, 0, PM_REMOVE) !== 0) {
    const filled = message as WinMessage; // by the call
    if (filled.message === WM_HOTKEY) hotkeys.takeMessage(filled.wParam);
    else user32.DispatchMessageW(filled);
  }
}

let isEnding = false;
pump(); // Windows gives a thread its queue at the first question, and requests are woken by a message.
tell({ type: 'ready', threadId: kernel32.GetCurrentThreadId() });
while (!isEnding) {
  user32.MsgWaitForMultipleObjectsEx(0, null, WAKE_MS, QS_ALLINPUT, MWMO_INPUTAVAILABLE);
  pump();
  obey();
  surfaces.keepOnTop();
  hooks?.renew();
}
stopWatching();
hooks?.close();
surfaces.close();
port.close();
