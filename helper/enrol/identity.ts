/** Reads an agent's identity certificate on the device: who it is, proven by the pinned CA and nothing else. */
import { X509Certificate, createHash } from 'node:crypto';
import { SIGNATURE_ALGORITHM } from '../../protocol/handshake.ts';
import type { Bytes } from '../../protocol/bytes.ts';

export interface AgentIdentity {
  name: string;
  employeeNumber: string;
  department: string;
  /** Lower-case hex, without leading zeros cut. */
  serialNumber: string;
  /** Hex; empty when the certificate names no photo. */
  photoSha256: string;
  certificateDer: Bytes;
  publicKey: CryptoKey;
  /** SHA-256 of the public key (SubjectPublicKeyInfo), hex: the same key again is the same end. */
  keyId: string;
}

/** Undefined when the certificate is not the CA's, not valid now, or not an agent's. */
export async function readAgentIdentity(
  pem: string,
  trust: { ca: string; now: number },
): Promise<AgentIdentity | undefined> {
  const certificate = readTrusted(pem, trust);
  if (certificate === undefined) return undefined;
  const uris = [...(certificate.subjectAltName ?? '').matchAll(/URI:([^,\s"]+)/g)].map((match) => match[1] ?? '');
  // A device's certificate comes from the same CA; only an agent's names a person.
  if (!uris.some((uri) => uri.startsWith('urn:handrail:person:'))) return undefined;
  // Typed for server certificates; an attribute that occurs twice is an array, and then names nobody.
  const subject = certificate.toLegacyObject().subject as unknown as Record<string, unknown>;
  const { CN: name, OU: department = '', serialNumber: employeeNumber } = subject;
  if (typeof name !== 'string' || typeof employeeNumber !== 'string' || typeof department !== 'string')
    return undefined;
  const photo = uris.find((uri) => uri.startsWith(PHOTO_URI));
  const spki = new Uint8Array(certificate.publicKey.export({ type: 'spki', format: 'der' }));
  return {
    name,
    employeeNumber,
    department,
    serialNumber: certificate.serialNumber.toLowerCase(),
    photoSha256: photo?.slice(PHOTO_URI.length) ?? '',
    certificateDer: new Uint8Array(certificate.raw),
    publicKey: await crypto.subtle.importKey('spki', spki, SIGNATURE_ALGORITHM, false, ['verify']),
    keyId: createHash('sha256').update(spki).digest('hex'),
  };
}

const PHOTO_URI = 'urn:handrail:photo:sha256:';

function readTrusted(pem: string, trust: { ca: string; now: number }): X509Certificate | undefined {
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(pem);
  } catch {
    // Bytes from a peer that are no certificate prove nothing.
    return undefined;
  }
  const ca = new X509Certificate(trust.ca);
  const isIssued = certificate.checkIssued(ca) && certificate.verify(ca.publicKey) && !certificate.ca;
  const isValid = Date.parse(certificate.validFrom) <= trust.now && trust.now < Date.parse(certificate.validTo);
  return isIssued && isValid ? certificate : undefined;
}

/** The photo as a data: URL, only if it is the one that the certificate names. */
export function provenPhoto(photoBase64: string | null, identity: AgentIdentity): string | null {
  if (photoBase64 === null || identity.photoSha256 === '') return null;
  const photo = Buffer.from(photoBase64, 'base64');
  if (createHash('sha256').update(photo).digest('hex') !== identity.photoSha256) return null;
  const kind = photo[0] === 0x89 ? 'png' : 'jpeg';
  // Written anew: decoding passes over characters that have no place in a URL.
  return `data:image/${kind};base64,${photo.toString('base64')}`;
}
