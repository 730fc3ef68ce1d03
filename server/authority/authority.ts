import { createHash, createPublicKey, X509Certificate, type KeyObject } from 'node:crypto';
import { AppError } from '../platform/errors.ts';
import type { Clock } from '../platform/clock.ts';
import type { Database, Tx } from '../platform/database.ts';
import type { Random } from '../platform/random.ts';
import { readSigningRequest, signCertificate, type CertificateTemplate } from './forge.adapter.ts';
import {
  findCertificate,
  findCurrent,
  insertCertificate,
  markAllRevoked,
  markRevoked,
  type CertificateKind,
} from './certificates.repository.ts';
import {
  readCertificate,
  type DeviceCertificate,
  type IdentityCard,
  type CertificateTrust,
} from './read-certificate.ts';

/** Hours an agent's identity lives (ARCHITECTURE "Authority"). */
const IDENTITY_LIFE_MS = 12 * 3_600_000;
/** Server certificates live 13 months, as browsers have come to expect, and are renewed a month before. */
const SERVER_LIFE_MS = 397 * 24 * 3_600_000;
const CHECKPOINT_LIFE_MS = 10 * 365 * 24 * 3_600_000;
/** Certificates begin a little in the past, because the clocks of devices are not exact. */
const BACKDATE_MS = 5 * 60_000;
const MIN_RSA_BITS = 2048;
const MAX_RSA_BITS = 8192;

export interface IssuedCertificate {
  /** PEM */
  certificate: string;
  /** 32 lower-case hex digits. */
  serialNumber: string;
  notAfter: number;
}

export interface IdentitySubject {
  personId: string;
  name: string;
  employeeNumber: string;
  department: string;
  organisation: string;
  /** Hex; null when there is no photo. */
  photoSha256: string | null;
}

export interface Authority {
  /** The internal CA's own certificate, PEM. */
  readonly caCertificate: string;
  /** The same and, after it, those of former CAs: for what was true when it was signed. */
  readonly everyCaCertificate: string;
  /** SHA-256 of its DER, 64 lower-case hex digits. */
  readonly caFingerprint: string;
  /** Revokes the person's other certificates unless they are for the same key. */
  issueIdentity(tx: Tx, subject: IdentitySubject, publicKey: KeyObject): IssuedCertificate & { revoked: string[] };
  /** 422 enrolment.csr-invalid unless the request is signed by an RSA key of at least 2048 bits. Its subject is ignored. */
  issueDeviceCertificate(tx: Tx, of: { csrPem: string; sessionId: string; notAfter: number }): IssuedCertificate;
  issueServerCertificate(tx: Tx, of: { hosts: readonly ServerName[]; publicKey: KeyObject }): IssuedCertificate;
  issueCheckpointCertificate(tx: Tx, publicKey: KeyObject): IssuedCertificate;
  /** True also for a serial number that this authority never gave out. */
  isRevoked(serialNumber: string): boolean;
  /** False when it was revoked before or is unknown. */
  revoke(tx: Tx, serialNumber: string, reason: string): boolean;
  revokeIdentitiesOf(tx: Tx, personId: string, reason: string): string[];
  /** The person's newest identity certificate that counts, PEM; null when there is none. */
  currentIdentity(personId: string): string | null;
  /** Who an identity certificate names: only if ours, valid now and not revoked. Otherwise null. */
  readIdentity(pem: string): IdentityCard | null;
  /** Which session a device certificate is for, under the same conditions. Takes PEM or DER (from the TLS socket). */
  readDevice(certificate: string | Buffer): DeviceCertificate | null;
}

export type ServerName = { dns: string } | { ip: string };

export interface AuthorityKeys {
  caCertificate: string;
  caPrivateKey: KeyObject;
  /** PEM of CAs that were rotated out; absent or empty when there is none. */
  formerCaCertificates?: string;
}

/** RSA of a size that neither breaks nor costs minutes; the exponent everybody uses. */
export function isAcceptableKey(key: KeyObject): boolean {
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
  const exponent = key.asymmetricKeyDetails?.publicExponent;
  return key.asymmetricKeyType === 'rsa' && bits >= MIN_RSA_BITS && bits <= MAX_RSA_BITS && exponent === 65537n;
}

/** Bytes of SubjectPublicKeyInfo from outside as a key; null when they are not an acceptable one. */
export function readPublicKey(spkiBase64: string): KeyObject | null {
  try {
    const key = createPublicKey({ key: Buffer.from(spkiBase64, 'base64'), format: 'der', type: 'spki' });
    return isAcceptableKey(key) ? key : null;
  } catch {
    // Bytes from a page that are no key.
    return null;
  }
}

const toSpkiPem = (key: KeyObject): string => key.export({ type: 'spki', format: 'pem' }).toString();

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

export function fingerprintOf(pem: string): string {
  return sha256(new X509Certificate(pem).raw);
}

/** 128 bits, of which the first two are fixed so that the number is positive and always 32 digits long. */
export function newSerialNumber(random: Random): string {
  const bytes = random.bytes(16);
  bytes.writeUInt8((bytes.readUInt8(0) & 0x3f) | 0x40, 0);
  return bytes.toString('hex');
}

type Draft = Omit<CertificateTemplate, 'serialNumber' | 'notBefore' | 'publicKeyPem'> & {
  kind: CertificateKind;
  subjectId: string;
  publicKey: KeyObject;
};

interface AuthorityDeps {
  database: Database;
  clock: Clock;
  random: Random;
  keys: AuthorityKeys;
}

export function createAuthority({ database, clock, random, keys }: AuthorityDeps): Authority {
  const isRevoked = (serialNumber: string): boolean => {
    const record = findCertificate(database.db, serialNumber.toLowerCase());
    return record === null || record.revokedAt !== null;
  };
  const trust = (): CertificateTrust => ({ ca: keys.caCertificate, now: clock.now(), isRevoked });

  function issue(tx: Tx, { kind, subjectId, publicKey, ...draft }: Draft): IssuedCertificate {
    const publicKeyPem = toSpkiPem(publicKey);
    const serialNumber = newSerialNumber(random);
    const notBefore = clock.now() - BACKDATE_MS;
    // Certificates count whole seconds; ours must not promise more than they hold.
    const notAfter = Math.floor(draft.notAfter / 1000) * 1000;
    const certificate = signCertificate(
      { ...draft, serialNumber, notBefore, notAfter, publicKeyPem },
      { certificate: keys.caCertificate, privateKey: keys.caPrivateKey },
    );
    const publicKeySha256 = keyHash(publicKey);
    insertCertificate(tx, { serialNumber, kind, subjectId, publicKeySha256, pem: certificate, notBefore, notAfter });
    return { certificate, serialNumber, notAfter };
  }

  return {
    caCertificate: keys.caCertificate,
    everyCaCertificate: keys.caCertificate + (keys.formerCaCertificates ?? ''),
    caFingerprint: fingerprintOf(keys.caCertificate),
    issueIdentity: (tx, subject, publicKey) => {
      const { personId } = subject;
      const revoked = markAllRevoked(
        tx,
        { kind: 'identity', subjectId: personId, exceptKey: keyHash(publicKey) },
        { now: clock.now(), reason: 'superseded' },
      );
      const notAfter = clock.now() + IDENTITY_LIFE_MS;
      const draft = { ...identityDraft(subject), kind: 'identity', subjectId: personId, notAfter, publicKey } as const;
      return { ...issue(tx, draft), revoked };
    },
    issueDeviceCertificate: (tx, { csrPem, sessionId, notAfter }) => {
      const publicKey = readSigningRequest(csrPem);
      if (publicKey === null || !isAcceptableKey(publicKey)) throw new AppError('enrolment.csr-invalid');
      return issue(tx, {
        kind: 'device',
        subjectId: sessionId,
        publicKey,
        notAfter,
        usage: 'client',
        subject: [{ type: 'commonName', value: 'device' }],
        altNames: [{ uri: `urn:handrail:session:${sessionId}` }],
      });
    },
    issueServerCertificate: (tx, { hosts, publicKey }) =>
      issue(tx, {
        kind: 'server',
        subjectId: '',
        publicKey,
        notAfter: clock.now() + SERVER_LIFE_MS,
        usage: 'server',
        subject: [{ type: 'commonName', value: 'Handrail' }],
        altNames: hosts,
      }),
    issueCheckpointCertificate: (tx, publicKey) =>
      issue(tx, {
        kind: 'checkpoint',
        subjectId: '',
        publicKey,
        notAfter: clock.now() + CHECKPOINT_LIFE_MS,
        usage: 'signature',
        subject: [{ type: 'commonName', value: 'Handrail audit checkpoint' }],
        altNames: [],
      }),
    isRevoked,
    revoke: (tx, serialNumber, reason) => markRevoked(tx, serialNumber.toLowerCase(), { now: clock.now(), reason }),
    revokeIdentitiesOf: (tx, personId, reason) =>
      markAllRevoked(tx, { kind: 'identity', subjectId: personId }, { now: clock.now(), reason }),
    currentIdentity: (personId) =>
      findCurrent(database.db, { kind: 'identity', subjectId: personId, now: clock.now() })?.pem ?? null,
    readIdentity: (pem) => readCertificate(pem, trust())?.identity ?? null,
    readDevice: (certificate) => readCertificate(certificate, trust())?.device ?? null,
  };
}

/** SHA-256 over the SubjectPublicKeyInfo, as the list of certificates has it. */
export function keyHash(publicKey: KeyObject): string {
  return sha256(publicKey.export({ type: 'spki', format: 'der' }));
}

function identityDraft(subject: IdentitySubject): Pick<Draft, 'usage' | 'subject' | 'altNames'> {
  const photo = subject.photoSha256 === null ? [] : [{ uri: `urn:handrail:photo:sha256:${subject.photoSha256}` }];
  return {
    usage: 'client',
    subject: [
      { type: 'commonName', value: subject.name },
      { type: 'serialNumber', value: subject.employeeNumber },
      { type: 'organizationalUnitName', value: subject.department },
      { type: 'organizationName', value: subject.organisation },
    ],
    altNames: [{ uri: `urn:handrail:person:${subject.personId}` }, ...photo],
  };
}
