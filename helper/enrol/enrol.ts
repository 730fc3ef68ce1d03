/**
 * Enrolment: from the three facts in the file's name (address, CA fingerprint, one-time token) to a session certificate.
 * The CA certificate is fetched first, over a connection that proves nothing and carries no secret; only if its hash
 * begins with the fingerprint of the file's name is it pinned, and only then does the token leave the device.
 */
import { X509Certificate, createHash } from 'node:crypto';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import type { ConnectionOptions } from 'node:tls';
import { errorBody } from '../../protocol/api/shared.ts';
import { enrolled, type Enrolled } from '../../protocol/api/sessions.ts';
import { HELPER_PROTOCOL } from '../../protocol/relay.ts';
import { makeSessionKey, type SessionKey } from './csr.ts';

export interface HelperAddress {
  host: string;
  port: number;
  /** The first 128 bits of SHA-256 over the CA certificate's DER: 32 hex digits. */
  caFingerprint: string;
  token: string;
}

export type EnrolFailureCode =
  | 'server-unreachable'
  | 'wrong-ca'
  | 'token-refused'
  | 'helper-too-old'
  | 'helper-revoked'
  | 'switched-off'
  | 'server-error';

/** Why the helper cannot start; shown to the person in words. */
export class EnrolError extends Error {
  override name = 'EnrolError';
  readonly code: EnrolFailureCode;

  constructor(code: EnrolFailureCode, detail: string, options?: ErrorOptions) {
    super(detail, options);
    this.code = code;
  }
}

export interface Enrolment extends Enrolled {
  /** The pinned CA, PEM. */
  pinnedCa: string;
  key: SessionKey;
}

const MAX_ANSWER_BYTES = 2 * 1024 * 1024;
/** Without a byte, and in all: 2 MB take 16 s at 1 Mbit/s. */
const SILENCE_MS = 15_000;
const DEADLINE_MS = 60_000;

export async function enrol(
  address: HelperAddress,
  about: { helperVersion: string; helperFile: string | null; platform: string },
): Promise<Enrolment> {
  const [pinnedCa, key] = await Promise.all([fetchPinnedCa(address), makeSessionKey()]);
  const answer = await exchange(address, {
    method: 'POST',
    path: '/enrol',
    ca: pinnedCa,
    body: JSON.stringify({ token: address.token, csr: key.csrPem, ...about }),
  });
  if (answer.status !== 200 && answer.status !== 201) throw refusalOf(answer);
  const parsed = enrolled.safeParse(parseJson(answer.body));
  if (!parsed.success) throw new EnrolError('server-error', 'the answer to the enrolment is not understood');
  if (!isSameCertificate(parsed.data.ca, pinnedCa)) throw new EnrolError('wrong-ca', 'the answer names another CA');
  return { ...parsed.data, pinnedCa, key };
}

async function fetchPinnedCa(address: HelperAddress): Promise<string> {
  const answer = await exchange(address, { method: 'GET', path: '/ca.crt' });
  if (answer.status !== 200) throw new EnrolError('server-error', `the CA certificate was refused: ${answer.status}`);
  const certificate = readCertificate(answer.body);
  const fingerprint = createHash('sha256').update(certificate.raw).digest('hex').slice(0, 32);
  if (fingerprint !== address.caFingerprint.toLowerCase()) {
    throw new EnrolError(
      'wrong-ca',
      `this server's CA is ${fingerprint}, the file's name says ${address.caFingerprint}`,
    );
  }
  return certificate.toString();
}

function readCertificate(pem: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (cause) {
    throw new EnrolError('wrong-ca', 'the server offers no readable CA certificate', { cause });
  }
}

function isSameCertificate(a: string, b: string): boolean {
  return readCertificate(a).fingerprint256 === readCertificate(b).fingerprint256;
}

/** As the server's own list has it: an IPv6 address in brackets, no port when it is 443 (RFC 6454 §6.2). */
export function originOf({ host, port }: Pick<HelperAddress, 'host' | 'port'>): string {
  return new URL(`https://${host.includes(':') ? `[${host}]` : host}:${port}`).origin;
}

interface Exchange {
  method: 'GET' | 'POST';
  path: string;
  /** Without it nothing is proven about the server, so nothing secret may be sent. */
  ca?: string;
  body?: string;
}

interface Answer {
  status: number;
  body: string;
}

async function exchange({ host, port }: HelperAddress, { method, path, ca, body }: Exchange): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const fail = (cause: Error): void => {
      if (cause instanceof EnrolError) return reject(cause);
      const code = (cause as NodeJS.ErrnoException).code ?? '';
      const isUntrusted = ca !== undefined && /CERT|ALTNAME|VERIFY/.test(code);
      reject(
        new EnrolError(isUntrusted ? 'wrong-ca' : 'server-unreachable', `${host}:${port} ${cause.message}`, { cause }),
      );
    };
    const trust = ca === undefined ? { rejectUnauthorized: false } : { ca };
    const headers = {
      origin: originOf({ host, port }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    };
    // Node hands TLS options on to the connection; the types know only some of them.
    const options: RequestOptions & ConnectionOptions = {
      host,
      port,
      path,
      method,
      headers,
      minVersion: 'TLSv1.3',
      // The second is for whatever stands in between: its certificate then says what it is, not just an alert.
      ALPNProtocols: [HELPER_PROTOCOL, 'http/1.1'],
      agent: false,
      timeout: SILENCE_MS,
      signal: AbortSignal.timeout(DEADLINE_MS),
      ...trust,
    };
    const request = httpsRequest(options);
    request.on('error', fail);
    request.on('timeout', () => request.destroy(new Error('no answer in time')));
    request.on('response', (response) => {
      const parts: Buffer[] = [];
      let size = 0;
      response.on('data', (part: Buffer) => {
        size += part.length;
        if (size > MAX_ANSWER_BYTES) request.destroy(new EnrolError('server-error', 'the answer is too large'));
        else parts.push(part);
      });
      response.on('error', fail);
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(parts).toString('utf8') }),
      );
    });
    request.end(body);
  });
}

function refusalOf(answer: Answer): EnrolError {
  const parsed = errorBody.safeParse(parseJson(answer.body));
  const code = parsed.success ? parsed.data.code : undefined;
  if (code === 'enrolment.token-invalid')
    return new EnrolError('token-refused', 'the token was used, is too old or unknown');
  if (code === 'enrolment.version-too-old')
    return new EnrolError('helper-too-old', 'the server asks for a newer helper');
  if (code === 'enrolment.file-revoked')
    return new EnrolError('helper-revoked', 'the server lets this file in no more');
  // The route is there for every helper, unless nobody is to be helped.
  if (code === 'not-found') return new EnrolError('switched-off', 'remote assistance is switched off');
  return new EnrolError('server-error', `the server refused the enrolment: ${answer.status} ${code ?? ''}`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The schema that follows names it.
    return undefined;
  }
}
