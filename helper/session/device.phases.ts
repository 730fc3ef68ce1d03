/** What a session on the device is about, as banner, window and session speak of it. */
import type { Capability, Mode } from '../../protocol/capabilities.ts';
import type { Purpose } from '../../protocol/grant.ts';
import type { EndReason, PauseReason } from '../../protocol/lifecycle.ts';
import type { Reach } from '../../protocol/scope.ts';
import type { ConsentAction, ConsentCard, ConsentScreen, ConsentWindowChoice } from '../consent/consent.views.ts';
import type { SessionHandover } from './handover.ts';
import { uniteScopes } from './held.rights.ts';

/** What the person is to notice first: only one at a time. */
export type Attention = 'question' | 'hidden' | 'password' | 'time';

export type DevicePhase =
  | { name: 'waiting' }
  | { name: 'asking' }
  | {
      name: 'live';
      mode: Mode;
      card: ConsentCard;
      startedAt: number;
      endsAt: number;
      attention: Attention | null;
    }
  | { name: 'paused'; card: ConsentCard; reason: PauseReason }
  | { name: 'ended'; reason: EndReason };

/** What the sharer allowed: kept over a pause, offered again, never wider. */
export type Choice = SessionHandover['before'];

/** What Start gives. */
export function chosenAt({ mode, screenId, see, ...action }: Extract<ConsentAction, { type: 'start' }>): Choice {
  const operate = mode === 'view' ? null : action.operate;
  // Nobody operates what they may not see.
  const seen = operate === null ? see : uniteScopes(see, operate);
  return { mode, screenId, see: seen, operate, files: false, elevated: false };
}

export function lookingOnly(choice: Choice): Choice {
  return { ...choice, mode: 'view', operate: null, files: false, elevated: false };
}

/** What there is to choose from. */
export interface Choices {
  screens: readonly ConsentScreen[];
  /** Front-most first. */
  windows: readonly ConsentWindowChoice[];
}

/** Which text a right was given on. */
export type ConsentAbout =
  | { kind: 'mode'; mode: Mode; see: Reach; operate: Reach | null }
  | { kind: 'right'; capability: Capability; reach: Reach; purpose: Purpose };
