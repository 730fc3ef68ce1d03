import { X509Certificate } from 'node:crypto';
import type { StatusCertificate } from '../../protocol/api/status.ts';

/**
 * The certificates on which this server depends, and when they end. `server` is the internal CA's for helpers and, without
 * a company certificate, for browsers; `portal` is the company's.
 */
export interface CertificateWatch {
  /** PEM of what is shown or used from now on; the first certificate counts. */
  note(kind: StatusCertificate['kind'], pem: string): void;
  list(): StatusCertificate[];
}

export function createCertificateWatch(): CertificateWatch {
  const certificates = new Map<StatusCertificate['kind'], StatusCertificate>();
  return {
    note: (kind, pem) => {
      const certificate = new X509Certificate(pem);
      certificates.set(kind, {
        kind,
        subject: certificate.subject.split('\n').join(', '),
        issuer: certificate.issuer.split('\n').join(', '),
        serialNumber: certificate.serialNumber.toLowerCase(),
        notBefore: Date.parse(certificate.validFrom),
        notAfter: Date.parse(certificate.validTo),
        sha256: certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
      });
    },
    list: () => [...certificates.values()],
  };
}
