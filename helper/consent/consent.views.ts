/**
 * What the consent window shows and what a person can answer in it. The window itself decides nothing: it does not know
 * which match code is right, and every answer is checked here against what was on display.
 */
import { z } from '../../protocol/zod.ts';
import { MODES, type Mode } from '../../protocol/capabilities.ts';
import type { EndReason, PauseReason } from '../../protocol/lifecycle.ts';

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

export type ConsentView =
  | { step: 'connecting'; message: ConnectingMessage }
  | { step: 'waiting'; card: ConsentCard; reason: string }
  | {
      step: 'ask';
      card: ConsentCard;
      /** The agent's words. */
      reason: string;
      requestedMode: Mode;
      /** What policy allows; `view` is preselected whatever was requested. */
      modes: readonly Mode[];
      /** Three, one of them right. */
      codes: readonly string[];
      screens: readonly ConsentScreen[];
      recordingNote: RecordingNote;
    }
  | {
      step: 'live';
      card: ConsentCard;
      mode: Mode;
      /** What policy allows: control is offered only when it is among these. */
      modes: readonly Mode[];
      /** Milliseconds since 1970. */
      startedAt: number;
      isAgentConnected: boolean;
      hotkeyLabel: string;
      recordingNote: RecordingNote;
    }
  | { step: 'paused'; reason: PauseReason }
  | { step: 'ended'; reason: EndReason }
  /** The clean-up tool: what it removed, and what it could not, as paths; and how many programs it ended. */
  | { step: 'cleaned'; removed: readonly string[]; kept: readonly string[]; programs: number }
  | { step: 'failed'; code: FailureCode | (string & {}) };

const mode = z.enum(MODES);

/** From the page. */
export const consentAction = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('start'), code: z.string().max(32), mode, screenId: z.string().max(128) }),
  z.strictObject({ type: z.literal('decline') }),
  z.strictObject({ type: z.literal('none-of-these') }),
  z.strictObject({ type: z.literal('stop') }),
  z.strictObject({ type: z.literal('mode'), mode }),
]);
export type ConsentAction = z.infer<typeof consentAction>;

const OFFERED_IN = {
  start: ['ask'],
  'none-of-these': ['ask'],
  decline: ['connecting', 'waiting', 'ask'],
  mode: ['live'],
  stop: ['live', 'paused'],
} as const satisfies Record<ConsentAction['type'], readonly ConsentView['step'][]>;

/** Whether the view on display offers this answer at all; anything else did not come from a person who read it. */
export function isActionOffered(view: ConsentView, action: ConsentAction): boolean {
  const steps: readonly string[] = OFFERED_IN[action.type];
  if (!steps.includes(view.step)) return false;
  if (action.type === 'mode' && view.step === 'live')
    return view.modes.includes(action.mode) && action.mode !== view.mode;
  return action.type !== 'start' || view.step !== 'ask' || isChoiceOffered(view, action);
}

function isChoiceOffered(
  view: Extract<ConsentView, { step: 'ask' }>,
  choice: Extract<ConsentAction, { type: 'start' }>,
): boolean {
  const isScreen = view.screens.some((screen) => screen.id === choice.screenId);
  return isScreen && view.codes.includes(choice.code) && view.modes.includes(choice.mode);
}

/** Whether a second view asks the same question as the first, so that an answer given to one holds for both. */
export function isSameQuestion(a: ConsentView, b: ConsentView): boolean {
  if (a.step === 'ask' && b.step === 'ask') return a.codes.join() === b.codes.join();
  return a.step === b.step;
}
