/** What the agent may do, as the device says it under the seal. Pure. */
import {
  CAPABILITY_NAMES,
  hasNeeds,
  isCapability,
  modeOf,
  type Capability,
  type EffectiveRights,
  type Mode,
} from '../../../protocol/capabilities.ts';
import type { Purpose } from '../../../protocol/grant.ts';
import { REACHES, type Reach } from '../../../protocol/scope.ts';
import type { ControlFromDevice } from '../../../protocol/stream.ts';
import type { MessageKey } from '../i18n/en.ts';

export type GrantsMessage = Extract<ControlFromDevice, { type: 'grants' }>;

export interface HeldRight {
  /** What the header of a frame names that uses this right. */
  tag: bigint;
  reach: Reach;
  purpose: Purpose;
  /** Milliseconds since 1970, by the device's clock. */
  notAfter: number;
}

/** One thing that may be asked for. */
export interface Choice {
  capability: Capability;
  reach: Reach;
}

export interface AgentRights {
  held: ReadonlyMap<Capability, HeldRight>;
  /** Narrowest first; nothing that is held already. */
  askable: readonly Choice[];
}

export const NO_RIGHTS: AgentRights = { held: new Map(), askable: [] };

/** What this version does not know is not held and cannot be asked for; nor can what needs more than is held. */
export function readRights(message: GrantsMessage): AgentRights {
  const held = new Map<Capability, HeldRight>();
  for (const { capability, tag, reach, purpose, notAfter } of message.rights) {
    if (!isCapability(capability)) continue;
    const right = { tag: BigInt(`0x${tag}`), reach, purpose, notAfter };
    const known = held.get(capability);
    if (known === undefined || isBetter(right, known)) held.set(capability, right);
  }
  const askable = message.askable.flatMap(({ capability, reach }) =>
    isCapability(capability) && !isCovered(held.get(capability), reach) && hasNeeds(inForce(held), capability)
      ? [{ capability, reach }]
      : [],
  );
  return { held, askable: askable.sort((a, b) => rank(a) - rank(b)) };
}

/** The wider one, then the one that lasts longer. */
function isBetter(right: HeldRight, known: HeldRight): boolean {
  if (right.reach !== known.reach) return right.reach === 'all';
  return right.notAfter > known.notAfter;
}

function isCovered(held: HeldRight | undefined, reach: Reach): boolean {
  return held !== undefined && (held.reach === 'all' || reach === held.reach);
}

const rank = ({ capability, reach }: Choice): number =>
  CAPABILITY_NAMES.indexOf(capability) * REACHES.length + REACHES.indexOf(reach);

/** The mode that is held; null when not even the picture may be seen. */
export function heldMode({ held }: AgentRights): Mode | null {
  return modeOf(inForce(held));
}

function inForce(held: AgentRights['held']): EffectiveRights {
  return new Map([...held].map(([name, { reach }]) => [name, { reach, grantIds: [] }]));
}

/** Capabilities of which something may be asked for, each once. */
export function askableCapabilities({ askable }: AgentRights): Capability[] {
  return [...new Set(askable.map(({ capability }) => capability))];
}

/** What a choice is called. Some have no parts. */
export function choiceWords({ capability, reach }: Choice): Extract<MessageKey, `viewer.choice.${string}`> {
  if (capability === 'files' || capability === 'elevated') return `viewer.choice.${capability}`;
  return `viewer.choice.${capability}-${reach}`;
}

/** What asking is called on a button: for something, or for more of it. */
export function askWords({ held }: AgentRights, capability: Capability): Capability | 'input-more' {
  return capability === 'input' && held.has('input') ? 'input-more' : capability;
}

export const isSameChoice = (a: Choice, b: Choice): boolean => a.capability === b.capability && a.reach === b.reach;
