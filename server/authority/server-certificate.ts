import { createPublicKey, X509Certificate } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';
import type { Clock } from '../platform/clock.ts';
import type { Database } from '../platform/database.ts';
import type { Authority, ServerName } from './authority.ts';
import { authorityFolder, loadOrMakeKey, writeWhole } from './key-files.ts';

/** A certificate that ends sooner than this is replaced. */
const RENEW_BEFORE_MS = 30 * 24 * 3_600_000;

export interface ServerCertificate {
  /** PEM, the CA's certificate after the server's own. */
  certificate: string;
  privateKey: string;
  isNew: boolean;
}

/** The internal CA's certificate for this server: helpers always see it, browsers where the company has none of its own. Made anew when it ends within 30 days, when a name changed or the CA did. */
export async function loadOrIssueServerCertificate(
  deps: { authority: Authority; database: Database; clock: Clock },
  at: { dataDir: string; hosts: readonly string[] },
): Promise<ServerCertificate> {
  const folder = authorityFolder(at.dataDir);
  const file = join(folder, 'server.crt');
  const key = await loadOrMakeKey(join(folder, 'server.key'), 2048);
  const names = at.hosts.map(toServerName);
  const present = existsSync(file) ? new X509Certificate(readFileSync(file, 'utf8')) : null;
  const isGood =
    present !== null &&
    present.checkPrivateKey(key) &&
    present.verify(new X509Certificate(deps.authority.caCertificate).publicKey) &&
    Date.parse(present.validTo) - deps.clock.now() > RENEW_BEFORE_MS &&
    isForExactly(present, names);
  if (!isGood) {
    const issued = deps.database.transaction((tx) =>
      deps.authority.issueServerCertificate(tx, { hosts: names, publicKey: createPublicKey(key) }),
    );
    writeWhole(file, issued.certificate, 0o644);
  }
  return {
    certificate: readFileSync(file, 'utf8') + deps.authority.caCertificate,
    privateKey: key.export({ type: 'pkcs8', format: 'pem' }).toString(),
    isNew: !isGood,
  };
}

function toServerName(host: string): ServerName {
  return isIP(host) === 0 ? { dns: host } : { ip: host };
}

function isForExactly(certificate: X509Certificate, names: readonly ServerName[]): boolean {
  const present = certificate.subjectAltName?.split(', ').length ?? 0;
  return (
    present === names.length &&
    names.every((name) =>
      'dns' in name ? certificate.checkHost(name.dns) !== undefined : certificate.checkIP(name.ip) !== undefined,
    )
  );
}
