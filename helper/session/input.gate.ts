/**
 * Whether one remote input may be applied now: pure, over what is known of the desktop at that moment. The device is
 * the first place that enforces; the relay is the second.
 */
import type { InputMessage } from '../../protocol/stream.ts';
import type { DesktopWindow, Rect } from '../platform/platform.ts';

export type InputRefusal = 'not-granted' | 'local-hand' | 'banner' | 'consent-window' | 'outside';

/** The local person always wins: this long after they touched anything, remote input is dropped. */
export const LOCAL_HAND_MS = 400;

export interface Desktop {
  /** Is `input` in force right now? */
  isGranted: boolean;
  /** The shared screen; remote input reaches nothing beyond it. */
  screen: Rect;
  /** Front-most first. */
  windows: readonly DesktopWindow[];
  /** Processes of the consent window. */
  consentPids: ReadonlySet<number>;
  banner: Rect | undefined;
  /** When the local person last moved or typed; 0 for never. Milliseconds, same clock as `now`. */
  lastLocalInputAt: number;
  now: number;
}

/** Undefined when it may be applied. Coordinates of the message are pixels of the shared screen. */
export function judgeInput(message: InputMessage, desktop: Desktop): InputRefusal | undefined {
  // Letting go is always allowed, wherever pointer and focus are: it can only make less be held.
  if (message.type === 'release-all') return undefined;
  if (!desktop.isGranted) return 'not-granted';
  if (isRelease(message)) return undefined;
  if (desktop.now - desktop.lastLocalInputAt < LOCAL_HAND_MS) return 'local-hand';
  if (message.type === 'key' || message.type === 'text') return judgeFocus(desktop);
  return judgePointer(message, desktop);
}

function judgePointer(message: Extract<InputMessage, { x: number }>, desktop: Desktop): InputRefusal | undefined {
  const x = desktop.screen.x + message.x;
  const y = desktop.screen.y + message.y;
  if (!contains(desktop.screen, x, y)) return 'outside';
  if (desktop.banner !== undefined && contains(desktop.banner, x, y)) return 'banner';
  const front = desktop.windows.find((window) => contains(window.bounds, x, y));
  return front !== undefined && isConsent(front, desktop) ? 'consent-window' : undefined;
}

function judgeFocus(desktop: Desktop): InputRefusal | undefined {
  return isConsentFocused(desktop) ? 'consent-window' : undefined;
}

/** Has the consent window the keyboard? */
export function isConsentFocused(desktop: Pick<Desktop, 'windows' | 'consentPids'>): boolean {
  const focused = desktop.windows.find((window) => window.isFocused);
  return focused !== undefined && isConsent(focused, desktop);
}

function isConsent(window: DesktopWindow, desktop: Pick<Desktop, 'consentPids'>): boolean {
  return window.pid !== undefined && desktop.consentPids.has(window.pid);
}

function isRelease(message: InputMessage): boolean {
  return (message.type === 'pointer/button' || message.type === 'key') && !message.isDown;
}

export function contains(rect: Rect, x: number, y: number): boolean {
  return x >= rect.x && y >= rect.y && x < rect.x + rect.width && y < rect.y + rect.height;
}
