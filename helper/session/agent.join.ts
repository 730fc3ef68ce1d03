/**
 * One join of an agent as the device sees it: key agreement, match code, and, once the sharer has agreed, grants and the
 * sealed link. A new join is a new object with a new epoch; nothing of the old one can be reused.
 */
import { createPrivateKey, randomInt, type KeyObject } from 'node:crypto';
import { fromBase64, pemToDer, randomBytes, toHex, type Bytes } from '../../protocol/bytes.ts';
import { MODE_CAPABILITIES, type Capability, type Mode } from '../../protocol/capabilities.ts';
import { grantTag, signGrant, type SignedGrant } from '../../protocol/grant.ts';
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
import { matchChoices } from './match-choice.ts';

export interface JoinOptions {
  enrolment: Enrolment;
  sessionKey: CryptoKey;
  /** Number that the relay gave this agent for this connection, and the agent's connection nonce (base64url). */
  sender: number;
  agentNonce: string;
  deviceNonce: string;
  epoch: number;
  now: () => number;
}

export interface Agreement {
  identity: AgentIdentity;
  reveal: HandshakeReveal;
  /** Three codes in random order, one of them right. */
  choices: string[];
}

export interface HeldGrant {
  id: string;
  capability: Capability;
  tag: bigint;
  notAfter: number;
}

export async function importSessionKey(privateKeyPem: string): Promise<CryptoKey> {
  const key: KeyObject = createPrivateKey(privateKeyPem);
  const pkcs8 = new Uint8Array(key.export({ type: 'pkcs8', format: 'der' }));
  return crypto.subtle.importKey('pkcs8', pkcs8, SIGNATURE_ALGORITHM, false, ['sign']);
}

export class AgentJoin {
  readonly sender: number;
  readonly grants = new Map<Capability, HeldGrant>();
  readonly #options: JoinOptions;
  readonly #handshake: DeviceHandshake;
  #identity: AgentIdentity | undefined;
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
    this.#identity = identity;
    this.#matchCode = await this.#handshake.matchCode();
    return { identity, reveal, choices: matchChoices(this.#matchCode, (below) => randomInt(below)) };
  }

  isMatch(code: string): boolean {
    return this.#matchCode !== undefined && code === this.#matchCode;
  }

  /** Signs one grant for each capability of the mode that is not held yet, view first. */
  async grant(
    mode: Mode,
    consent: { consentText: string; notAfter: number },
  ): Promise<{ capability: Capability; grant: SignedGrant }[]> {
    const holder = this.#agreed().serialNumber;
    const wanted = MODE_CAPABILITIES[mode].filter((capability) => !this.grants.has(capability));
    return Promise.all(
      wanted.map(async (capability) => {
        const id = toHex(randomBytes(16));
        const { notAfter, consentText } = consent;
        const notBefore = this.#options.now();
        this.grants.set(capability, { id, capability, tag: grantTag(id), notAfter });
        const { sessionId } = this.#options.enrolment;
        const statement = {
          kind: 'handrail/1 grant',
          id,
          sessionId,
          holder,
          capability,
          notBefore,
          notAfter,
          consentText,
        } as const;
        return { capability, grant: await signGrant(statement, this.#options.sessionKey) };
      }),
    );
  }

  /** The grant that was taken back; undefined when it was not held. */
  revoke(capability: Capability): HeldGrant | undefined {
    const held = this.grants.get(capability);
    this.grants.delete(capability);
    return held;
  }

  /** Is this capability held and not past its time? */
  holds(capability: Capability): boolean {
    const held = this.grants.get(capability);
    return held !== undefined && this.#options.now() < held.notAfter;
  }

  /** Makes the epoch's keys: what goes to the agent, and our end of the link. */
  async openLink(
    transport: Transport,
    onRefused: (reason: LinkRefusal) => void,
  ): Promise<{ link: SealedLink; message: HandshakeEpoch }> {
    const { enrolment, epoch, agentNonce, deviceNonce } = this.#options;
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

  #agreed(): AgentIdentity {
    if (this.#identity === undefined) throw new Error('no key agreement with this agent yet');
    return this.#identity;
  }
}
