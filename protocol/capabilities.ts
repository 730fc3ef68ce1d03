/**
 * Rights, and the one function that says which of them are in force (ARCHITECTURE "Consent is a capability"). Unknown is
 * denied, in every version and direction.
 */
import { REACHES, type Reach } from './scope.ts';

export type Capability = 'view' | 'input' | 'files' | 'elevated';

interface CapabilityRule {
  /** Nobody operates what they may not see. */
  needs: readonly Capability[];
  /** What it needs has to cover the whole screen, or it is none. */
  needsWhole: boolean;
  /** Whether it may cover a part of the screen; what cannot be limited is granted whole. */
  canBeLimited: boolean;
  /** Takes back control of the sharer's own portal pages while it lives (D4). */
  bindsPortal: boolean;
}

export const CAPABILITIES = {
  /** See the picture. */
  view: { needs: [], needsWhole: false, canBeLimited: true, bindsPortal: false },
  /** Use pointer and keyboard. */
  input: { needs: ['view'], needsWhole: false, canBeLimited: true, bindsPortal: true },
  /** See and operate file managers and the dialogs to open and save. */
  files: { needs: ['view'], needsWhole: false, canBeLimited: false, bindsPortal: false },
  /** Use pointer and keyboard in windows of programs with administrator rights as well. */
  elevated: { needs: ['view', 'input'], needsWhole: true, canBeLimited: false, bindsPortal: false },
} as const satisfies Record<Capability, CapabilityRule>;
export const CAPABILITY_NAMES = Object.keys(CAPABILITIES) as [Capability, ...Capability[]];

export function isCapability(name: string): name is Capability {
  return Object.hasOwn(CAPABILITIES, name);
}

/** The modes a sharer chooses from, narrowest first. */
export const MODES = ['view', 'limited', 'control'] as const;
export type Mode = (typeof MODES)[number];

/** Rights that a mode consists of, and how far operating reaches at most. */
export const MODE_CAPABILITIES = {
  view: ['view'],
  limited: ['view', 'input'],
  control: ['view', 'input'],
} as const satisfies Record<Mode, readonly Capability[]>;

/** Windows that are hidden by the organisation's rule, by the executable behind them: absolute path or file name. */
export interface MaskRule {
  /** Named in the record instead of what was hidden. */
  id: string;
  executables: readonly string[];
}

/** Between these an organisation sets both limits of a policy; a device takes no others from whoever names them. */
export const LIMIT_RANGE_S = { least: 10, most: 28_800 } as const;

/** What a department's template allows at most. Missing means nothing is allowed. */
export interface Policy {
  capabilities: readonly string[];
  /** Those of them that may be granted for a part of the screen only. */
  limitedOnly: readonly string[];
  /** Seconds from the first Start, pauses counted. */
  sessionLimitS: number;
  /** Seconds without the local person's hand until the session pauses. */
  idleLimitS: number;
  masks: readonly MaskRule[];
}
export type RightsPolicy = Pick<Policy, 'capabilities' | 'limitedOnly'>;

/** A right given by the sharer. Times are milliseconds since 1970. */
export interface GrantFact {
  id: string;
  capability: string;
  holder: string;
  reach: string;
  notAfter: number;
  isRevoked: boolean;
}

export interface EffectiveRight {
  reach: Reach;
  /** Grants that are in force; each of them covers the right. */
  grantIds: readonly string[];
}
export type EffectiveRights = ReadonlyMap<Capability, EffectiveRight>;

/**
 * Effective rights of one holder: policy ∩ live grants, and only what this version knows. Device, relay and the service
 * call this and nothing else.
 */
export function effective(
  policy: RightsPolicy,
  grants: readonly GrantFact[],
  at: { holder: string; now: number },
): EffectiveRights {
  const rights = new Map<Capability, EffectiveRight>();
  for (const { id, capability, holder, reach, notAfter, isRevoked } of grants) {
    const isLive = holder === at.holder && !isRevoked && at.now < notAfter;
    if (!isLive || !isCapability(capability) || !isReachAllowed(policy, capability, reach)) continue;
    const known = rights.get(capability);
    rights.set(capability, {
      reach: known?.reach === 'all' ? 'all' : reach,
      grantIds: [...(known?.grantIds ?? []), id],
    });
  }
  for (const capability of CAPABILITY_NAMES) clampToNeeds(rights, capability);
  return rights;
}

/** Without what it needs a right is none, and over a part of the screen it reaches no further than that part. */
function clampToNeeds(rights: Map<Capability, EffectiveRight>, capability: Capability): void {
  const own = rights.get(capability);
  if (own === undefined) return;
  const { needs, canBeLimited }: CapabilityRule = CAPABILITIES[capability];
  if (!hasNeeds(rights, capability)) rights.delete(capability);
  else if (canBeLimited && needs.some((needed) => rights.get(needed)?.reach === 'limited'))
    rights.set(capability, { ...own, reach: 'limited' });
}

/** Whether all that a right needs is among these. */
export function hasNeeds(rights: EffectiveRights, capability: Capability): boolean {
  const { needs, needsWhole }: CapabilityRule = CAPABILITIES[capability];
  return needs.every((needed) => {
    const reach = rights.get(needed)?.reach;
    return needsWhole ? reach === 'all' : reach !== undefined;
  });
}

/** Whether the policy has room for this right with this reach at all. */
export function isReachAllowed(policy: RightsPolicy, capability: Capability, reach: string): reach is Reach {
  if (!policy.capabilities.includes(capability)) return false;
  const { needs, needsWhole }: CapabilityRule = CAPABILITIES[capability];
  if (needsWhole && !needs.every((needed) => isReachAllowed(policy, needed, 'all'))) return false;
  if (reach === 'all') return !policy.limitedOnly.includes(capability);
  return reach === 'limited' && CAPABILITIES[capability].canBeLimited;
}

export interface AllowedReach {
  capability: Capability;
  reach: Reach;
}

/** What may be given or asked for at all, each right with each reach that the policy has room for. */
export function allowedReaches(policy: RightsPolicy): AllowedReach[] {
  return CAPABILITY_NAMES.flatMap((capability) =>
    REACHES.filter((reach) => isReachAllowed(policy, capability, reach)).map((reach) => ({ capability, reach })),
  );
}

/** The mode that rights amount to; null when not even the picture may be seen. */
export function modeOf(rights: EffectiveRights): Mode | null {
  if (!rights.has('view')) return null;
  const input = rights.get('input');
  if (input === undefined) return 'view';
  return input.reach === 'all' ? 'control' : 'limited';
}

/** Modes that a policy has room for. */
export function allowedModes(policy: RightsPolicy): Mode[] {
  const isAllowed = (capability: Capability, reach: Reach): boolean => isReachAllowed(policy, capability, reach);
  const isSome = (capability: Capability): boolean => REACHES.some((reach) => isAllowed(capability, reach));
  if (!isSome('view')) return [];
  if (!isSome('input')) return ['view'];
  return isAllowed('input', 'all') && isAllowed('view', 'all') ? ['view', 'limited', 'control'] : ['view', 'limited'];
}
