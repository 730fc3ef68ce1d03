/**
 * One join of an agent as the device sees it: key agreement, match code, and, once the sharer has agreed, grants and the
 * sealed link. A new join is a new object with a new epoch; nothing of the old one can be reused.
 */
import { createPrivateKey, randomInt, type KeyObject } from 'node:crypto';
import { fromBase64, pemToDer, randomBytes, type Bytes } from '../../protocol/bytes.ts';
import {
  DeviceHandshake,
  SIGNATURE_ALGORITHM,
  type HandshakeAnswer,
  type HandshakeCommit,
  type HandshakeEpoch,
  type HandshakeReveal,
} from '../../protocol/handshake.ts';
import { SealedLink, type LinkRefusal } from '../../protocol/sealed-link.ts';
import type { Transport } from '../../protocol/transport.ts';
import { readAgentIdentity, type AgentIdentity } from '../enrol/identity.ts';
import type { Enrolment } from '../enrol/enrol.ts';
import { HeldRights } from './held.rights.ts';
import { matchChoices } from './match-choice.ts';

export interface JoinOptions {
  enrolment: Enrolment;
  sessionKey: CryptoKey;
  /** Number that the relay gave this agent for this connection, and the agent's connection nonce (base64url). */
  sender: number;
  agentNonce: string;
  deviceNonce: string;
  now: () => number;
}

export interface Agreement {
  identity: AgentIdentity;
  reveal: HandshakeReveal;
  /** Three codes in random order, one of them right. */
  choices: string[];
}

export async function importSessionKey(privateKeyPem: string): Promise<CryptoKey> {
  const key: KeyObject = createPrivateKey(privateKeyPem);
  const pkcs8 = new Uint8Array(key.export({ type: 'pkcs8', format: 'der' }));
  return crypto.subtle.importKey('pkcs8', pkcs8, SIGNATURE_ALGORITHM, false, ['sign']);
}

export class AgentJoin {
  readonly sender: number;
  readonly #options: JoinOptions;
  readonly #handshake: DeviceHandshake;
  #agreement: { keyId: string; rights: HeldRights } | undefined;
  #matchCode: string | undefined;

  constructor(options: JoinOptions) {
    this.#options = options;
    this.sender = options.sender;
    const { enrolment, sessionKey } = options;
    const scope = { sessionId: enrolment.sessionId, agentConnectionNonce: fromBase64(options.agentNonce) };
    const certificatePem = enrolment.certificate;
    const self = { certificatePem, certificateDer: pemToDer(certificatePem), privateKey: sessionKey };
    this.#handshake = new DeviceHandshake(scope, self);
  }

  commit(): Promise<HandshakeCommit> {
    return this.#handshake.commit();
  }

  /**
   * Checks who answered. Undefined when the certificate is not the internal CA's or not the person who was invited to
   * help; throws HandshakeError when the signature is not that identity's.
   */
  async agree(answer: HandshakeAnswer): Promise<Agreement | undefined> {
    const { enrolment, now } = this.#options;
    const trust = { ca: enrolment.pinnedCa, now: now() };
    const [identity, invited] = await Promise.all([
      readAgentIdentity(answer.certificate, trust),
      readAgentIdentity(enrolment.agentCertificate, trust),
    ]);
    if (identity === undefined || invited === undefined) return undefined;
    if (identity.employeeNumber !== invited.employeeNumber) return undefined;
    const reveal = await this.#handshake.reveal(answer, identity);
    const { sessionKey } = this.#options;
    const { sessionId, policy } = enrolment;
    const rights = new HeldRights({ sessionId, holder: identity.serialNumber, policy, sessionKey, now });
    this.#agreement = { keyId: identity.keyId, rights };
    this.#matchCode = await this.#handshake.matchCode();
    return { identity, reveal, choices: matchChoices(this.#matchCode, (below) => randomInt(below)) };
  }

  isMatch(code: string): boolean {
    return this.#matchCode !== undefined && code === this.#matchCode;
  }

  /** SHA-256 of the agent's public key: the same key again is the same end, proven by its signature. */
  get keyId(): string {
    return this.#agreed().keyId;
  }

  /** Whether keys were agreed on with somebody who is proven. */
  get isAgreed(): boolean {
    return this.#agreement !== undefined;
  }

  /** What the sharer has given this agent. */
  get rights(): HeldRights {
    return this.#agreed().rights;
  }

  /** Makes the epoch's keys: what goes to the agent, and our end of the link. */
  async openLink(
    epoch: number,
    transport: Transport,
    onRefused: (reason: LinkRefusal) => void,
  ): Promise<{ link: SealedLink; message: HandshakeEpoch }> {
    const { enrolment, agentNonce, deviceNonce } = this.#options;
    this.#agreed();
    const secrets = { epoch: randomBytes(32), pair: randomBytes(32) };
    const connectionNonce: Bytes = fromBase64(deviceNonce);
    const message = await this.#handshake.wrapEpoch(epoch, secrets, connectionNonce);
    const link = await SealedLink.create({
      transport,
      sessionId: enrolment.sessionId,
      epoch,
      secrets,
      party: 'device',
      self: { sender: 0, connectionNonce },
      peer: { sender: this.sender, connectionNonce: fromBase64(agentNonce) },
      onRefused,
    });
    return { link, message };
  }

  #agreed(): { keyId: string; rights: HeldRights } {
    if (this.#agreement === undefined) throw new Error('no key agreement with this agent yet');
    return this.#agreement;
  }
}
