/** The only place in the helper that knows node-forge: a certificate signing request for the session key. */
import { generateKeyPair } from 'node:crypto';
import { promisify } from 'node:util';
import forge from 'node-forge';

export interface SessionKey {
  /** PKCS#8 PEM; stays in memory. */
  privateKeyPem: string;
  /** PKCS#10 PEM (RFC 2986), signed with SHA-256. */
  csrPem: string;
}

/** Makes an RSA-2048 key on this device and the request for its certificate. The subject is for the authority to decide. */
export async function makeSessionKey(): Promise<SessionKey> {
  const { privateKey, publicKey } = await promisify(generateKeyPair)('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const request = forge.pki.createCertificationRequest();
  request.publicKey = forge.pki.publicKeyFromPem(publicKey);
  request.setSubject([{ name: 'commonName', value: 'device' }]);
  request.sign(forge.pki.privateKeyFromPem(privateKey), forge.md.sha256.create());
  return { privateKeyPem: privateKey, csrPem: forge.pki.certificationRequestToPem(request) };
}
