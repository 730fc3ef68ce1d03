import type { Audit, AuditParty } from '../audit/audit.ts';
import type { Authority } from '../authority/authority.ts';
import type { IdentityChallenges } from '../authority/identity-challenges.ts';
import type { Clock } from '../platform/clock.ts';
import type { Database, Tx } from '../platform/database.ts';
import { AppError } from '../platform/errors.ts';
import type { Events } from '../platform/events.ts';
import type { GuessLimit } from '../platform/guess-limit.ts';
import type { LiveRegistry } from '../platform/live.ts';
import type { Random } from '../platform/random.ts';
import type { AccessEvents } from './access.events.ts';
import { isHonestName } from './names.ts';
import type { PasswordLinks } from './password-links.ts';
import type { Passwords } from './passwords.ts';
import type { SetUpGate } from './set-up-gate.ts';
import type { SignInThrottle } from './sign-in-throttle.ts';
import type { SignIns, SignedInPerson } from './sign-ins.ts';

/** What the routes of this module work with; made once, in `app.ts`. */
export interface AccessDeps {
  database: Database;
  clock: Clock;
  random: Random;
  audit: Audit;
  hub: LiveRegistry;
  events: Events<AccessEvents>;
  signIns: SignIns;
  authority: Authority;
  challenges: IdentityChallenges;
  passwords: Passwords;
  passwordLinks: PasswordLinks;
  throttle: SignInThrottle;
  setUpGate: SetUpGate;
  /** Of the tokens of set-up and password links. */
  guesses: GuessLimit;
  /** An agent operates the person's computer at the moment, so that what they seem to do may be the agent's doing. */
  isOperated(personId: string): boolean;
  /** The product's version. */
  version: string;
}

/** A signed-in person as actor of an audit event. */
export function actorOf(person: SignedInPerson): AuditParty {
  return { id: person.personId, label: person.name };
}

/** Names are shown where people decide whom to trust. */
export function checkName(name: string | undefined, field = 'name'): void {
  if (name !== undefined && !isHonestName(name)) throw new AppError('request.invalid', { fields: [field] });
}

/** Revokes what the person's identity certificates say because it is no longer so. Returns the serials to announce. */
export function revokeIdentities(
  deps: Pick<AccessDeps, 'authority' | 'audit'>,
  tx: Tx,
  because: { actor: AuditParty; target: AuditParty; reason: string },
): string[] {
  const serials = deps.authority.revokeIdentitiesOf(tx, because.target.id, because.reason);
  for (const serialNumber of serials)
    deps.audit.append(tx, {
      actor: because.actor,
      action: 'identity/revoked',
      target: because.target,
      detail: { serialNumber },
    });
  return serials;
}

/** After the commit. */
export function announceRevoked(
  deps: Pick<AccessDeps, 'events'>,
  personId: string,
  serialNumbers: readonly string[],
): void {
  for (const serialNumber of serialNumbers) deps.events.emit('identity/revoked', { personId, serialNumber });
}
