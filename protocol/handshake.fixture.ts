/** Parties of a key agreement for tests: real keys, certificates that are any bytes, since checking them is not its affair. */
import { randomBytes, toBase64Url, type Bytes } from './bytes.ts';
import {
  AgentHandshake,
  DeviceHandshake,
  SIGNATURE_ALGORITHM,
  type HandshakeAnswer,
  type HandshakeCommit,
  type HandshakeParty,
  type HandshakeReveal,
  type HandshakeScope,
} from './handshake.ts';

export interface TestParty extends HandshakeParty {
  publicKey: CryptoKey;
}

export async function newParty(name: string): Promise<TestParty> {
  const algorithm = { ...SIGNATURE_ALGORITHM, modulusLength: 2048, publicExponent: Uint8Array.of(1, 0, 1) };
  const keys = await crypto.subtle.generateKey(algorithm, false, ['sign', 'verify']);
  const certificateDer = randomBytes(600);
  return { certificatePem: `${name} ${toBase64Url(certificateDer)}`, certificateDer, ...keys };
}

export function newScope(changes: Partial<HandshakeScope> = {}): HandshakeScope {
  return { sessionId: 'ses_abcdefghijklmnopqrstuvwxyz', agentConnectionNonce: randomBytes(16), ...changes };
}

/** What passes between the two, each message as somebody in between may change it; and who each takes the other for. */
export interface Between {
  commit?: (message: HandshakeCommit) => HandshakeCommit;
  answer?: (message: HandshakeAnswer) => HandshakeAnswer | Promise<HandshakeAnswer>;
  reveal?: (message: HandshakeReveal) => HandshakeReveal | Promise<HandshakeReveal>;
  agentAsSeen?: TestParty;
  deviceAsSeen?: TestParty;
}

export interface Meeting {
  device: DeviceHandshake;
  agent: AgentHandshake;
  commit: HandshakeCommit;
  answer: HandshakeAnswer;
  reveal: HandshakeReveal;
  deviceCode: string;
  agentCode: string;
}

/** Runs an agreement up to the match codes. */
export async function meet(
  parties: { device: TestParty; agent: TestParty; deviceScope?: HandshakeScope; agentScope?: HandshakeScope },
  between: Between = {},
): Promise<Meeting> {
  const deviceScope = parties.deviceScope ?? newScope();
  const device = new DeviceHandshake(deviceScope, parties.device);
  const agent = new AgentHandshake(parties.agentScope ?? deviceScope, parties.agent);
  const commit = await device.commit();
  const answer = await agent.answer(between.commit?.(commit) ?? commit);
  const reveal = await device.reveal((await between.answer?.(answer)) ?? answer, between.agentAsSeen ?? parties.agent);
  const seen = (await between.reveal?.(reveal)) ?? reveal;
  const agentCode = await agent.accept(seen, between.deviceAsSeen ?? parties.device);
  return { device, agent, commit, answer, reveal, deviceCode: await device.matchCode(), agentCode };
}

/** Base64url with one bit of the bytes behind it turned. */
export function turnBit(text: string, bit = 0): string {
  const bytes: Bytes = Uint8Array.from(Buffer.from(text, 'base64url'));
  bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return toBase64Url(bytes);
}
