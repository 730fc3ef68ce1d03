/**
 * The rights that the sharer has given to one agent, as the device holds them: the areas stay here, the signed statement
 * says how far they reach. What is in force is `effective()`'s to say, as everywhere.
 */
import { randomBytes, toHex } from '../../protocol/bytes.ts';
import { effective, type Capability, type EffectiveRights, type RightsPolicy } from '../../protocol/capabilities.ts';
import { grantTag, signGrant, type Purpose, type SignedGrant } from '../../protocol/grant.ts';
import { scopeFactOf, type Area, type Reach, type Scope } from '../../protocol/scope.ts';

export interface HeldGrant {
  id: string;
  capability: Capability;
  tag: bigint;
  scope: Scope;
  reach: Reach;
  purpose: Purpose;
  notAfter: number;
}

export interface RightToGive {
  capability: Capability;
  scope: Scope;
  purpose: Purpose;
  /** Milliseconds since 1970. */
  notAfter: number;
  /** Names the text that was agreed to. */
  consentText: string;
}

export interface HeldRightsOptions {
  sessionId: string;
  /** Serial number of the agent's certificate. */
  holder: string;
  policy: RightsPolicy;
  sessionKey: CryptoKey;
  now: () => number;
}

export class HeldRights {
  readonly #options: HeldRightsOptions;
  #grants: HeldGrant[] = [];

  constructor(options: HeldRightsOptions) {
    this.#options = options;
  }

  /** Holds the right from this line on and signs it. Whoever awaits asks `has` whether it was taken back meanwhile. */
  async give(right: RightToGive): Promise<{ id: string; grant: SignedGrant }> {
    const { sessionId, holder, sessionKey, now } = this.#options;
    const { capability, scope, purpose, notAfter, consentText } = right;
    const id = toHex(randomBytes(16));
    const reach = scope === 'all' ? 'all' : 'limited';
    this.#grants.push({ id, capability, tag: grantTag(id), scope, reach, purpose, notAfter });
    const kind = 'handrail/2 grant';
    const notBefore = now();
    const fact = await scopeFactOf(scope, randomBytes(16));
    const statement = {
      kind,
      id,
      sessionId,
      holder,
      capability,
      scope: fact,
      purpose,
      notBefore,
      notAfter,
      consentText,
    };
    return { id, grant: await signGrant({ ...statement, kind }, sessionKey) };
  }

  has(grantId: string): boolean {
    return this.#grants.some(({ id }) => id === grantId);
  }

  /** Takes back every grant of a kind, or those that are named; returns their ids. */
  revoke(which: (grant: HeldGrant) => boolean): string[] {
    const revoked = this.#grants.filter(which);
    this.#grants = this.#grants.filter((grant) => !which(grant));
    return revoked.map(({ id }) => id);
  }

  /** What is in force at this moment. */
  rights(): EffectiveRights {
    return this.#effective(this.#grants);
  }

  /** Of it, what is not for one task. */
  lasting(): EffectiveRights {
    return this.#effective(this.#grants.filter(({ purpose }) => purpose === 'session'));
  }

  holds(capability: Capability): boolean {
    return this.rights().has(capability);
  }

  /** Grants in force of a kind, newest last. */
  grantsOf(capability: Capability): HeldGrant[] {
    const ids = this.rights().get(capability)?.grantIds ?? [];
    return this.#grants.filter(({ id }) => ids.includes(id));
  }

  /** What a right covers: all its grants together. Undefined when it is not held. */
  scopeOf(capability: Capability): Scope | undefined {
    const grants = this.grantsOf(capability);
    if (grants.length === 0) return undefined;
    return grants.map(({ scope }) => scope).reduce(uniteScopes);
  }

  #effective(grants: readonly HeldGrant[]): EffectiveRights {
    const { policy, holder, now } = this.#options;
    const facts = grants.map((grant) => ({ ...grant, holder, isRevoked: false }));
    return effective(policy, facts, { holder, now: now() });
  }
}

export function uniteScopes(a: Scope, b: Scope): Scope {
  if (a === 'all' || b === 'all') return 'all';
  const known = new Set(a.map((area) => JSON.stringify(area)));
  return [...a, ...b.filter((area: Area) => !known.has(JSON.stringify(area)))];
}
