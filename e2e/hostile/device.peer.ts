/** A sharer's device without a desktop: enrolled with a key and a request of its own, on real sockets. */
import { X509Certificate, createPrivateKey, randomBytes } from 'node:crypto';
import type { ConnectionOptions } from 'node:tls';
import type { ClientOptions } from 'ws';
import { enrol, type Enrolment } from '../../helper/enrol/enrol.ts';
import type { Capability } from '../../protocol/capabilities.ts';
import type { ConnectionKind } from '../../protocol/frame.ts';
import { grantTag, signGrant, type GrantStatement, type SignedGrant } from '../../protocol/grant.ts';
import { SIGNATURE_ALGORITHM } from '../../protocol/handshake.ts';
import { HELPER_PROTOCOL, RELAY_PATHS } from '../../protocol/relay.ts';
import type { Appliance } from '../product.ts';
import { dialOpen, type StreamSocket } from './stream-socket.ts';

export interface MadeGrant {
  id: string;
  tag: bigint;
  signal: { type: 'grant'; grant: SignedGrant };
}

/** As a helper is dialled; whose certificate is shown, if any, is the caller's affair. */
export function asHelper(credentials: Credentials = {}): ClientOptions & Pick<ConnectionOptions, 'ALPNProtocols'> {
  return { ...credentials, ALPNProtocols: [HELPER_PROTOCOL], minVersion: 'TLSv1.3' };
}

/** What is shown in the TLS handshake, PEM. */
export interface Credentials {
  cert?: string;
  key?: string;
}

export class DevicePeer {
  readonly enrolment: Enrolment;
  readonly #product: Appliance;
  readonly #sessionKey: CryptoKey;

  private constructor(product: Appliance, enrolment: Enrolment, sessionKey: CryptoKey) {
    this.#product = product;
    this.enrolment = enrolment;
    this.#sessionKey = sessionKey;
  }

  static async enrol(
    product: Appliance,
    { caPrefix, token }: { caPrefix: string; token: string },
  ): Promise<DevicePeer> {
    const address = { host: 'localhost', port: product.devicePort, caFingerprint: caPrefix, token };
    const enrolment = await enrol(address, { helperVersion: '0.1.0', helperFile: null, platform: 'linux-x64' });
    const pkcs8 = createPrivateKey(enrolment.key.privateKeyPem).export({ type: 'pkcs8', format: 'der' });
    const algorithm = SIGNATURE_ALGORITHM;
    const key = await crypto.subtle.importKey('pkcs8', new Uint8Array(pkcs8), algorithm, false, ['sign']);
    return new DevicePeer(product, enrolment, key);
  }

  get credentials(): Credentials {
    return { cert: this.enrolment.certificate, key: this.enrolment.key.privateKeyPem };
  }

  /** The first connection, and the ticket for the second. */
  async beginToJoin(): Promise<{ control: StreamSocket; bulkTicket: string }> {
    const control = await dialOpen(this.#product, RELAY_PATHS.device.control, asHelper(this.credentials));
    control.send({ type: 'join', nonce: randomBytes(16).toString('base64url') });
    const welcome = await control.hears('a welcome', ({ type }) => type === 'welcome');
    return { control, bulkTicket: String(welcome['bulkTicket']) };
  }

  /** Both connections. */
  async join(): Promise<Record<ConnectionKind, StreamSocket>> {
    const { control, bulkTicket } = await this.beginToJoin();
    const bulk = await dialOpen(this.#product, RELAY_PATHS.device.bulk, asHelper(this.credentials));
    bulk.send({ type: 'join', ticket: bulkTicket });
    await control.hears('the second connection', ({ type }) => type === 'bulk-ready');
    return { control, bulk };
  }

  /** Signed by the session's key for the agent who was invited, unless changed. */
  async grant(
    capability: Capability,
    changes: Partial<Record<keyof GrantStatement, unknown>> & { key?: CryptoKey } = {},
  ): Promise<MadeGrant> {
    const { key = this.#sessionKey, ...fields } = changes;
    const { sessionId, sessionLimitS, agentCertificate } = this.enrolment;
    const now = Date.now();
    const statement = {
      kind: 'handrail/2 grant' as const,
      id: randomBytes(16).toString('hex'),
      sessionId,
      holder: new X509Certificate(agentCertificate).serialNumber.toLowerCase(),
      capability,
      scope: { reach: 'all' } as const,
      purpose: 'session' as const,
      notBefore: now,
      notAfter: now + sessionLimitS * 1000,
      consentText: 'consent v1',
    };
    // What is changed need not be what the type allows: that is the point.
    const grant = await signGrant({ ...statement, ...fields } as GrantStatement, key);
    return { id: statement.id, tag: grantTag(statement.id), signal: { type: 'grant', grant } };
  }
}
