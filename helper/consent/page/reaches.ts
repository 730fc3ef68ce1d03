/** How far policy lets rights reach, and for what: the page and its server go by the same rule. */
import type { AllowedReach, Capability } from '../../../protocol/capabilities.ts';
import type { Purpose } from '../../../protocol/grant.ts';
import type { Reach } from '../../../protocol/scope.ts';
import type { ElevationState } from '../../platform/platform.ts';

export function reachesOf(allowed: readonly AllowedReach[], capability: Capability): Reach[] {
  return allowed.filter((each) => each.capability === capability).map(({ reach }) => reach);
}

/**
 * Above windows with administrator rights stands who may see and use the whole screen; where that takes a restart, for
 * longer than one task, which would be over with it.
 */
export function isElevationOffered({
  allowed,
  elevation,
  rights,
}: {
  allowed: readonly AllowedReach[];
  elevation: ElevationState;
  rights: readonly { capability: Capability; scope: { reach: Reach }; purpose: Purpose }[];
}): boolean {
  const lasting = rights.filter(({ purpose }) => elevation !== 'possible' || purpose === 'session');
  const isWhole = (capability: Capability): boolean =>
    lasting.some((right) => right.capability === capability && right.scope.reach === 'all');
  return reachesOf(allowed, 'elevated').includes('all') && isWhole('view') && isWhole('input');
}

/** What a right may be given for. Windows is not asked for one task. */
export function purposesOf(capability: Capability): readonly Purpose[] {
  return capability === 'elevated' ? ['session'] : ['task', 'session'];
}
