/** Real ends for the stream's edges: keys and certificates of an agent and a device, and WebSocket clients that keep all they hear. */
import { generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import forge from 'node-forge';
import { WebSocket, type ClientOptions } from 'ws';
import { enrolled } from '../../protocol/api/sessions.ts';
import type { Capability } from '../../protocol/capabilities.ts';
import { grantTag, signGrant, type GrantStatement, type SignedGrant } from '../../protocol/grant.ts';
import { SIGNATURE_ALGORITHM } from '../../protocol/handshake.ts';
import { joinStatement } from '../../protocol/relay.ts';
import { accept, enrol, invite, takeRequest, type TakenRequest, type TestSessions } from './test-sessions.ts';

/** Making RSA keys takes time; what belongs to whom is in the certificates. */
const agentKey = generateKeyPairSync('rsa', { modulusLength: 2048 });
const deviceKey = generateKeyPairSync('rsa', { modulusLength: 2048 });
export const strangerKey = generateKeyPairSync('rsa', { modulusLength: 2048 });

const pemOf = (key: KeyObject): string => key.export({ type: 'pkcs8', format: 'pem' }).toString();
let csr: string | undefined;

function deviceCsr(): string {
  if (csr !== undefined) return csr;
  const signingRequest = forge.pki.createCertificationRequest();
  const publicKey = deviceKey.publicKey.export({ type: 'spki', format: 'pem' }).toString();
  signingRequest.publicKey = forge.pki.publicKeyFromPem(publicKey);
  signingRequest.setSubject([{ name: 'commonName', value: 'device' }]);
  signingRequest.sign(forge.pki.privateKeyFromPem(pemOf(deviceKey.privateKey)), forge.md.sha256.create());
  return (csr = forge.pki.certificationRequestToPem(signingRequest));
}

/** What a client shows in the TLS handshake. */
export interface Credentials {
  cert: string;
  key: string;
}

export interface LiveSession extends TakenRequest {
  id: string;
  agentSerial: string;
  agentCredentials: Credentials;
  deviceCredentials: Credentials;
  /** Of the device's certificate. */
  notAfter: number;
  newTicket(): Promise<string>;
  end(): Promise<void>;
}

/** A session whose device has enrolled; agent and device have real keys and certificates. */
export async function newLiveSession(t: TestSessions): Promise<LiveSession> {
  const taken = await takeRequest(t);
  const { id: personId, name, employeeNumber } = taken.agent;
  const subject = { personId, name, employeeNumber, department: 'IT', organisation: 'Example', photoSha256: null };
  const issued = t.organisation.database.transaction((tx) =>
    t.authority.issueIdentity(tx, subject, agentKey.publicKey),
  );
  const { sessionId: id } = await invite(taken);
  const { token } = await accept(taken.employee.client, id);
  const { certificate, notAfter } = enrolled.parse(await (await enrol(t, token, { csr: deviceCsr() })).json());
  return {
    ...taken,
    id,
    agentSerial: issued.serialNumber,
    agentCredentials: { cert: issued.certificate, key: pemOf(agentKey.privateKey) },
    deviceCredentials: { cert: certificate, key: pemOf(deviceKey.privateKey) },
    notAfter,
    newTicket: async () => {
      const answer = await taken.agent.client.post(`/api/sessions/${id}/ticket`);
      return ((await answer.json()) as { ticket: string }).ticket;
    },
    end: async () => void (await taken.employee.client.post(`/api/sessions/${id}/end`)),
  };
}

/** A right that the sharer gives at this device. */
export async function signedGrant(
  { id: sessionId, agentSerial: holder }: LiveSession,
  capability: Capability,
  now: number,
): Promise<{ id: string; tag: bigint; signed: SignedGrant }> {
  const der = new Uint8Array(deviceKey.privateKey.export({ type: 'pkcs8', format: 'der' }));
  const key = await crypto.subtle.importKey('pkcs8', der, SIGNATURE_ALGORITHM, false, ['sign']);
  const id = randomBytes(16).toString('hex');
  const statement: GrantStatement = {
    kind: 'handrail/2 grant',
    id,
    sessionId,
    holder,
    capability,
    scope: { reach: 'all' },
    purpose: 'session',
    notBefore: now,
    notAfter: now + 3_600_000,
    consentText: 'consent',
  };
  return { id, tag: grantTag(id), signed: await signGrant(statement, key) };
}

export const NONCE = 'n'.repeat(22);

export interface JoinChanges {
  key?: KeyObject;
  signedTicket?: string;
  signedNonce?: string;
}

/** The join that uses a ticket, signed by the agent's identity key unless told otherwise. */
export function agentJoinMessage(ticket: string, changes: JoinChanges = {}): object {
  const { key = agentKey.privateKey, signedTicket = ticket, signedNonce = NONCE } = changes;
  const signature = sign('sha256', Buffer.from(joinStatement(signedTicket, signedNonce)), key);
  return { type: 'join', ticket, nonce: NONCE, signature: signature.toString('base64url') };
}

export interface Heard {
  type: string;
  [field: string]: unknown;
}

/** One WebSocket of a test. */
export class StreamClient {
  readonly heard: Heard[] = [];
  readonly chunks: Buffer[] = [];
  /** Code and reason, once the server has closed it. */
  readonly closed: Promise<string>;
  readonly #socket: WebSocket;
  #waiting: { wanted: () => Heard | undefined; resolve: (message: Heard) => void }[] = [];

  constructor(socket: WebSocket) {
    this.#socket = socket;
    this.closed = new Promise((resolve) => {
      socket.on('close', (code, reason) => resolve(`${code} ${reason.toString()}`.trim()));
    });
    socket.on('error', () => undefined); // followed by close
    socket.on('message', (data, isBinary) => {
      if (isBinary) this.chunks.push(data as Buffer);
      else this.#take(JSON.parse((data as Buffer).toString('utf8')) as Heard);
    });
  }

  send(message: object | string | Uint8Array): void {
    const isRaw = typeof message === 'string' || message instanceof Uint8Array;
    this.#socket.send(isRaw ? message : JSON.stringify(message));
  }

  /** The message of this type, once it has come; with `times`, the last of that many. */
  async hears(type: string, detail: Record<string, unknown> = {}, times = 1): Promise<Heard> {
    const matches = (message: Heard): boolean =>
      message.type === type && Object.entries(detail).every(([field, value]) => message[field] === value);
    const wanted = (): Heard | undefined => this.heard.filter(matches)[times - 1];
    return wanted() ?? new Promise((resolve) => this.#waiting.push({ wanted, resolve }));
  }

  async hearsChunks(count: number): Promise<void> {
    while (this.chunks.length < count) await once(this.#socket, 'message');
  }

  /** The server has read all that was sent until now, and what it answered at once has arrived. */
  async settled(): Promise<void> {
    this.#socket.ping();
    await once(this.#socket, 'pong');
  }

  close(): void {
    this.#socket.terminate();
  }

  #take(message: Heard): void {
    this.heard.push(message);
    this.#waiting = this.#waiting.filter(({ wanted, resolve }) => {
      const found = wanted();
      if (found !== undefined) resolve(found);
      return found === undefined;
    });
  }
}

/** An open socket, or the HTTP status with which it was refused. */
export function openSocket(url: string, options: ClientOptions): Promise<StreamClient | number> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, { perMessageDeflate: false, ...options });
    const client = new StreamClient(socket);
    socket.once('open', () => resolve(client));
    socket.once('unexpected-response', (_request, response) => {
      resolve(response.statusCode ?? 0);
      socket.terminate();
    });
    socket.once('error', reject);
  });
}
