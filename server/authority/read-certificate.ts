import { X509Certificate, type KeyObject } from 'node:crypto';
import { personId as personIdSchema } from '../../protocol/api/access.ts';
import { splitCertificates } from '../platform/pem.ts';
import { sessionId as sessionIdSchema } from '../../protocol/api/desk.ts';

/** What the agent's certificate says; the only source of the card that the sharer sees. */
export interface IdentityCard {
  personId: string;
  name: string;
  employeeNumber: string;
  department: string;
  /** Hex; empty when the certificate names no photo. */
  photoSha256: string;
  /** 32 lower-case hex digits. */
  serialNumber: string;
  notAfter: number;
  publicKey: KeyObject;
}

export interface DeviceCertificate {
  sessionId: string;
  serialNumber: string;
  notAfter: number;
  publicKey: KeyObject;
}

export interface CertificateTrust {
  /** PEM of the CA; of several, any of them. */
  ca: string;
  now: number;
  isRevoked(serialNumber: string): boolean;
}

const PERSON_URI = 'urn:handrail:person:';
const PHOTO_URI = 'urn:handrail:photo:sha256:';
const SESSION_URI = 'urn:handrail:session:';
/** id-kp-clientAuth, RFC 5280 §4.2.1.12. */
const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2';

/** Null unless it is issued by our CA, valid now, not revoked and a client's. It is a person's or a session's, never both. */
export function readCertificate(
  bytes: string | Buffer,
  trust: CertificateTrust,
): { identity: IdentityCard | null; device: DeviceCertificate | null } | null {
  const certificate = readTrusted(bytes, trust);
  if (certificate === null) return null;
  const uris = [...(certificate.subjectAltName ?? '').matchAll(/URI:([^,\s"]+)/g)].map((match) => match[1] ?? '');
  const after = (prefix: string) => uris.find((uri) => uri.startsWith(prefix))?.slice(prefix.length);
  const common = {
    serialNumber: certificate.serialNumber.toLowerCase(),
    notAfter: Date.parse(certificate.validTo),
    publicKey: certificate.publicKey,
  };
  const personId = personIdSchema.safeParse(after(PERSON_URI));
  const sessionId = sessionIdSchema.safeParse(after(SESSION_URI));
  if (personId.success === sessionId.success) return null;
  if (sessionId.success) return { identity: null, device: { ...common, sessionId: sessionId.data } };
  const subject = readSubject(certificate);
  if (subject === null || !personId.success) return null;
  const identity = { ...common, ...subject, personId: personId.data, photoSha256: after(PHOTO_URI) ?? '' };
  return { identity, device: null };
}

function readTrusted(bytes: string | Buffer, trust: CertificateTrust): X509Certificate | null {
  const certificate = parse(bytes);
  if (certificate === null) return null;
  const isOurs = !certificate.ca && splitCertificates(trust.ca).some((ca) => isIssuedBy(certificate, ca));
  const isValid = Date.parse(certificate.validFrom) <= trust.now && trust.now < Date.parse(certificate.validTo);
  const isClient = certificate.keyUsage?.includes(CLIENT_AUTH) === true;
  return isOurs && isValid && isClient && !trust.isRevoked(certificate.serialNumber) ? certificate : null;
}

function isIssuedBy(certificate: X509Certificate, pem: string): boolean {
  const ca = new X509Certificate(pem);
  return certificate.checkIssued(ca) && certificate.verify(ca.publicKey);
}

function parse(bytes: string | Buffer): X509Certificate | null {
  try {
    return new X509Certificate(bytes);
  } catch {
    // Bytes from a peer that are no certificate prove nothing.
    return null;
  }
}

function readSubject(
  certificate: X509Certificate,
): { name: string; employeeNumber: string; department: string } | null {
  // Typed for server certificates; attribute names are those of OpenSSL, an attribute that occurs twice is an array.
  const subject = certificate.toLegacyObject().subject as unknown as Record<string, unknown>;
  const { CN: name, serialNumber: employeeNumber, OU: department } = subject;
  if (typeof name !== 'string' || typeof employeeNumber !== 'string' || typeof department !== 'string') return null;
  return { name, employeeNumber, department };
}
