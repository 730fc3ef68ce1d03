/**
 * Whether one remote input may be applied now: pure, over what is known of the desktop at that moment. The device is
 * the first place that enforces; the relay is the second.
 */
import type { Reach } from '../../protocol/scope.ts';
import type { InputMessage, InputRefusal } from '../../protocol/stream.ts';
import { containsPoint } from '../pipeline/rects.ts';
import type { DesktopWindow, Place, Rect } from '../platform/platform.ts';
import { holdsShortcutModifier, isDesktopShortcut } from './desktop.shortcuts.ts';
import { OWN_RULE, type Survey } from './screen.survey.ts';

/** The local person always wins: this long after they touched anything, remote input is dropped. */
export const LOCAL_HAND_MS = 400;

export interface Desktop {
  /** How far `input` reaches right now; undefined when it is not in force. */
  granted: Reach | undefined;
  /** Windows of programs with administrator rights may be operated as well. */
  mayElevate: boolean;
  /** By the system's own word of this moment: see `WindowList`. */
  reachesElevated: (place?: Place) => boolean;
  /** A question is open, or everything is hidden: nothing is applied. */
  isFrozen: boolean;
  /** The shared screen; remote input reaches nothing beyond it. */
  screen: Rect;
  /** Front-most first. */
  windows: readonly DesktopWindow[];
  /** Processes of the consent window. */
  consentPids: ReadonlySet<number>;
  banner: Rect | undefined;
  survey: Pick<Survey, 'covered' | 'operable' | 'hiddenWindows'>;
  /** Whether a window may be typed into, by the scope. */
  isMember: (window: DesktopWindow) => boolean;
  /** Keys would go into a password, as far as the platform tells. */
  isPasswordFocused: boolean;
  /** Keys that are held from afar, by code. */
  held: ReadonlySet<string>;
  /** When the local person last moved or typed; 0 for never. Milliseconds, same clock as `now`. */
  lastLocalInputAt: number;
  now: number;
}

/** Undefined when it may be applied. Coordinates of the message are pixels of the shared screen. */
export function judgeInput(message: InputMessage, desktop: Desktop): InputRefusal | undefined {
  // Letting go is always allowed, wherever pointer and focus are: it can only make less be held.
  if (message.type === 'release-all') return undefined;
  if (desktop.granted === undefined) return 'not-granted';
  if (isRelease(message)) return undefined;
  if (desktop.isFrozen) return 'frozen';
  if (desktop.now - desktop.lastLocalInputAt < LOCAL_HAND_MS) return 'local-hand';
  if (message.type === 'key' || message.type === 'text') return judgeFocus(desktop) ?? judgeShortcut(message, desktop);
  return judgePointer(message, desktop);
}

function judgePointer(message: Extract<InputMessage, { x: number }>, desktop: Desktop): InputRefusal | undefined {
  const x = desktop.screen.x + message.x;
  const y = desktop.screen.y + message.y;
  if (!containsPoint(desktop.screen, x, y)) return 'outside';
  if (desktop.banner !== undefined && containsPoint(desktop.banner, x, y)) return 'banner';
  const front = desktop.windows.find((window) => containsPoint(window.bounds, x, y));
  if (front !== undefined && isConsent(front, desktop)) return 'consent-window';
  const cover = desktop.survey.covered.find(({ rect, rule }) => rule !== OWN_RULE && containsPoint(rect, x, y));
  if (cover !== undefined) return cover.why === 'password' ? 'password' : 'hidden';
  if (!desktop.survey.operable.some((rect) => containsPoint(rect, x, y))) return 'outside';
  // There the agent points, and the person at the device clicks.
  if (message.type === 'pointer/move') return undefined;
  const refusal = judgeElevated(front, desktop, { x, y });
  // Where the person has set it so, the wheel turns in what has the keyboard, wherever the pointer is.
  return message.type === 'pointer/wheel' ? (refusal ?? judgeElevated(focusedOf(desktop), desktop)) : refusal;
}

/** What would get the keys now. */
export function judgeFocus(
  desktop: Pick<
    Desktop,
    | 'windows'
    | 'consentPids'
    | 'survey'
    | 'granted'
    | 'mayElevate'
    | 'reachesElevated'
    | 'isMember'
    | 'isPasswordFocused'
  >,
): InputRefusal | undefined {
  const focused = focusedOf(desktop);
  if (focused !== undefined && isConsent(focused, desktop)) return 'consent-window';
  if (desktop.isPasswordFocused) return 'password';
  const { hiddenWindows } = desktop.survey;
  // Who took the keyboard unheard may be one of those.
  if (focused === undefined ? hiddenWindows.size > 0 : hiddenWindows.has(focused.id)) return 'hidden';
  const isAllowed = desktop.granted === 'all' || (focused !== undefined && desktop.isMember(focused));
  if (!isAllowed) return 'outside';
  return judgeElevated(focused, desktop);
}

/**
 * The list alone does not do: a window that lets clicks through may lie in front, and one that shows nothing may have the
 * keyboard.
 */
function judgeElevated(
  window: DesktopWindow | undefined,
  { mayElevate, reachesElevated }: Pick<Desktop, 'mayElevate' | 'reachesElevated'>,
  place?: Place,
): InputRefusal | undefined {
  if (mayElevate) return undefined;
  return window?.isElevated === true || reachesElevated(place) ? 'elevated' : undefined;
}

function focusedOf({ windows }: Pick<Desktop, 'windows'>): DesktopWindow | undefined {
  return windows.find((window) => window.isFocused);
}

/** Beyond the windows that were allowed lies the desktop, which listens to keys whoever has the focus. */
function judgeShortcut(
  message: Extract<InputMessage, { type: 'key' | 'text' }>,
  { granted, held }: Desktop,
): InputRefusal | undefined {
  if (granted === 'all') return undefined;
  const isShortcut = message.type === 'key' ? isDesktopShortcut(message.code, held) : holdsShortcutModifier(held);
  return isShortcut ? 'shortcut' : undefined;
}

function isConsent(window: DesktopWindow, desktop: Pick<Desktop, 'consentPids'>): boolean {
  return window.pid !== undefined && desktop.consentPids.has(window.pid);
}

function isRelease(message: InputMessage): boolean {
  return (message.type === 'pointer/button' || message.type === 'key') && !message.isDown;
}
