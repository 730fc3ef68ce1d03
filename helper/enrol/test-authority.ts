/** Certificates for tests, made with node-forge alone: nothing of the server's own code vouches for them. */
import { createHash, createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import forge from 'node-forge';

export interface TestKey {
  publicKeyPem: string;
  privateKeyPem: string;
}

/** RSA-2048; takes a while, so make few. */
export function newTestKey(): TestKey {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  return { publicKeyPem: publicKey, privateKeyPem: privateKey };
}

export interface TestCertificate {
  subject?: { shortName?: string; name?: string; value: string }[];
  /** Types of RFC 5280 §4.2.1.6: 2 dNSName, 6 URI, 7 iPAddress. */
  altNames?: { type: number; value?: string; ip?: string }[];
  publicKeyPem: string;
  /** Milliseconds since 1970. */
  notBefore?: number;
  notAfter?: number;
}

export interface TestAuthority {
  pem: string;
  /** As the helper's file name carries it. */
  fingerprint: string;
  issue(certificate: TestCertificate): string;
}

const HOUR_MS = 3_600_000;

export function createTestAuthority(key: TestKey = newTestKey(), name = 'Test CA'): TestAuthority {
  const issuerKey = forge.pki.privateKeyFromPem(key.privateKeyPem);
  const issuer = [{ shortName: 'CN', value: name }];
  const make = (of: TestCertificate, isAuthority: boolean): string => {
    const certificate = forge.pki.createCertificate();
    certificate.publicKey = forge.pki.publicKeyFromPem(of.publicKeyPem);
    certificate.serialNumber = `40${randomBytes(15).toString('hex')}`;
    certificate.validity.notBefore = new Date(of.notBefore ?? Date.now() - HOUR_MS);
    certificate.validity.notAfter = new Date(of.notAfter ?? Date.now() + 12 * HOUR_MS);
    certificate.setSubject(isAuthority ? issuer : (of.subject ?? []).map(inUtf8));
    certificate.setIssuer(issuer);
    certificate.setExtensions([
      { name: 'basicConstraints', cA: isAuthority, critical: true },
      ...(of.altNames === undefined ? [] : [{ name: 'subjectAltName', altNames: of.altNames }]),
    ]);
    certificate.sign(issuerKey, forge.md.sha256.create());
    return forge.pki.certificateToPem(certificate);
  };
  const pem = make({ publicKeyPem: key.publicKeyPem, notAfter: Date.now() + 24 * HOUR_MS }, true);
  const der = Buffer.from(pem.replace(/-----[^-]+-----/g, ''), 'base64');
  const fingerprint = createHash('sha256').update(der).digest('hex').slice(0, 32);
  return { pem, fingerprint, issue: (of) => make(of, false) };
}

/** Names are in any script. The type definitions take a tag for a class. */
function inUtf8(field: forge.pki.CertificateField): forge.pki.CertificateField {
  return { ...field, valueTagClass: forge.asn1.Type.UTF8 as unknown as forge.asn1.Class };
}

export interface TestPerson {
  name: string;
  employeeNumber: string;
  department?: string;
  photoSha256?: string;
}

/** What the internal CA writes into an agent's identity certificate. */
export function identityOf(person: TestPerson): Pick<TestCertificate, 'subject' | 'altNames'> {
  const { name, employeeNumber, department = 'IT', photoSha256 } = person;
  const photo = photoSha256 === undefined ? [] : [{ type: 6, value: `urn:handrail:photo:sha256:${photoSha256}` }];
  return {
    subject: [
      { shortName: 'CN', value: name },
      { name: 'serialNumber', value: employeeNumber },
      { shortName: 'OU', value: department },
      { shortName: 'O', value: 'Example' },
    ],
    altNames: [{ type: 6, value: `urn:handrail:person:per_${'a'.repeat(26)}` }, ...photo],
  };
}

/** What it writes into that of a device. */
export function deviceOf(sessionId: string): Pick<TestCertificate, 'subject' | 'altNames'> {
  return {
    subject: [{ shortName: 'CN', value: 'device' }],
    altNames: [{ type: 6, value: `urn:handrail:session:${sessionId}` }],
  };
}

/** The public key as WebCrypto's verifying key. */
export async function importPublicKey(pem: string): Promise<CryptoKey> {
  const spki = new Uint8Array(createPublicKey(pem).export({ type: 'spki', format: 'der' }));
  return crypto.subtle.importKey('spki', spki, { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }, false, ['verify']);
}
