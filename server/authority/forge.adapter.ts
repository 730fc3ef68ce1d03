/**
 * The only place in the server that knows node-forge: DER in and out. Forge builds the structures; keys are made and
 * signatures computed by OpenSSL through node:crypto, which is faster and does not hold the event loop.
 */
import { createPublicKey, sign, type KeyObject } from 'node:crypto';
import forge from 'node-forge';

export interface CertificateTemplate {
  subject: readonly SubjectField[];
  publicKeyPem: string;
  /** Hex, at most 20 octets, first bit clear (RFC 5280 §4.1.2.2). */
  serialNumber: string;
  /** Milliseconds since 1970; certificates count whole seconds. */
  notBefore: number;
  notAfter: number;
  usage: CertificateUsage;
  altNames: readonly AltName[];
}

export interface SubjectField {
  /** X.520 attribute types. */
  type: 'commonName' | 'serialNumber' | 'organizationalUnitName' | 'organizationName';
  value: string;
}

export type AltName = { uri: string } | { dns: string } | { ip: string };
export type CertificateUsage = 'authority' | 'server' | 'client' | 'signature';

/** `certificate: null` makes a self-signed one. */
export interface Issuer {
  certificate: string | null;
  privateKey: KeyObject;
}

const OIDS: Readonly<Record<SubjectField['type'], string>> = {
  commonName: '2.5.4.3',
  serialNumber: '2.5.4.5',
  organizationalUnitName: '2.5.4.11',
  organizationName: '2.5.4.10',
};

// PrintableString (X.680 §41.4) is what RFC 5280 wants of serialNumber; UTF-8 is right for everything else.
const isPrintable = (text: string): boolean => /^[A-Za-z0-9 '()+,\-./:=?]*$/.test(text);

function toAttribute({ type, value }: SubjectField): forge.pki.CertificateField {
  const isPrintableString = type === 'serialNumber' && isPrintable(value);
  const tag = isPrintableString ? forge.asn1.Type.PRINTABLESTRING : forge.asn1.Type.UTF8;
  // The type definitions take a tag for a class.
  return { type: OIDS[type], value, valueTagClass: tag as unknown as forge.asn1.Class };
}

function toAltName(name: AltName): object {
  // GeneralName, RFC 5280 §4.2.1.6: 6 URI, 2 dNSName, 7 iPAddress.
  if ('uri' in name) return { type: 6, value: name.uri };
  return 'dns' in name ? { type: 2, value: name.dns } : { type: 7, ip: name.ip };
}

const USAGES: Readonly<Record<CertificateUsage, readonly object[]>> = {
  authority: [
    { name: 'basicConstraints', cA: true, pathLenConstraint: 0, critical: true },
    { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
  ],
  server: [
    { name: 'basicConstraints', cA: false, critical: true },
    { name: 'keyUsage', digitalSignature: true, keyEncipherment: true, critical: true },
    { name: 'extKeyUsage', serverAuth: true },
  ],
  client: [
    { name: 'basicConstraints', cA: false, critical: true },
    { name: 'keyUsage', digitalSignature: true, critical: true },
    { name: 'extKeyUsage', clientAuth: true },
  ],
  signature: [
    { name: 'basicConstraints', cA: false, critical: true },
    { name: 'keyUsage', digitalSignature: true, critical: true },
  ],
};

/** Builds and signs (sha256WithRSAEncryption) a certificate; PEM. */
export function signCertificate(template: CertificateTemplate, issuer: Issuer): string {
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = forge.pki.publicKeyFromPem(template.publicKeyPem);
  certificate.serialNumber = template.serialNumber;
  certificate.validity.notBefore = new Date(template.notBefore);
  certificate.validity.notAfter = new Date(template.notAfter);
  certificate.setSubject(template.subject.map(toAttribute));
  const authority = issuer.certificate === null ? certificate : forge.pki.certificateFromPem(issuer.certificate);
  certificate.setIssuer(authority.subject.attributes);
  certificate.setExtensions([
    ...USAGES[template.usage].map((extension) => ({ ...extension })),
    { name: 'subjectKeyIdentifier' },
    { name: 'authorityKeyIdentifier', keyIdentifier: authority.generateSubjectKeyIdentifier().getBytes() },
    ...(template.altNames.length === 0
      ? []
      : [{ name: 'subjectAltName', altNames: template.altNames.map((name) => toAltName(name)) }]),
  ]);
  certificate.sign(signerFor(certificate, issuer.privateKey), forge.md.sha256.create());
  return forge.pki.certificateToPem(certificate);
}

/** Forge asks its key to sign a digest; ours signs the structure that forge has just built. */
function signerFor(certificate: forge.pki.Certificate, privateKey: KeyObject): forge.pki.rsa.PrivateKey {
  const signer = {
    sign: () => {
      const der = Buffer.from(forge.asn1.toDer(certificate.tbsCertificate).getBytes(), 'latin1');
      return sign('sha256', der, privateKey).toString('latin1');
    },
  };
  // Only `sign` is called; the other members of a forge key are its own arithmetic.
  return signer as unknown as forge.pki.rsa.PrivateKey;
}

/** The public key of a PKCS#10 request (RFC 2986) that its owner has signed; null for anything else. */
export function readSigningRequest(pem: string): KeyObject | null {
  try {
    const request = forge.pki.certificationRequestFromPem(pem);
    if (!request.verify() || request.publicKey === null) return null;
    return createPublicKey(forge.pki.publicKeyToPem(request.publicKey));
  } catch {
    // Bytes from a device that are no request: forge throws plain errors of many kinds.
    return null;
  }
}
