import { describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Aes128Gcm, Aes256Gcm, CipherSuite, DhkemP256HkdfSha256, HkdfSha256 } from '@hpke/core';
import { fromHex, pemToDer, sha256, toBase64Url, toHex, type Bytes } from '../bytes.ts';
import { HEADER_BYTES, chunksOf, encodeHeader, parseChunk, type Channel, type FrameHeader } from '../frame.ts';
import {
  AgentHandshake,
  DeviceHandshake,
  SIGNATURE_ALGORITHM,
  handshakeFromDevice,
  isSignedBy,
  matchCodeOf,
  type HandshakeAnswer,
  type HandshakeCommit,
  type HandshakeEpoch,
  type HandshakeReveal,
  handshakeAnswer,
} from '../handshake.ts';
import { FrameOpener, FrameSealer, deriveSubkeyBytes } from '../seal.ts';

interface Case<G, E> {
  name: string;
  given: G;
  expected: E;
}

function read<T>(file: string): T {
  // Our own file, its shape held by check.py.
  return JSON.parse(readFileSync(new URL(file, import.meta.url), 'utf8')) as T;
}

type GivenHeader = Omit<FrameHeader, 'seq' | 'grant'> & { seq: string; grant: string };
const headerOf = (given: GivenHeader): FrameHeader => ({
  ...given,
  seq: BigInt(given.seq),
  grant: BigInt(given.grant),
});

/** Debian's interpreter has `python3-cryptography` beside it; any other that imports it will do. */
function findPython(): string | undefined {
  const isAble = (python: string) => spawnSync(python, ['-c', 'import cryptography']).status === 0;
  return ['/usr/bin/python3', 'python3'].find(isAble);
}

test('a second implementation, in Python on OpenSSL, computes every vector alike', (t) => {
  const python = findPython();
  if (python === undefined) {
    const missing =
      'THE VECTORS WERE NOT CHECKED BY THE SECOND IMPLEMENTATION: install python3 and python3-cryptography';
    console.warn(`\n*** ${missing} ***\n`);
    t.skip(missing);
    return;
  }
  const { status, stdout, stderr } = spawnSync(python, [fileURLToPath(new URL('check.py', import.meta.url))], {
    encoding: 'utf8',
  });
  assert.equal(status, 0, stderr);
  assert.match(stdout, /^20 of 20 vectors agree$/m);
});

describe('frame codec', () => {
  const { headers, chunking } = read<{
    headers: Case<GivenHeader, { bytes: string }>[];
    chunking: Case<GivenHeader, { bytes: number[]; sha256: string[] }>[];
  }>('frame.json');

  for (const { name, given, expected } of headers) {
    test(`header bytes: ${name}`, () => assert.equal(toHex(encodeHeader(headerOf(given))), expected.bytes));
  }

  for (const { name, given, expected } of chunking) {
    test(`chunks: ${name}`, async () => {
      const header = headerOf(given);
      const sealed = Uint8Array.from({ length: given.sealedBytes }, (_, at) => at * 7 + (at >> 8));
      const chunks = [...chunksOf({ ...header, headerBytes: encodeHeader(header), sealed })];
      assert.deepEqual(
        chunks.map((chunk) => chunk.length),
        expected.bytes,
      );
      const digests = await Promise.all(chunks.map(sha256));
      assert.deepEqual(digests.map(toHex), expected.sha256);
      for (const chunk of chunks) {
        const parsed = parseChunk(chunk);
        assert.deepEqual(typeof parsed === 'string' ? parsed : parsed.header, header);
      }
    });
  }
});

describe('key schedule and seal', () => {
  const { connections } = read<{
    connections: Case<
      {
        secrets: { epoch: string; pair: string };
        sessionId: string;
        epoch: number;
        sender: number;
        channel: Channel;
        connectionNonce: string;
        frames: { payload: string; grant: string; isKey: boolean }[];
      },
      { subkey: string; frames: { header: string; sealed: string }[] }
    >[];
  }>('seal.json');

  for (const { name, given, expected } of connections) {
    const context = { ...given, connectionNonce: fromHex(given.connectionNonce) };
    const secrets = { epoch: fromHex(given.secrets.epoch), pair: fromHex(given.secrets.pair) };

    test(`subkey: ${name}`, async () => {
      const secret = given.channel === 'picture' || given.channel === 'cursor' ? secrets.epoch : secrets.pair;
      assert.equal(toHex(await deriveSubkeyBytes(secret, context)), expected.subkey);
    });

    test(`sealed frames: ${name}`, async () => {
      const sealer = await FrameSealer.create(secrets, context);
      const opener = await FrameOpener.create(secrets, context);
      for (const [at, { payload, grant, isKey }] of given.frames.entries()) {
        const frame = await sealer.seal(fromHex(payload), { grant: BigInt(grant), isKey });
        assert.deepEqual({ header: toHex(frame.headerBytes), sealed: toHex(frame.sealed) }, expected.frames[at]);
        const chunk = parseChunk([...chunksOf(frame)][0] ?? new Uint8Array());
        assert.ok(typeof chunk !== 'string');
        const opened = await opener.open({ ...chunk, headerBytes: frame.headerBytes, sealed: frame.sealed });
        assert.equal(typeof opened === 'string' ? opened : toHex(opened), payload);
        assert.equal(frame.headerBytes.length, HEADER_BYTES);
      }
    });
  }
});

interface GivenAgreement {
  sessionId: string;
  agentConnectionNonce: string;
  agent: { certificatePem: string; certificateDer: string; nonce: string; kemPrivateKey: string; privateKey: string };
  device: { certificatePem: string; certificateDer: string; nonce: string; privateKey: string };
  epoch: { number: number; secrets: { epoch: string; pair: string }; connectionNonce: string };
}
interface ExpectedAgreement {
  commit: HandshakeCommit;
  answer: HandshakeAnswer;
  reveal: HandshakeReveal;
  epoch: HandshakeEpoch;
  matchCode: string;
  transcript: string;
  epochHash: string;
}

async function importRsa(pem: string): Promise<{ privateKey: CryptoKey; publicKey: CryptoKey }> {
  const pkcs8 = pemToDer(pem);
  const privateKey = await crypto.subtle.importKey('pkcs8', pkcs8, SIGNATURE_ALGORITHM, true, ['sign']);
  const { kty = '', n = '', e = '' } = await crypto.subtle.exportKey('jwk', privateKey);
  const publicKey = await crypto.subtle.importKey('jwk', { kty, n, e }, SIGNATURE_ALGORITHM, false, ['verify']);
  return { privateKey, publicKey };
}

/** A P-256 key pair as `AgentHandshake` makes it, from the 32 bytes of the private half and the 65 of the point. */
async function importKem(privateBytes: Bytes, point: Bytes): Promise<CryptoKeyPair> {
  const algorithm = { name: 'ECDH', namedCurve: 'P-256' };
  const [x, y] = [toBase64Url(point.subarray(1, 33)), toBase64Url(point.subarray(33))];
  const jwk = { kty: 'EC', crv: 'P-256', x, y, d: toBase64Url(privateBytes) };
  return {
    privateKey: await crypto.subtle.importKey('jwk', jwk, algorithm, false, ['deriveBits']),
    publicKey: await crypto.subtle.importKey('raw', point, algorithm, true, []),
  };
}

function partyOf(given: { certificatePem: string; certificateDer: string }, keys: { privateKey: CryptoKey }) {
  return { ...given, certificateDer: fromHex(given.certificateDer), privateKey: keys.privateKey };
}

describe('key agreement', () => {
  const { agreements, matchCodes } = read<{
    agreements: Case<GivenAgreement, ExpectedAgreement>[];
    matchCodes: Case<{ sessionId: string; transcript: string }, { matchCode: string }>[];
  }>('handshake.json');

  for (const { name, given, expected } of agreements) {
    const scope = { sessionId: given.sessionId, agentConnectionNonce: fromHex(given.agentConnectionNonce) };
    const secrets = { epoch: fromHex(given.epoch.secrets.epoch), pair: fromHex(given.epoch.secrets.pair) };

    test(`the device's messages, transcript and match code: ${name}`, async () => {
      const keys = await importRsa(given.device.privateKey);
      const device = new DeviceHandshake(scope, partyOf(given.device, keys), fromHex(given.device.nonce));
      assert.deepEqual(await device.commit(), expected.commit);
      const { publicKey } = await importRsa(given.agent.privateKey);
      const agent = { certificateDer: fromHex(given.agent.certificateDer), publicKey };
      assert.deepEqual(await device.reveal(expected.answer, agent), expected.reveal);
      assert.equal(await device.matchCode(), expected.matchCode);
    });

    test(`the agent's messages, match code and the epoch wrapped by the other implementation: ${name}`, async () => {
      const keys = await importRsa(given.agent.privateKey);
      const deviceKeys = await importRsa(given.device.privateKey);
      const point = Uint8Array.from(Buffer.from(expected.answer.kemPublicKey, 'base64url'));
      const kem = await importKem(fromHex(given.agent.kemPrivateKey), point);
      const ephemerals = { nonce: fromHex(given.agent.nonce), kem };
      const agent = new AgentHandshake(scope, partyOf(given.agent, keys), ephemerals);
      assert.deepEqual(await agent.answer(expected.commit), expected.answer);
      const device = { certificateDer: fromHex(given.device.certificateDer), publicKey: deviceKeys.publicKey };
      assert.equal(await agent.accept(expected.reveal, device), expected.matchCode);
      assert.deepEqual(await agent.unwrapEpoch(expected.epoch), {
        epoch: given.epoch.number,
        secrets,
        deviceConnectionNonce: fromHex(given.epoch.connectionNonce),
      });
      const signature = Uint8Array.from(Buffer.from(expected.epoch.signature, 'base64url'));
      assert.ok(await isSignedBy(deviceKeys.publicKey, signature, fromHex(expected.epochHash)));
    });

    test(`the schemas take exactly these messages: ${name}`, () => {
      for (const message of [expected.commit, expected.reveal, expected.epoch])
        assert.deepEqual(handshakeFromDevice.parse(message), message);
      assert.deepEqual(handshakeAnswer.parse(expected.answer), expected.answer);
    });
  }

  for (const { name, given, expected } of matchCodes) {
    test(`match code that ${name}`, async () => {
      const transcript = { sessionId: given.sessionId, hash: fromHex(given.transcript) };
      assert.equal(await matchCodeOf(transcript), expected.matchCode);
    });
  }
});

describe('RFC 9180, base mode, P-256', () => {
  const { base } = read<{
    base: Case<
      { aeadId: number; ikmE: string; ikmR: string; info: string; aad: string; plaintext: string },
      { skRm: string; pkRm: string; enc: string; sharedSecret: string; ciphertext: string }
    >[];
  }>('hpke.json');

  for (const { name, given, expected } of base) {
    const aead = given.aeadId === 2 ? new Aes256Gcm() : new Aes128Gcm();
    const suite = new CipherSuite({ kem: new DhkemP256HkdfSha256(), kdf: new HkdfSha256(), aead });
    const info = fromHex(given.info).buffer;
    const hex = (bytes: ArrayBuffer) => toHex(new Uint8Array(bytes));

    test(`what we seal with gives the official values: ${name}`, async () => {
      const recipient = await suite.kem.deriveKeyPair(fromHex(given.ikmR).buffer);
      assert.equal(hex(await suite.kem.serializePublicKey(recipient.publicKey)), expected.pkRm);
      const ekm = await suite.kem.deriveKeyPair(fromHex(given.ikmE).buffer);
      const params = { recipientPublicKey: recipient.publicKey, info, ekm };
      const { sharedSecret } = await suite.kem.encap(params);
      assert.equal(hex(sharedSecret), expected.sharedSecret);
      const sealed = await suite.seal(params, fromHex(given.plaintext).buffer, fromHex(given.aad).buffer);
      assert.equal(hex(sealed.enc), expected.enc);
      assert.equal(hex(sealed.ct), expected.ciphertext);
    });

    test(`a key of WebCrypto opens the official ciphertext: ${name}`, async () => {
      const recipientKey = await importKem(fromHex(expected.skRm), fromHex(expected.pkRm));
      const params = { recipientKey, enc: fromHex(expected.enc).buffer, info };
      const [ciphertext, aad] = [fromHex(expected.ciphertext), fromHex(given.aad).buffer];
      assert.equal(hex(await suite.open(params, ciphertext.buffer, aad)), given.plaintext);
      ciphertext[0] = (ciphertext[0] ?? 0) ^ 1;
      await assert.rejects(suite.open(params, ciphertext.buffer, aad));
    });
  }
});
