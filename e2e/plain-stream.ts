/** Both ends of a session's stream without a browser and without a helper: real certificates, real sockets, sealed noise. */
import type { ConnectionOptions } from 'node:tls';
import { randomBytes, sign } from 'node:crypto';
import { once } from 'node:events';
import { WebSocket, type ClientOptions } from 'ws';
import { chunksOf, encodeHeader } from '../protocol/frame.ts';
import { grantTag, signGrant } from '../protocol/grant.ts';
import { SIGNATURE_ALGORITHM } from '../protocol/handshake.ts';
import { HELPER_PROTOCOL, RELAY_PATHS, joinStatement } from '../protocol/relay.ts';
import * as sessions from '../protocol/api/sessions.ts';
import { enrol, type Enrolment } from '../helper/enrol/enrol.ts';
import { newNonce, type PlainInvitation, type PlainMember } from './plain-office.ts';

/** One end: its two connections, and the text messages that came. */
export interface PlainEnd {
  control: WebSocket;
  bulk: WebSocket;
  heard: string[];
  close(): void;
}

export interface DeviceAddress {
  host: string;
  port: number;
  caFingerprint: string;
  token: string;
}

export async function enrolDevice(address: DeviceAddress): Promise<Enrolment> {
  return enrol(address, { helperVersion: '0.1.0', helperFile: null, platform: 'linux-x64' });
}

export async function joinAgent(agent: PlainMember, invitation: PlainInvitation): Promise<PlainEnd> {
  const path = `/api/sessions/${invitation.sessionId}/ticket`;
  const { ticket } = await agent.client.post(path, sessions.ticket, {});
  const nonce = newNonce();
  const signature = sign('sha256', Buffer.from(joinStatement(ticket, nonce)), invitation.identity.privateKey);
  const join = { type: 'join', ticket, nonce, signature: signature.toString('base64url') };
  const { url, ca } = agent.client;
  return joinBoth({ base: url, paths: RELAY_PATHS.agent, join, options: { ca, origin: url } });
}

export async function joinDevice(address: DeviceAddress, enrolment: Enrolment): Promise<PlainEnd> {
  const base = `https://${address.host}:${address.port}`;
  const { pinnedCa: ca, certificate: cert, key } = enrolment;
  const options = { ca, cert, key: key.privateKeyPem, origin: base, ALPNProtocols: [HELPER_PROTOCOL] };
  return joinBoth({ base, paths: RELAY_PATHS.device, join: { type: 'join', nonce: newNonce() }, options });
}

interface Joining {
  base: string;
  paths: { control: string; bulk: string };
  join: object;
  options: ClientOptions & ConnectionOptions;
}

async function joinBoth({ base, paths, join, options }: Joining): Promise<PlainEnd> {
  const open = async (path: string): Promise<WebSocket> => {
    const socket = new WebSocket(base.replace('https:', 'wss:') + path, { perMessageDeflate: false, ...options });
    await once(socket, 'open');
    return socket;
  };
  const control = await open(paths.control);
  const heard: string[] = [];
  control.on('message', (bytes, isBinary) => isBinary || heard.push((bytes as Buffer).toString()));
  control.send(JSON.stringify(join));
  const [welcome] = (await once(control, 'message')) as [Buffer];
  const { bulkTicket } = JSON.parse(welcome.toString()) as { bulkTicket: string };
  const bulk = await open(paths.bulk);
  bulk.send(JSON.stringify({ type: 'join', ticket: bulkTicket }));
  while (!heard.some((message) => message.includes('"bulk-ready"'))) await once(control, 'message');
  return {
    control,
    bulk,
    heard,
    close: () => {
      for (const socket of [control, bulk]) socket.terminate();
    },
  };
}

/** The device lets the agent look. Resolves with the grant's tag once the server says that the session is active. */
export async function grantView(device: PlainEnd, enrolment: Enrolment, holder: string): Promise<bigint> {
  const pem = enrolment.key.privateKeyPem.replace(/-----[^-]+-----|\s/g, '');
  const pkcs8 = new Uint8Array(Buffer.from(pem, 'base64'));
  const key = await crypto.subtle.importKey('pkcs8', pkcs8, SIGNATURE_ALGORITHM, false, ['sign']);
  const id = randomBytes(16).toString('hex');
  const now = Date.now();
  const { sessionId } = enrolment;
  const statement = {
    kind: 'handrail/2 grant',
    id,
    sessionId,
    holder,
    capability: 'view',
    scope: { reach: 'all' },
    purpose: 'session',
    notBefore: now,
    notAfter: now + 3_600_000,
    consentText: 'consent',
  } as const;
  device.control.send(JSON.stringify({ type: 'grant', grant: await signGrant(statement, key) }));
  while (!device.heard.some((message) => message.includes('"active"'))) await once(device.control, 'message');
  return grantTag(id);
}

/** A picture frame whose content nobody can read, because there is none. */
export function sendPicture(device: PlainEnd, frame: { grant: bigint; seq: bigint; bytes: number }): void {
  const { grant, seq, bytes } = frame;
  const header = { channel: 'picture', sender: 0, isKey: true, epoch: 1, seq, grant, sealedBytes: bytes } as const;
  const sealed = new Uint8Array(randomBytes(bytes));
  for (const chunk of chunksOf({ channel: 'picture', seq, isKey: true, headerBytes: encodeHeader(header), sealed }))
    device.bulk.send(chunk);
}
