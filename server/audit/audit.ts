import { desc } from '../platform/drizzle.ts';
import { AUDIT_ACTIONS, type AuditAction, type AuditDetail, type AuditOutcome } from '../../protocol/audit.ts';
import type { Clock } from '../platform/clock.ts';
import type { Tx } from '../platform/database.ts';
import type { Random } from '../platform/random.ts';
import { auditEvents } from './audit.tables.ts';
import { GENESIS_HASH, hashLink, hashPayload } from './chain.ts';

/** Who or what: an id, and the words by which people knew it at that time. */
export interface AuditParty {
  id: string;
  label: string;
}

export interface AuditEntry<A extends AuditAction> {
  actor: AuditParty;
  action: A;
  target?: AuditParty | null;
  outcome?: AuditOutcome;
  detail?: AuditDetail<A>;
}

export interface Audit {
  /** Call inside the transaction of the change it describes. `outcome` is `success` unless said otherwise. */
  append<A extends AuditAction>(tx: Tx, entry: AuditEntry<A>): { seq: number; hash: string };
}

/** The appliance itself as actor. */
export const SYSTEM: AuditParty = { id: 'system', label: 'Handrail' };
/** Somebody who has not signed in. */
export const STRANGER: AuditParty = { id: 'stranger', label: '' };

/** The last event of the chain; seq 0 and the genesis hash while there is none. */
export function readHead(tx: Tx): { seq: number; hash: string } {
  const last = tx
    .select({ seq: auditEvents.seq, hash: auditEvents.hash })
    .from(auditEvents)
    .orderBy(desc(auditEvents.seq))
    .limit(1)
    .get();
  return last ?? { seq: 0, hash: GENESIS_HASH };
}

export function createAudit(deps: { clock: Clock; random: Random }): Audit {
  return {
    append: (tx, entry) => {
      const payload = JSON.stringify({
        actor: { id: entry.actor.id, label: entry.actor.label },
        action: entry.action,
        target: entry.target ? { id: entry.target.id, label: entry.target.label } : null,
        outcome: entry.outcome ?? 'success',
        detail: checkedDetail(entry.action, entry.detail ?? {}),
      });
      const salt = deps.random.bytes(16).toString('hex');
      const head = readHead(tx);
      const link = {
        seq: head.seq + 1,
        at: deps.clock.now(),
        prevHash: head.hash,
        payloadHash: hashPayload(salt, payload),
      };
      const hash = hashLink(link);
      tx.insert(auditEvents)
        .values({ ...link, salt, payload, hash })
        .run();
      return { seq: link.seq, hash };
    },
  };
}

/** A field that the table does not name has no class, so it is not written: that is a mistake of ours. */
function checkedDetail(action: AuditAction, detail: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const classes: Readonly<Record<string, string>> = AUDIT_ACTIONS[action];
  for (const field of Object.keys(detail))
    if (!Object.hasOwn(classes, field)) throw new Error(`audit field ${field} of ${action} has no class`);
  return { ...detail };
}
