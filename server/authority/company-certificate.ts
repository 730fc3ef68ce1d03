import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { isIP } from 'node:net';
import { createSecureContext } from 'node:tls';

/** A certificate of the company's own CA, or of one that browsers know, for the portal. */
export interface CompanyCertificate {
  /** PEM, the server's own first. */
  certificate: string;
  privateKey: string;
  notAfter: number;
  /** SHA-256 of the server's own, as browsers show it. */
  fingerprint: string;
  /** Whether a browser that asked for this name would take it. */
  covers(host: string): boolean;
}

/** Why it cannot be used, in words for whoever can put it right. */
export class CompanyCertificateError extends Error {
  override readonly name = 'CompanyCertificateError';
}

/** id-kp-serverAuth, RFC 5280 §4.2.1.12. */
const SERVER_AUTH = '1.3.6.1.5.5.7.3.1';

/** `pem`: the two files. Throws `CompanyCertificateError` with the first thing that is wrong. */
export function readCompanyCertificate(
  pem: { certificate: string; privateKey: string },
  { publicHost, now }: { publicHost: string; now: number },
): CompanyCertificate {
  const chain = readChain(pem.certificate);
  const [own] = chain;
  if (own === undefined) throw new CompanyCertificateError('there is no certificate in it (PEM, BEGIN CERTIFICATE)');
  checkKey(chain, readKey(pem.privateKey));
  checkOrder(chain);
  for (const certificate of chain) checkTime(certificate, now);
  const purposes = own.keyUsage as readonly string[] | undefined; // undefined where nothing limits the purpose
  if (purposes !== undefined && !purposes.includes(SERVER_AUTH))
    throw new CompanyCertificateError('it is not for servers (its extended key usage lacks serverAuth)');
  if (!covers(own, publicHost)) {
    const names = own.subjectAltName ?? 'no name: browsers read subjectAltName only';
    throw new CompanyCertificateError(`it is not for ${publicHost} (HANDRAIL_PUBLIC_HOST) but for ${names}`);
  }
  const certificate = chain.map((one) => one.toString()).join('');
  checkAcceptable({ certificate, privateKey: pem.privateKey });
  return {
    certificate,
    privateKey: pem.privateKey,
    notAfter: Date.parse(own.validTo),
    fingerprint: own.fingerprint256,
    covers: (host) => covers(own, host),
  };
}

function readChain(text: string): X509Certificate[] {
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return blocks.map((block, index) => {
    try {
      return new X509Certificate(block);
    } catch (cause) {
      throw new CompanyCertificateError(`certificate ${index + 1} in it cannot be read`, { cause });
    }
  });
}

function readKey(text: string): KeyObject {
  if (/ENCRYPTED/.test(text))
    throw new CompanyCertificateError('the key has a passphrase: store it without one, readable by the server alone');
  try {
    return createPrivateKey(text);
  } catch (cause) {
    throw new CompanyCertificateError('the key file holds no private key (PEM)', { cause });
  }
}

function checkKey(chain: readonly X509Certificate[], key: KeyObject): void {
  const position = chain.findIndex((certificate) => certificate.checkPrivateKey(key));
  if (position === 0) return;
  throw new CompanyCertificateError(
    position === -1
      ? `the key does not belong to it (${subjectOf(chain[0])})`
      : `the server’s own certificate is number ${position + 1} in it and must be the first`,
  );
}

function checkOrder(chain: readonly X509Certificate[]): void {
  chain.slice(1).forEach((issuer, index) => {
    const certificate = chain[index];
    if (certificate === undefined || (certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey))) return;
    throw new CompanyCertificateError(
      `certificate ${index + 2} in it (${subjectOf(issuer)}) did not issue the one before it (${subjectOf(certificate)}): ` +
        'the order is the server’s own, then each one’s issuer',
    );
  });
}

function checkTime(certificate: X509Certificate, now: number): void {
  const [from, to] = [Date.parse(certificate.validFrom), Date.parse(certificate.validTo)];
  if (now >= to) throw new CompanyCertificateError(`${subjectOf(certificate)} ended on ${dateOf(to)}`);
  if (now < from)
    throw new CompanyCertificateError(
      `${subjectOf(certificate)} begins on ${dateOf(from)}; is the clock of this machine right?`,
    );
}

/** What OpenSSL itself refuses, such as a key that is too short. */
function checkAcceptable({ certificate, privateKey }: { certificate: string; privateKey: string }): void {
  try {
    createSecureContext({ cert: certificate, key: privateKey });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new CompanyCertificateError(`OpenSSL refuses it: ${why}`, { cause });
  }
}

function covers(certificate: X509Certificate, host: string): boolean {
  if (isIP(host) !== 0) return certificate.checkIP(host) !== undefined;
  // Browsers have long stopped reading names from the subject.
  return certificate.checkHost(host, { subject: 'never' }) !== undefined;
}

const subjectOf = (certificate: X509Certificate | undefined): string =>
  (certificate?.subject || 'a certificate without subject').split('\n').join(', ');
const dateOf = (time: number): string => new Date(time).toISOString().slice(0, 10);
