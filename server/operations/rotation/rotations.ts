import { createPublicKey, generateKeyPair, type KeyObject } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { fingerprintOf, keyHash } from '../../authority/authority.ts';
import { FORMER_FOLDER, NEXT_AUTHORITY, OLD_AUTHORITY } from '../../authority/ca-files.ts';
import { makeCaCertificate, writeWhole } from '../../authority/key-files.ts';
import type { Tx } from '../../platform/database.ts';
import { appendEnds } from '../voiding.ts';
import {
  endSessions,
  endSignIns,
  revokeCertificates,
  revokeOwnCertificates,
  voidLinks,
} from '../voiding.repository.ts';
import type { Rotating, RotationKind } from './rotating.ts';

const REVOKED_REASON = 'rotated';

export function rotateSignIns(rotating: Rotating): string {
  const ended = inTransaction(rotating, (tx) => {
    const ended = endSignIns(rotating.database.raw);
    append(rotating, tx, { kind: 'sign-ins' });
    return ended;
  });
  return `${ended} sign-ins have ended: everybody signs in again.`;
}

export function rotateLinks(rotating: Rotating): string {
  const { passwordLinks, invitations, helperTokens } = inTransaction(rotating, (tx) => {
    const voided = voidLinks(rotating.database.raw, rotating.clock.now());
    append(rotating, tx, { kind: 'links' });
    return voided;
  });
  return `${passwordLinks} password links, ${invitations} invitations and ${helperTokens} helper downloads are void.`;
}

/** The start makes the next ones, as it makes the first ones. */
export function rotateServerKey(rotating: Rotating): string {
  const folder = join(rotating.dataDir, 'authority');
  const file = join(folder, 'server.crt');
  const former = existsSync(file) ? fingerprintOf(readFileSync(file, 'utf8')) : '';
  inTransaction(rotating, (tx) => {
    revokeOwnCertificates(rotating.database.raw, 'server', whyNow(rotating));
    append(rotating, tx, { kind: 'server-key', former });
  });
  for (const name of ['server.crt', 'server.key']) rmSync(join(folder, name), { force: true });
  return 'The server’s key and certificate are gone; the next start makes new ones from the same internal CA.';
}

/** The former key signs that it is being replaced. Its certificate stays beside the checkpoints it has signed. */
export async function rotateCheckpointKey(rotating: Rotating): Promise<string> {
  const { dataDir, database, checkpointer } = rotating;
  const next = await makeKey(2048);
  const present = keyHash(createPublicKey(next));
  const former = inTransaction(rotating, (tx) => append(rotating, tx, { kind: 'checkpoint-key', present }));
  checkpointer.signNow();
  database.transaction(() => revokeOwnCertificates(database.raw, 'checkpoint', whyNow(rotating)));
  writeWhole(join(dataDir, 'authority', 'checkpoint.key'), toPem(next), 0o600);
  return `Checkpoints are signed by a new key from event ${former.seq + 2} on; those of the former one stay verifiable.`;
}

/**
 * A new internal CA. What the former one has signed stays readable as what it was, since its certificate is kept; nothing of
 * it is accepted any more. The last checkpoint under the former CA names the new one.
 */
export async function rotateAuthority(rotating: Rotating): Promise<string> {
  const { dataDir, database, audit, authority, checkpointer, clock } = rotating;
  const next = await makeNextAuthority(rotating);
  inTransaction(rotating, (tx) => {
    append(rotating, tx, { kind: 'authority', former: authority.caFingerprint, present: next });
    const { raw } = database;
    const certificates = revokeCertificates(raw, whyNow(rotating));
    appendEnds({ tx, audit, now: clock.now() }, { certificates, sessions: endSessions(raw, clock.now()) });
  });
  checkpointer.signNow();
  database.transaction(() => {
    for (const kind of ['server', 'checkpoint'] as const) revokeOwnCertificates(database.raw, kind, whyNow(rotating));
  });
  const [present, old] = [join(dataDir, 'authority'), join(dataDir, OLD_AUTHORITY)];
  renameSync(present, old);
  renameSync(join(dataDir, NEXT_AUTHORITY), present);
  rmSync(old, { recursive: true });
  return `There is a new internal CA, SHA-256 ${next}. The former one was ${authority.caFingerprint}.`;
}

/** A whole folder, to take the place of the present one in one step. Returns the fingerprint of its CA. */
async function makeNextAuthority({ dataDir, authority, clock, random }: Rotating): Promise<string> {
  const folder = join(dataDir, NEXT_AUTHORITY);
  cpSync(join(dataDir, 'authority'), folder, { recursive: true, preserveTimestamps: true });
  mkdirSync(join(folder, FORMER_FOLDER), { recursive: true, mode: 0o700 });
  const formerName = `${authority.caFingerprint.slice(0, 32)}.crt`;
  writeWhole(join(folder, FORMER_FOLDER, formerName), authority.caCertificate, 0o644);
  const key = await makeKey(3072);
  const certificate = makeCaCertificate(key, { clock, random });
  writeWhole(join(folder, 'ca.key'), toPem(key), 0o600);
  writeWhole(join(folder, 'ca.crt'), certificate, 0o644);
  rmSync(join(folder, 'server.crt'), { force: true });
  return fingerprintOf(certificate);
}

const inTransaction = <T>({ database }: Rotating, work: (tx: Tx) => T): T => database.transaction(work);

const whyNow = ({ clock }: Rotating): { now: number; reason: string } => ({ now: clock.now(), reason: REVOKED_REASON });

function append(
  { audit, operator }: Rotating,
  tx: Tx,
  { kind, former = '', present = '' }: { kind: RotationKind; former?: string; present?: string },
): { seq: number } {
  return audit.append(tx, { actor: operator, action: 'secret/rotated', detail: { kind, former, present } });
}

async function makeKey(modulusLength: number): Promise<KeyObject> {
  return (await promisify(generateKeyPair)('rsa', { modulusLength })).privateKey;
}

const toPem = (key: KeyObject): string => key.export({ type: 'pkcs8', format: 'pem' }).toString();
