import type { Audit, AuditParty } from '../../audit/audit.ts';
import type { Checkpointer } from '../../audit/checkpoints.ts';
import type { Authority } from '../../authority/authority.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Database } from '../../platform/database.ts';
import type { Random } from '../../platform/random.ts';

/** What can be made anew by command; `all` does everything in this order. */
export const ROTATION_KINDS = ['sign-ins', 'links', 'authority', 'checkpoint-key', 'server-key'] as const;
export type RotationKind = (typeof ROTATION_KINDS)[number];

/** What a single rotation works with: a data directory on which no server runs. */
export interface Rotating {
  dataDir: string;
  database: Database;
  audit: Audit;
  authority: Authority;
  checkpointer: Checkpointer;
  operator: AuditParty;
  clock: Clock;
  random: Random;
}
