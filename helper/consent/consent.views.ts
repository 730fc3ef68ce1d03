/**
 * What the consent window shows and what a person can answer in it. The window itself decides nothing: it does not know
 * which match code is right, and every answer is checked here against what was on display.
 */
import { z } from '../../protocol/zod.ts';
import { CAPABILITY_NAMES, MODES, type AllowedReach, type Capability, type Mode } from '../../protocol/capabilities.ts';
import type { Purpose } from '../../protocol/grant.ts';
import type { EndReason, PauseReason } from '../../protocol/lifecycle.ts';
import { MAX_AREAS, scope, type Reach, type Scope } from '../../protocol/scope.ts';
import { PERMISSIONS, type ElevationState, type Permission, type Rect } from '../platform/platform.ts';
import { isElevationOffered, purposesOf, reachesOf } from './page/reaches.ts';

export type Language = 'en' | 'zh-CN';

/** Who asks: read from the verified certificate, never from a message. */
export interface ConsentCard {
  name: string;
  employeeNumber: string;
  department: string;
  /** `data:image/png;base64,…` or jpeg; null when there is none. */
  photo: string | null;
  isVerified: true;
  organisation: string;
}

export interface ConsentScreen {
  id: string;
  name: string;
  width: number;
  height: number;
  /** `data:image/png;base64,…`, about 320 pixels wide; null while there is none. */
  thumbnail: string | null;
}

export type ConnectingMessage = 'starting' | 'checking-server' | 'connecting';
export type RecordingNote = 'recorded' | 'not-recorded';

/** Failures the window has words for; any other code is shown with general words. */
export const FAILURE_CODES = [
  'server-unreachable',
  'wrong-ca',
  'token-refused',
  'helper-too-old',
  'helper-revoked',
  'switched-off',
  'server-error',
  'address-missing',
  'address-invalid',
  'display-unavailable',
  'display-lost',
  'capture-failed',
  'file-changed',
  'window-disconnected',
] as const;
export type FailureCode = (typeof FAILURE_CODES)[number];

/** A window that may be chosen, or hidden. Titles are for the person at the device alone. */
export interface ConsentWindowChoice {
  id: string;
  /** Name of its program, for people. */
  application: string;
  executable: string | undefined;
  title: string;
  screenId: string;
  /** Where it is on that screen, in its pixels. */
  bounds: Rect;
  thumbnail: string | null;
  /** Rule by which it will be hidden whatever is chosen; null when none does. */
  rule: string | null;
}

/** What a right covers, in words for the person: names of windows and programs as they were when it was given. */
export interface ScopeWords {
  reach: Reach;
  windows: readonly string[];
  applications: readonly string[];
  rectangles: number;
}

/** A right as it is held now. */
export interface ConsentRight {
  capability: Capability;
  scope: ScopeWords;
  purpose: Purpose;
  /** Milliseconds since 1970. */
  notAfter: number;
}

/** What is hidden now, by rule; `count` places. The last one is only there while it holds. */
export interface ConsentMask {
  rule: string;
  count: number;
}

/** Rectangles that the sharer drew and windows that they hid. */
export interface OwnMask {
  id: string;
  label: string;
}

/** One right that the agent asks for. Nothing of theirs is applied until it is answered. */
export interface ConsentQuestion {
  id: string;
  capability: Capability;
  reach: Reach;
  /** The agent's words. */
  reason: string;
  /** When it came on display, milliseconds since 1970. Answers in the first 500 ms do not count. */
  shownAt: number;
}

/** Of a start with administrator rights: Windows asks the person now, or there was none. */
export type RestartNote = 'asked' | 'refused';

export type ConsentView =
  | { step: 'connecting'; message: ConnectingMessage }
  /** The system's settings have to allow these first. */
  | { step: 'permissions'; needed: readonly Permission[]; missing: readonly Permission[] }
  | { step: 'waiting'; card: ConsentCard; reason: string }
  | {
      step: 'ask';
      card: ConsentCard;
      /** The agent's words. */
      reason: string;
      requestedMode: Mode;
      /** What policy allows; `view` is preselected whatever was requested. */
      modes: readonly Mode[];
      /** How far it lets each right reach. */
      allowed: readonly AllowedReach[];
      /** Three, one of them right. */
      codes: readonly string[];
      screens: readonly ConsentScreen[];
      /** Front-most first; kept up to date while the question is open. */
      windows: readonly ConsentWindowChoice[];
      /** Whether password fields can be found by the platform; said to the person when not. */
      canFindPasswords: boolean;
      hideHotkeyLabel: string;
      recordingNote: RecordingNote;
    }
  | {
      step: 'live';
      card: ConsentCard;
      mode: Mode;
      /** What policy allows: control is offered only when it is among these. */
      modes: readonly Mode[];
      /** How far it lets each right reach, so that the person may give it unasked. */
      allowed: readonly AllowedReach[];
      elevation: ElevationState;
      rights: readonly ConsentRight[];
      /** What the agent gave back of their own accord. */
      givenBack: readonly Capability[];
      /** Milliseconds since 1970. */
      startedAt: number;
      endsAt: number;
      /** Minutes before the end of which the person is warned now; null most of the time. */
      warning: number | null;
      isAgentConnected: boolean;
      /** The sharer hides everything at the moment. */
      isHidden: boolean;
      masks: readonly ConsentMask[];
      ownMasks: readonly OwnMask[];
      screen: ConsentScreen;
      windows: readonly ConsentWindowChoice[];
      hotkeyLabel: string;
      hideHotkeyLabel: string;
      recordingNote: RecordingNote;
    }
  | {
      step: 'question';
      card: ConsentCard;
      question: ConsentQuestion;
      screen: ConsentScreen;
      windows: readonly ConsentWindowChoice[];
      elevation: ElevationState;
    }
  /** Nothing is sent. `resume` when the person may let it go on; the scope is that of before. */
  | {
      step: 'paused';
      reason: PauseReason;
      card: ConsentCard;
      /** When the pause ends the session, and when the session's time is over; milliseconds since 1970. */
      deadlineAt: number | null;
      endsAt: number | null;
      restart: RestartNote | null;
      resume: { mode: Mode; scope: { see: ScopeWords; operate: ScopeWords | null }; isElevated: boolean } | null;
    }
  | { step: 'ended'; reason: EndReason }
  /** The clean-up tool: what it removed, and what it could not, as paths; and how many programs it ended. */
  | { step: 'cleaned'; removed: readonly string[]; kept: readonly string[]; programs: number }
  | { step: 'failed'; code: FailureCode | (string & {}) };

const mode = z.enum(MODES);

/** Answers to a question do not count before: a click that was meant for something else must not be one. */
export const ANSWER_AFTER_MS = 500;

const id = z.string().max(64);
const rectangle = z.strictObject({
  x: z.number().int().min(0).max(32767),
  y: z.number().int().min(0).max(32767),
  width: z.number().int().min(1).max(32767),
  height: z.number().int().min(1).max(32767),
});

/** From the page. */
export const consentAction = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('start'),
    code: z.string().max(32),
    mode,
    screenId: z.string().max(128),
    see: scope,
    /** Ignored in view only. */
    operate: scope,
    /** Windows to hide from the first picture on, and rectangles of that screen. */
    hide: z.array(id).max(MAX_AREAS),
    hideAreas: z.array(rectangle).max(MAX_AREAS),
  }),
  z.strictObject({ type: z.literal('decline') }),
  z.strictObject({ type: z.literal('open-settings'), permission: z.enum(PERMISSIONS) }),
  z.strictObject({ type: z.literal('none-of-these') }),
  z.strictObject({ type: z.literal('stop') }),
  z.strictObject({ type: z.literal('pause') }),
  /** Goes on after a pause, as before or looking only. */
  z.strictObject({ type: z.literal('resume'), mode: z.enum(['same', 'view']) }),
  z.strictObject({ type: z.literal('take-back'), capability: z.enum(CAPABILITY_NAMES) }),
  /** The sharer allows more, or another part, of their own accord. */
  z.strictObject({ type: z.literal('allow'), capability: z.enum(CAPABILITY_NAMES), scope }),
  z.strictObject({
    type: z.literal('answer'),
    id,
    answer: z.enum(['task', 'session', 'decline']),
    /** What it covers; ignored when declined. */
    scope,
  }),
  z.strictObject({ type: z.literal('hide-now'), isHidden: z.boolean() }),
  z.strictObject({ type: z.literal('mask-window'), windowId: id }),
  z.strictObject({ type: z.literal('mask-rectangle'), rectangle }),
  z.strictObject({ type: z.literal('unmask'), id }),
]);
export type ConsentAction = z.infer<typeof consentAction>;

const OFFERED_IN = {
  start: ['ask'],
  'none-of-these': ['ask'],
  decline: ['connecting', 'permissions', 'waiting', 'ask'],
  'open-settings': ['permissions'],
  stop: ['live', 'question', 'paused'],
  pause: ['live', 'question'],
  resume: ['paused'],
  'take-back': ['live', 'question'],
  allow: ['live'],
  answer: ['question'],
  'hide-now': ['live', 'question'],
  'mask-window': ['live', 'question'],
  'mask-rectangle': ['live', 'question'],
  unmask: ['live'],
} as const satisfies Record<ConsentAction['type'], readonly ConsentView['step'][]>;

type ViewOf<S extends ConsentView['step']> = Extract<ConsentView, { step: S }>;
type ActionOf<T extends ConsentAction['type']> = Extract<ConsentAction, { type: T }>;

/** Whether the view on display offers this answer at all; anything else did not come from a person who read it. */
export function isActionOffered(view: ConsentView, action: ConsentAction, now: number): boolean {
  const steps: readonly string[] = OFFERED_IN[action.type];
  if (!steps.includes(view.step)) return false;
  switch (view.step) {
    case 'ask':
      return action.type !== 'start' || isChoiceOffered(view, action);
    case 'live':
      return isOfferedWhileLive(view, action);
    case 'question':
      if (action.type === 'answer') return isAnswerOffered(view, action, now);
      // Showing the screen again would be a second answer; it waits for the first.
      return action.type !== 'hide-now' || action.isHidden;
    case 'permissions':
      return action.type !== 'open-settings' || view.missing.includes(action.permission);
    case 'paused':
      return action.type !== 'resume' || view.resume !== null;
    default:
      return true;
  }
}

function isChoiceOffered(view: ViewOf<'ask'>, choice: ActionOf<'start'>): boolean {
  const { mode, see, operate } = choice;
  const isScreen = view.screens.some((screen) => screen.id === choice.screenId);
  if (!isScreen || !view.codes.includes(choice.code) || !view.modes.includes(mode)) return false;
  if (mode === 'control') return see === 'all' && operate === 'all';
  // Limited to everything would be full control by another name.
  if (!reachesOf(view.allowed, 'view').includes(reachOf(see))) return false;
  const isOperable = mode === 'view' || (operate !== 'all' && isScopeOffered(operate, view.windows));
  return isOperable && isScopeOffered(see, view.windows);
}

function isOfferedWhileLive(view: ViewOf<'live'>, action: ConsentAction): boolean {
  if (action.type === 'unmask') return view.ownMasks.some((mask) => mask.id === action.id);
  if (action.type !== 'allow') return true;
  return isPolicyFor(view, action) && isScopeOffered(action.scope, view.windows);
}

/** Whether the modes that policy allows have room for this right. */
function isPolicyFor(view: ViewOf<'live'>, { capability, scope }: ActionOf<'allow'>): boolean {
  const { modes, allowed } = view;
  if (capability === 'elevated' && !isElevationOffered(view)) return false;
  if (capability === 'input') return modes.includes(scope === 'all' ? 'control' : 'limited');
  return reachesOf(allowed, capability).includes(reachOf(scope));
}

function reachOf(chosen: Scope): Reach {
  return chosen === 'all' ? 'all' : 'limited';
}

function isAnswerOffered({ question, windows }: ViewOf<'question'>, action: ActionOf<'answer'>, now: number): boolean {
  if (action.id !== question.id || now < question.shownAt + ANSWER_AFTER_MS) return false;
  if (action.answer === 'decline') return true;
  if (!purposesOf(question.capability).includes(action.answer)) return false;
  // Never more than was asked for.
  return (question.reach === 'all' || action.scope !== 'all') && isScopeOffered(action.scope, windows);
}

/**
 * Only programs that were on the list, and not nothing: nobody chose that. A window that has closed meanwhile covers
 * nothing.
 */
function isScopeOffered(chosen: Scope, windows: readonly ConsentWindowChoice[]): boolean {
  if (chosen === 'all') return true;
  const isListed = (executable: string): boolean => windows.some((window) => window.executable === executable);
  return chosen.length > 0 && chosen.every((area) => area.kind !== 'application' || isListed(area.executable));
}
