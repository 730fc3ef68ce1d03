/**
 * Rights, and the one function that says which of them are in force (ARCHITECTURE "Consent is a capability").
 * Unknown is denied, in every version and direction.
 */
export const CAPABILITIES = ['view', 'input'] as const;
export type Capability = (typeof CAPABILITIES)[number];

/** The modes a sharer chooses from, narrowest first. `limited` arrives with scopes; until then nobody can grant it. */
export const MODES = ['view', 'control'] as const;
export type Mode = (typeof MODES)[number];

export const MODE_CAPABILITIES = {
  view: ['view'],
  control: ['view', 'input'],
} as const satisfies Record<Mode, readonly Capability[]>;

/** What a department's template allows at most. Missing means nothing is allowed. */
export interface Policy {
  capabilities: readonly string[];
  /** Seconds from the first Start, pauses counted. */
  sessionLimitS: number;
}

/** A right given by the sharer. Times are milliseconds since 1970. */
export interface GrantFact {
  id: string;
  capability: string;
  holder: string;
  notAfter: number;
  isRevoked: boolean;
}

/** Effective rights of one holder: policy ∩ live grants, and only capabilities that this version knows. */
export function effective(
  policy: Pick<Policy, 'capabilities'>,
  grants: readonly GrantFact[],
  at: { holder: string; now: number },
): Set<Capability> {
  const live = new Set<Capability>();
  for (const grant of grants) {
    const capability = CAPABILITIES.find((known) => known === grant.capability);
    if (capability === undefined || !policy.capabilities.includes(capability)) continue;
    if (grant.holder === at.holder && !grant.isRevoked && at.now < grant.notAfter) live.add(capability);
  }
  // Nobody operates what they may not see.
  if (!live.has('view')) live.clear();
  return live;
}
