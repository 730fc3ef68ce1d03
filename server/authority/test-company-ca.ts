/** A company's CA for tests, made with the openssl program alone: nothing of the server's own code vouches for it. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface IssuedPair {
  /** PEM */
  certificate: string;
  privateKey: string;
}

export interface CompanyCa {
  root: string;
  intermediate: string;
  /** A server certificate for these subjectAltNames (`DNS:desk.example`), issued by the intermediate. */
  issue(of?: { names?: string; days?: number; usage?: string; key?: readonly string[]; hasCrl?: boolean }): IssuedPair;
  close(): void;
}

const EC = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'];
export const WEAK_RSA = ['-newkey', 'rsa:1024'];

export function createCompanyCa(): CompanyCa {
  const folder = mkdtempSync(join(tmpdir(), 'handrail-company-'));
  const at = (name: string): string => join(folder, name);
  const read = (name: string): IssuedPair => ({
    certificate: readFileSync(at(`${name}.crt`), 'utf8'),
    privateKey: readFileSync(at(`${name}.key`), 'utf8'),
  });
  const make = (name: string, args: readonly string[]): IssuedPair => {
    const out = ['-nodes', '-keyout', at(`${name}.key`), '-out', at(`${name}.crt`), '-subj', `/O=Example/CN=${name}`];
    execFileSync('openssl', ['req', '-x509', ...out, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
    return read(name);
  };
  const by = (name: string): string[] => ['-CA', at(`${name}.crt`), '-CAkey', at(`${name}.key`)];
  const root = make('root', [...EC, '-days', '3650']);
  const intermediate = make('intermediate', [...EC, ...by('root'), '-days', '3000']);
  return {
    root: root.certificate,
    intermediate: intermediate.certificate,
    issue: ({ names = 'DNS:desk.example', days = 90, usage = 'serverAuth', key = EC, hasCrl = false } = {}) =>
      make('server', [
        ...[...key, ...by('intermediate'), '-days', String(days)],
        ...['-addext', 'basicConstraints=critical,CA:FALSE', '-addext', `extendedKeyUsage=${usage}`],
        ...(names === '' ? [] : ['-addext', `subjectAltName=${names}`]),
        ...(hasCrl ? ['-addext', 'crlDistributionPoints=URI:http://crl.example/ca.crl'] : []),
      ]),
    close: () => rmSync(folder, { recursive: true }),
  };
}
