/** What the main thread and the thread of the windows (window.thread.ts) say to each other. */
import type { MessagePort } from 'node:worker_threads';
import type { Surface, SurfaceNews } from '../surfaces/surface.host.ts';

export type ThreadRequest =
  /** Shows a surface above all windows, moves it, or changes it. */
  | { type: 'put'; surface: Surface }
  | { type: 'take-away'; id: number }
  /** Takes Ctrl+Alt+Shift with the first letter that nobody has; the answer is that letter. */
  | { type: 'listen'; id: number; letters: readonly string[] }
  | { type: 'end' };

export type ThreadNews =
  | { type: 'ready'; threadId: number }
  /** `error` when it could not be done. */
  | { type: 'answer'; number: number; answer: string | undefined; error?: string }
  | { type: 'hotkey'; id: number }
  | SurfaceNews
  /** Top-level windows, or windows inside of them, changed; each told once until `WindowThread.rearm`. */
  | { type: 'windows' | 'controls' };

export interface NumberedRequest {
  number: number;
  request: ThreadRequest;
}

/** What the thread is started with. */
export interface ThreadStart {
  port: MessagePort;
  /** Numbers, see `CHANGES`. */
  changes: SharedArrayBuffer;
  /** Hooks see what the local person does whatever window it is for. */
  hasHooks: boolean;
  /** Where koffi's native part was loaded from. */
  koffi: string;
}

/** Which number is which: changes of geometry so far, and whether the main thread was told of changes of either kind. */
export const CHANGES = { count: 0, windows: 1, controls: 2 } as const;
