import { createPublicKey, X509Certificate, type KeyObject } from 'node:crypto';
import type { Clock } from '../platform/clock.ts';
import type { Database } from '../platform/database.ts';
import type { Authority } from './authority.ts';
import { findCurrent } from './certificates.repository.ts';

/** The key that signs audit checkpoints with its certificate, which is issued when the key has none that counts. */
export function certifyCheckpointKey(
  deps: { database: Database; authority: Authority; clock: Clock },
  privateKey: KeyObject,
): { privateKey: KeyObject; serialNumber: string; certificate: string } {
  const present = findCurrent(deps.database.db, { kind: 'checkpoint', subjectId: '', now: deps.clock.now() });
  if (present !== null && belongsTo(present.pem, privateKey, deps.authority))
    return { privateKey, serialNumber: present.serialNumber, certificate: present.pem };
  const publicKey = createPublicKey(privateKey);
  const issued = deps.database.transaction((tx) => deps.authority.issueCheckpointCertificate(tx, publicKey));
  return { privateKey, serialNumber: issued.serialNumber, certificate: issued.certificate };
}

function belongsTo(pem: string, privateKey: KeyObject, authority: Authority): boolean {
  const certificate = new X509Certificate(pem);
  return (
    certificate.checkPrivateKey(privateKey) &&
    certificate.verify(new X509Certificate(authority.caCertificate).publicKey)
  );
}
