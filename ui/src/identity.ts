import type { IdentityCertificate } from '../../protocol/api/access.ts';
import { api } from './api.ts';
import { readIdentity, writeIdentity } from './identity-store.ts';

export interface Identity {
  privateKey: CryptoKey;
  certificate: string;
  ca: string;
  serialNumber: string;
}

/** A certificate that ends sooner than this is renewed first: an invitation must outlive the click. */
const RENEW_BEFORE_MS = 20 * 60_000;
const ALGORITHM = {
  name: 'RSASSA-PKCS1-v1_5',
  modulusLength: 2048,
  publicExponent: new Uint8Array([1, 0, 1]),
  hash: 'SHA-256',
} as const;

let personId: string | null = null;

/** Says whose identity this browser holds; called at sign-in. `null` at sign-out. */
export function setIdentityOwner(id: string | null): void {
  personId = id;
}

/**
 * The agent's identity in this browser: a key that can sign but never be read, and its certificate. Makes and certifies
 * a new one when there is none or it is about to end. Tabs take turns, so that they share one.
 */
export async function currentIdentity(): Promise<Identity> {
  const owner = personId;
  if (owner === null) throw new Error('nobody with an identity is signed in');
  return navigator.locks.request('handrail.identity', async () => {
    const stored = await readIdentity(owner);
    if (stored && stored.notAfter - RENEW_BEFORE_MS > Date.now()) return stored;
    return enrol(owner);
  });
}

/** Makes a new identity although this browser holds one: the server says that it is revoked. */
export async function replaceIdentity(): Promise<Identity> {
  const owner = personId;
  if (owner === null) throw new Error('nobody with an identity is signed in');
  return navigator.locks.request('handrail.identity', () => enrol(owner));
}

async function enrol(owner: string): Promise<Identity> {
  const pair = await crypto.subtle.generateKey(ALGORITHM, false, ['sign', 'verify']);
  const { challenge } = await api.identityChallenge();
  const proof = new TextEncoder().encode(`handrail identity ${challenge}`);
  const issued: IdentityCertificate = await api.requestIdentity({
    challenge,
    publicKey: base64(await crypto.subtle.exportKey('spki', pair.publicKey)),
    signature: base64(await crypto.subtle.sign(ALGORITHM.name, pair.privateKey, proof)),
  });
  const identity = { privateKey: pair.privateKey, ...issued };
  await writeIdentity(owner, identity);
  return identity;
}

function base64(buffer: ArrayBuffer): string {
  return btoa(String.fromCharCode(...new Uint8Array(buffer)));
}
