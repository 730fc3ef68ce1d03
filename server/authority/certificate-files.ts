import { readFileSync } from 'node:fs';
import type { Clock } from '../platform/clock.ts';
import type { Logger } from '../platform/logger.ts';
import { CompanyCertificateError, readCompanyCertificate, type CompanyCertificate } from './company-certificate.ts';

/** A certificate that ends sooner than this is worth a line in the log each day. */
const WARN_BEFORE_MS = 21 * 24 * 3_600_000;

export interface CertificateFiles {
  /** The newest that could be used. */
  current(): CompanyCertificate;
  /** Looks at the files again. True when there is a new certificate; a bad one is logged, and the old one stays. */
  refresh(): boolean;
  /** For once a day. */
  warnBeforeEnd(): void;
}

export interface CertificateFilesDeps {
  files: { certFile: string; keyFile: string };
  publicHost: string;
  clock: Clock;
  log: Logger;
}

/** Throws `CompanyCertificateError` when there is none to begin with. */
export function openCertificateFiles({ files, publicHost, clock, log }: CertificateFilesDeps): CertificateFiles {
  let pem = readFiles(files);
  let current = readCompanyCertificate(pem, { publicHost, now: clock.now() });
  /** Said once, not every time that we look. */
  let problem = '';

  function readNew(): CompanyCertificate | null {
    const found = readFiles(files);
    if (found.certificate === pem.certificate && found.privateKey === pem.privateKey) return null;
    const certificate = readCompanyCertificate(found, { publicHost, now: clock.now() });
    pem = found;
    return certificate;
  }

  return {
    current: () => current,
    refresh: () => {
      try {
        const found = readNew();
        problem = '';
        if (found === null) return false;
        current = found;
        log.info('certificate/renewed', { fingerprint: found.fingerprint, notAfter: dateOf(found.notAfter) });
        return true;
      } catch (error) {
        if (!(error instanceof CompanyCertificateError)) throw error;
        if (error.message !== problem)
          log.error('certificate/not-renewed', {
            file: files.certFile,
            reason: error.message,
            kept: dateOf(current.notAfter),
          });
        problem = error.message;
        return false;
      }
    },
    warnBeforeEnd: () => {
      if (current.notAfter - clock.now() < WARN_BEFORE_MS)
        log.warn('certificate/ends-soon', { file: files.certFile, notAfter: dateOf(current.notAfter) });
    },
  };
}

function readFiles({ certFile, keyFile }: CertificateFilesDeps['files']): { certificate: string; privateKey: string } {
  const read = (file: string): string => {
    try {
      return readFileSync(file, 'utf8');
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new CompanyCertificateError(`a file cannot be read: ${why}`, { cause });
    }
  };
  return { certificate: read(certFile), privateKey: read(keyFile) };
}

const dateOf = (time: number): string => new Date(time).toISOString();
