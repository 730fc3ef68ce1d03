import { constants, sign, verify, type KeyObject } from 'node:crypto';
import { desc } from '../platform/drizzle.ts';
import type { Clock } from '../platform/clock.ts';
import type { Database, Tx } from '../platform/database.ts';
import { readHead, SYSTEM, type Audit } from './audit.ts';
import { auditCheckpointKeys, auditCheckpoints } from './audit.tables.ts';
import { checkpointStatement } from './chain.ts';

/** A checkpoint is signed after this many events or this long after the first one that has none. */
const EVERY_EVENTS = 100;
const EVERY_MS = 60_000;

/** RSASSA-PSS with SHA-256 and a salt as long as the hash (RFC 8017 §8.1). */
const PSS = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };

export interface CheckpointHead {
  seq: number;
  at: number;
  hash: string;
}

export function signCheckpoint(head: CheckpointHead, privateKey: KeyObject): string {
  return sign('sha256', checkpointStatement(head), { key: privateKey, ...PSS }).toString('base64');
}

export function isCheckpointSignedBy(head: CheckpointHead, signature: string, publicKey: KeyObject): boolean {
  return verify('sha256', checkpointStatement(head), { key: publicKey, ...PSS }, Buffer.from(signature, 'base64'));
}

/** The key that signs, and its certificate as the authority issued it. */
export interface CheckpointKey {
  privateKey: KeyObject;
  serialNumber: string;
  /** PEM; kept beside the checkpoints so that the CA's certificate is all a verifier needs. */
  certificate: string;
}

export interface Checkpointer {
  /** Signs when it is due. Call often. */
  tick(): void;
  /** Signs if anything happened since the last one; for the shutdown. */
  signNow(): void;
}

export function createCheckpointer(deps: {
  database: Database;
  clock: Clock;
  audit: Audit;
  key: CheckpointKey;
}): Checkpointer {
  const { database, clock, audit, key } = deps;
  let waitingSince: number | null = null;

  function signNow(): void {
    waitingSince = null;
    database.transaction((tx) => {
      if (readHead(tx).seq === lastCheckpointSeq(tx)) return;
      keepKey(tx, key);
      // The event is part of what is signed, so that a deleted checkpoint leaves a trace in the chain.
      const { seq, hash } = audit.append(tx, { actor: SYSTEM, action: 'checkpoint/signed' });
      const head = { seq, at: clock.now(), hash };
      const signature = signCheckpoint(head, key.privateKey);
      tx.insert(auditCheckpoints)
        .values({ ...head, serialNumber: key.serialNumber, signature })
        .run();
    });
  }

  return {
    signNow,
    tick: () => {
      const unsigned = readHead(database.db).seq - lastCheckpointSeq(database.db);
      if (unsigned === 0) return;
      waitingSince ??= clock.now();
      if (unsigned >= EVERY_EVENTS || clock.now() - waitingSince >= EVERY_MS) signNow();
    },
  };
}

function lastCheckpointSeq(tx: Tx): number {
  return (
    tx.select({ seq: auditCheckpoints.seq }).from(auditCheckpoints).orderBy(desc(auditCheckpoints.seq)).limit(1).get()
      ?.seq ?? 0
  );
}

function keepKey(tx: Tx, { serialNumber, certificate }: CheckpointKey): void {
  tx.insert(auditCheckpointKeys).values({ serialNumber, certificate }).onConflictDoNothing().run();
}
