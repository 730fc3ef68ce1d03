/**
 * What the agent asks for, one question at a time. Decides whether a question is shown at all; what it means for input
 * and window is the session's.
 */
import {
  allowedReaches,
  hasNeeds,
  type AllowedReach,
  type Capability,
  type EffectiveRights,
  type RightsPolicy,
} from '../../protocol/capabilities.ts';
import type { Reach } from '../../protocol/scope.ts';
import type { ControlFromAgent } from '../../protocol/stream.ts';
import type { ElevationState } from '../platform/platform.ts';

export type Ask = Extract<ControlFromAgent, { type: 'ask' }>;

export interface OpenQuestion {
  id: string;
  capability: Capability;
  reach: Reach;
  reason: string;
  /** Milliseconds since 1970. */
  shownAt: number;
}

/** Nobody is to be worn down by asking. */
const MIN_INTERVAL_MS = 3000;
const MAX_QUESTIONS = 30;

/** What may be asked for or given on this device: administrator rights only where there are any to be had. */
export function askableReaches(policy: RightsPolicy, elevation: ElevationState): AllowedReach[] {
  return allowedReaches(policy).filter(({ capability }) => capability !== 'elevated' || elevation !== 'impossible');
}

export class QuestionDesk {
  readonly #askable: () => readonly AllowedReach[];
  #open: OpenQuestion | undefined;
  #count: number;
  #closedAt = -Infinity;

  /** `count`: shown before, in the same session. */
  constructor(askable: () => readonly AllowedReach[], count = 0) {
    this.#askable = askable;
    this.#count = count;
  }

  get count(): number {
    return this.#count;
  }

  get open(): OpenQuestion | undefined {
    return this.#open;
  }

  /** The question to show, or undefined when it is not to be. `rights` are those the agent has already. */
  ask(ask: Ask, at: { rights: EffectiveRights; now: number }): OpenQuestion | undefined {
    const { id, capability, reach, reason } = ask;
    const held = at.rights.get(capability)?.reach;
    const isTooSoon = at.now - this.#closedAt < MIN_INTERVAL_MS || this.#count >= MAX_QUESTIONS;
    if (this.#open !== undefined || isTooSoon || held === 'all') return undefined;
    if (!at.rights.has('view') || !hasNeeds(at.rights, capability)) return undefined;
    const isAskable = (each: AllowedReach): boolean => each.capability === capability && each.reach === reach;
    if (!this.#askable().some(isAskable)) return undefined;
    this.#count += 1;
    this.#open = { id, capability, reach, reason, shownAt: at.now };
    return this.#open;
  }

  /** The open question when it is this one; it is closed then. */
  close(id: string, now: number): OpenQuestion | undefined {
    const open = this.#open;
    if (open?.id !== id) return undefined;
    this.#open = undefined;
    this.#closedAt = now;
    return open;
  }
}
