/** The only place in the UI that knows node-forge: reads the device's session certificate against the internal CA. */
import forge from 'node-forge';
import { SIGNATURE_ALGORITHM } from '../../../../protocol/handshake.ts';
import { pemToDer, type Bytes } from '../../../../protocol/bytes.ts';

export interface DeviceIdentity {
  certificateDer: Bytes;
  publicKey: CryptoKey;
}

/** Undefined when the certificate is not the CA's, not valid now, or made for another session. */
export async function readDeviceCertificate(
  pem: string,
  expected: { ca: string; sessionId: string; now: number },
): Promise<DeviceIdentity | undefined> {
  const issued = readIssued(pem, expected.ca);
  if (issued === undefined) return undefined;
  const { certificate, certificateDer } = issued;
  const { notBefore, notAfter } = certificate.validity;
  const isValid = notBefore.getTime() <= expected.now && expected.now < notAfter.getTime();
  if (!isValid || !urisOf(certificate).includes(`urn:handrail:session:${expected.sessionId}`)) return undefined;
  const spki = forge.asn1.toDer(forge.pki.publicKeyToAsn1(certificate.publicKey)).getBytes();
  const bytes = Uint8Array.from(spki, (character) => character.charCodeAt(0));
  const publicKey = await crypto.subtle.importKey('spki', bytes, SIGNATURE_ALGORITHM, false, ['verify']);
  return { certificateDer, publicKey };
}

/** forge throws for whatever it does not like; bytes from a peer that are no certificate of ours prove nothing. */
function readIssued(
  pem: string,
  caPem: string,
): { certificate: forge.pki.Certificate; certificateDer: Bytes } | undefined {
  const ca = forge.pki.certificateFromPem(caPem);
  try {
    // One reading of the text: what is verified is what goes into the transcript.
    const certificateDer = pemToDer(pem);
    const binary = forge.util.createBuffer(certificateDer);
    const certificate = forge.pki.certificateFromAsn1(forge.asn1.fromDer(binary));
    return ca.verify(certificate) ? { certificate, certificateDer } : undefined;
  } catch {
    return undefined;
  }
}

function urisOf(certificate: forge.pki.Certificate): string[] {
  // forge types extensions loosely; of subjectAltName it makes a list of { type, value }, type 6 is a URI (RFC 5280 §4.2.1.6).
  const extension = certificate.getExtension('subjectAltName') as
    { altNames?: { type: number; value: string }[] } | undefined;
  return (extension?.altNames ?? []).filter(({ type }) => type === 6).map(({ value }) => value);
}
