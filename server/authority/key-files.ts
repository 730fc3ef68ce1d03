import { createPrivateKey, createPublicKey, generateKeyPair, X509Certificate, type KeyObject } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Clock } from '../platform/clock.ts';
import type { Random } from '../platform/random.ts';
import { readFormerCaCertificates, settleAuthorityFolders } from './ca-files.ts';
import { newSerialNumber, type AuthorityKeys } from './authority.ts';
import { signCertificate } from './forge.adapter.ts';

/** Keys live as files of the data directory, readable by the owner alone: never in the database, so never in its copies. */
const CA_LIFE_MS = 10 * 365 * 24 * 3_600_000;

/** Reads a PEM private key, or makes an RSA key of this size and keeps it with mode 0600. */
export async function loadOrMakeKey(file: string, modulusLength: number): Promise<KeyObject> {
  if (existsSync(file)) {
    chmodSync(file, 0o600);
    return createPrivateKey(readFileSync(file, 'utf8'));
  }
  const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength });
  writeWhole(file, privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), 0o600);
  return privateKey;
}

/** A file is there completely or not at all. */
export function writeWhole(file: string, content: string, mode: number): void {
  const draft = `${file}.new`;
  writeFileSync(draft, content, { mode, flush: true });
  renameSync(draft, file);
}

/** The folder of all keys and of `ca.crt`. */
export function authorityFolder(dataDir: string): string {
  const folder = join(dataDir, 'authority');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return folder;
}

/** The internal CA: RSA 3072, ten years, made at the first start. A key without its certificate, or one for another key, is an error. */
export async function loadOrMakeCa(dataDir: string, deps: { clock: Clock; random: Random }): Promise<AuthorityKeys> {
  settleAuthorityFolders(dataDir);
  const folder = authorityFolder(dataDir);
  const certificateFile = join(folder, 'ca.crt');
  const isFirstStart = !existsSync(certificateFile);
  const caPrivateKey = await loadOrMakeKey(join(folder, 'ca.key'), 3072);
  if (isFirstStart) writeWhole(certificateFile, makeCaCertificate(caPrivateKey, deps), 0o644);
  const caCertificate = readFileSync(certificateFile, 'utf8');
  if (!new X509Certificate(caCertificate).checkPrivateKey(caPrivateKey))
    throw new Error(`${certificateFile} does not belong to ca.key beside it: restore both from the same backup`);
  return { caCertificate, caPrivateKey, formerCaCertificates: readFormerCaCertificates(folder) };
}

export function makeCaCertificate(privateKey: KeyObject, deps: { clock: Clock; random: Random }): string {
  const now = deps.clock.now();
  // The suffix tells the authorities of two appliances apart in a browser's list.
  const suffix = deps.random.bytes(4).toString('hex');
  return signCertificate(
    {
      subject: [{ type: 'commonName', value: `Handrail internal CA ${suffix}` }],
      publicKeyPem: createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }).toString(),
      serialNumber: newSerialNumber(deps.random),
      notBefore: now - 3_600_000,
      notAfter: now + CA_LIFE_MS,
      usage: 'authority',
      altNames: [],
    },
    { certificate: null, privateKey },
  );
}
