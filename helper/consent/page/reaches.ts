/** How far policy lets rights reach: the page and its server go by the same rule. */
import type { AllowedReach, Capability } from '../../../protocol/capabilities.ts';
import type { Reach } from '../../../protocol/scope.ts';

export function reachesOf(allowed: readonly AllowedReach[], capability: Capability): Reach[] {
  return allowed.filter((each) => each.capability === capability).map(({ reach }) => reach);
}
