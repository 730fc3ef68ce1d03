import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash, createPublicKey, generateKeyPairSync, sign, X509Certificate, type KeyObject } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import forge from 'node-forge';
import { newId, systemRandom } from '../platform/random.ts';
import { createTestClock, type TestClock } from '../platform/test-clock.ts';
import { createTestDatabase } from '../platform/test-database.ts';
import type { Database } from '../platform/database.ts';
import { createAuthority, type Authority } from './authority.ts';
import { createIdentityChallenges } from './identity-challenges.ts';
import { makeTestCa } from './test-authority.ts';

const makeKey = (bits = 2048) => generateKeyPairSync('rsa', { modulusLength: bits });
const agentKey = makeKey();
const otherKey = makeKey();
const random = systemRandom;
const personId = newId('per', random);
const sessionId = newId('ses', random);
const subject = {
  personId,
  name: '李伟 O’Brien, "Lee"',
  employeeNumber: 'E-1007',
  department: '信息技术部',
  organisation: '示例 Ltd',
  photoSha256: 'ab'.repeat(32),
};

interface Fixture {
  clock: TestClock;
  database: Database;
  authority: Authority;
}

function start(): Fixture {
  const clock = createTestClock(Date.now());
  const database = createTestDatabase();
  const keys = makeTestCa({ clock, random });
  return { clock, database, authority: createAuthority({ clock, database, random, keys }) };
}

const issueTo = ({ database, authority }: Fixture, key: KeyObject, changed: Partial<typeof subject> = {}) =>
  authority.issueIdentity(database.db, { ...subject, ...changed }, key);

function makeCsr(keys: { publicKey: KeyObject; privateKey: KeyObject }): string {
  const request = forge.pki.createCertificationRequest();
  request.publicKey = forge.pki.publicKeyFromPem(keys.publicKey.export({ type: 'spki', format: 'pem' }).toString());
  request.setSubject([{ name: 'commonName', value: 'Administrator' }]);
  const privateKey = keys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  request.sign(forge.pki.privateKeyFromPem(privateKey), forge.md.sha256.create());
  return forge.pki.certificationRequestToPem(request);
}

describe('identity certificates', () => {
  test('the card shows exactly what the authority was told, in any script', () => {
    const fixture = start();
    const issued = issueTo(fixture, agentKey.publicKey);
    const card = fixture.authority.readIdentity(issued.certificate);
    assert.ok(card);
    assert.equal(card.name, subject.name);
    assert.equal(card.employeeNumber, subject.employeeNumber);
    assert.equal(card.department, subject.department);
    assert.equal(card.personId, personId);
    assert.equal(card.photoSha256, subject.photoSha256);
    assert.equal(card.serialNumber, issued.serialNumber);
    assert.equal(card.notAfter, issued.notAfter);
    assert.ok(card.publicKey.equals(agentKey.publicKey));
  });

  test('lasts twelve hours and no longer', () => {
    const fixture = start();
    const issued = issueTo(fixture, agentKey.publicKey);
    fixture.clock.advance({ h: 12, s: -2 });
    assert.ok(fixture.authority.readIdentity(issued.certificate));
    assert.ok(fixture.authority.currentIdentity(personId));
    fixture.clock.advance({ s: 3 });
    assert.equal(fixture.authority.readIdentity(issued.certificate), null);
    assert.equal(fixture.authority.currentIdentity(personId), null);
  });

  test('a certificate for another key revokes the older one, one for the same key does not', () => {
    const fixture = start();
    const first = issueTo(fixture, agentKey.publicKey);
    const again = issueTo(fixture, agentKey.publicKey);
    assert.deepEqual(again.revoked, []);
    assert.ok(fixture.authority.readIdentity(first.certificate));
    const moved = issueTo(fixture, otherKey.publicKey);
    assert.deepEqual(moved.revoked.sort(), [first.serialNumber, again.serialNumber].sort());
    assert.equal(fixture.authority.readIdentity(first.certificate), null);
    assert.equal(fixture.authority.currentIdentity(personId), moved.certificate);
  });

  test('one person’s new certificate leaves those of others alone', () => {
    const fixture = start();
    const mine = issueTo(fixture, agentKey.publicKey);
    issueTo(fixture, otherKey.publicKey, { personId: newId('per', random) });
    assert.ok(fixture.authority.readIdentity(mine.certificate));
  });

  test('revocation counts at once, is final, and an unknown serial number counts as revoked', () => {
    const fixture = start();
    const { authority, database } = fixture;
    const issued = issueTo(fixture, agentKey.publicKey);
    assert.equal(authority.isRevoked(issued.serialNumber.toUpperCase()), false);
    assert.equal(authority.revoke(database.db, issued.serialNumber, 'lost'), true);
    assert.equal(authority.revoke(database.db, issued.serialNumber, 'again'), false);
    assert.equal(authority.readIdentity(issued.certificate), null);
    assert.equal(authority.isRevoked('00'), true);
    assert.throws(() => database.raw.prepare('UPDATE certificates SET revoked_at = NULL, revoked_reason = NULL').run());
  });

  test('a certificate of another authority with the same names is nobody’s', () => {
    const fixture = start();
    const stranger = createAuthority({
      ...fixture,
      random,
      keys: {
        caCertificate: fixture.authority.caCertificate,
        caPrivateKey: otherKey.privateKey,
      },
    });
    const forged = stranger.issueIdentity(fixture.database.db, subject, agentKey.publicKey);
    assert.equal(fixture.authority.readIdentity(forged.certificate), null);
  });

  test('neither the CA’s, the server’s nor a device’s certificate is an identity', () => {
    const { authority, database, clock } = start();
    const publicKey = agentKey.publicKey;
    const server = authority.issueServerCertificate(database.db, { hosts: [{ dns: 'desk.example' }], publicKey });
    const device = authority.issueDeviceCertificate(database.db, {
      csrPem: makeCsr(agentKey),
      sessionId,
      notAfter: clock.now() + 60_000,
    });
    for (const pem of [authority.caCertificate, server.certificate, device.certificate, 'garbage', ''])
      assert.equal(authority.readIdentity(pem), null);
    assert.equal(authority.readDevice(device.certificate)?.sessionId, sessionId);
    assert.equal(authority.readDevice(server.certificate), null);
  });

  test('serial numbers are 32 hex digits, positive and never the same', () => {
    const fixture = start();
    const serials = Array.from({ length: 20 }, () => issueTo(fixture, agentKey.publicKey).serialNumber);
    assert.equal(new Set(serials).size, 20);
    for (const serial of serials) assert.match(serial, /^[4-7][0-9a-f]{31}$/);
  });
});

describe('device certificates', () => {
  test('name the session and nothing that the device asked for', () => {
    const { authority, database, clock } = start();
    const notAfter = clock.now() + 7_200_000;
    const issued = authority.issueDeviceCertificate(database.db, { csrPem: makeCsr(agentKey), sessionId, notAfter });
    const certificate = new X509Certificate(issued.certificate);
    assert.equal(certificate.subject, 'CN=device');
    assert.equal(certificate.subjectAltName, `URI:urn:handrail:session:${sessionId}`);
    assert.equal(Date.parse(certificate.validTo), Math.floor(notAfter / 1000) * 1000);
    assert.equal(authority.readDevice(certificate.raw)?.serialNumber, issued.serialNumber);
    assert.equal(authority.readIdentity(issued.certificate), null);
  });

  test('are refused for short keys, foreign signatures and bytes that are no request', () => {
    const { authority, database, clock } = start();
    const request = makeCsr(agentKey);
    const der = Buffer.from(request.replace(/-----[^-]+-----|\s/g, ''), 'base64');
    const flipped = Buffer.from(der);
    flipped.writeUInt8(flipped.readUInt8(flipped.length - 20) ^ 1, flipped.length - 20);
    const toPem = (bytes: Buffer) =>
      `-----BEGIN CERTIFICATE REQUEST-----\n${bytes.toString('base64')}\n-----END CERTIFICATE REQUEST-----\n`;
    for (const csrPem of [makeCsr(makeKey(1024)), toPem(flipped), toPem(der.subarray(0, 100)), 'hello', ''])
      assert.throws(
        () => authority.issueDeviceCertificate(database.db, { csrPem, sessionId, notAfter: clock.now() + 60_000 }),
        { code: 'enrolment.csr-invalid' },
        csrPem.slice(0, 80),
      );
  });
});

describe('proof of possession', () => {
  const proofOf = (challenge: string, keys = agentKey) => ({
    challenge,
    publicKey: keys.publicKey.export({ type: 'spki', format: 'der' }).toString('base64'),
    signature: sign('sha256', Buffer.from(`handrail identity ${challenge}`), keys.privateKey).toString('base64'),
  });
  const refused = { code: 'identity.challenge-invalid' };

  test('works once, for the person who asked, within a minute', () => {
    const clock = createTestClock();
    const challenges = createIdentityChallenges({ clock, random });
    const proof = proofOf(challenges.create(personId));
    assert.throws(() => challenges.prove('per_somebodyelse', proof), refused);
    assert.ok(challenges.prove(personId, proof).equals(agentKey.publicKey));
    assert.throws(() => challenges.prove(personId, proof), refused);
    const late = proofOf(challenges.create(personId));
    clock.advance({ s: 61 });
    assert.throws(() => challenges.prove(personId, late), refused);
  });

  test('needs the private key of the public key that is named', () => {
    const challenges = createIdentityChallenges({ clock: createTestClock(), random });
    const challenge = challenges.create(personId);
    const { signature } = proofOf(challenge, otherKey);
    assert.throws(() => challenges.prove(personId, { ...proofOf(challenge), signature }), refused);
    const short = makeKey(1024);
    assert.throws(() => challenges.prove(personId, proofOf(challenges.create(personId), short)), refused);
    const notRsa = generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
    const next = challenges.create(personId);
    assert.throws(() => challenges.prove(personId, { ...proofOf(next), publicKey: notRsa }), refused);
  });
});

describe('stock openssl agrees', () => {
  let folder = '';
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'handrail-authority-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  const openssl = (...argv: string[]) => execFileSync('openssl', argv, { encoding: 'utf8', stdio: 'pipe' });
  const write = (name: string, pem: string) => {
    writeFileSync(join(folder, name), pem);
    return join(folder, name);
  };

  test('that every kind of certificate verifies, strictly and for its purpose, and for no other', () => {
    const fixture = start();
    const { authority, database, clock } = fixture;
    const publicKey = createPublicKey(agentKey.privateKey);
    const ca = write('ca.crt', authority.caCertificate);
    const hosts = [{ dns: 'desk.example' }, { dns: 'localhost' }, { ip: '127.0.0.1' }, { ip: '::1' }];
    const notAfter = clock.now() + 60_000;
    const server = write('server.crt', authority.issueServerCertificate(database.db, { hosts, publicKey }).certificate);
    const identity = write('identity.crt', issueTo(fixture, publicKey).certificate);
    const device = write(
      'device.crt',
      authority.issueDeviceCertificate(database.db, { csrPem: makeCsr(agentKey), sessionId, notAfter }).certificate,
    );
    const checkpoint = write('cp.crt', authority.issueCheckpointCertificate(database.db, publicKey).certificate);
    const check = (purpose: string, file: string, ...more: string[]) =>
      openssl('verify', '-x509_strict', '-CAfile', ca, '-purpose', purpose, ...more, file);
    assert.match(check('sslserver', server, '-verify_hostname', 'desk.example'), /: OK/);
    assert.match(check('sslserver', server, '-verify_ip', '::1'), /: OK/);
    assert.match(check('sslclient', identity), /: OK/);
    assert.match(check('sslclient', device), /: OK/);
    assert.match(openssl('verify', '-x509_strict', '-CAfile', ca, checkpoint), /: OK/);
    assert.throws(() => check('sslserver', identity));
    assert.throws(() => check('sslserver', device));
    assert.throws(() => check('sslclient', server));
    assert.throws(() => check('sslserver', server, '-verify_hostname', 'other.example'));
  });

  test('on names in UTF-8 and on the fingerprint of the CA', () => {
    const fixture = start();
    const file = write('named.crt', issueTo(fixture, agentKey.publicKey).certificate);
    const shown = openssl('x509', '-in', file, '-noout', '-subject', '-nameopt', 'utf8,sep_multiline,lname');
    for (const line of ['commonName=李伟 O’Brien, "Lee"', 'serialNumber=E-1007', 'organizationalUnitName=信息技术部'])
      assert.ok(shown.includes(line), shown);
    assert.ok(shown.includes('organizationName=示例 Ltd'), shown);
    const ca = write('ca2.crt', fixture.authority.caCertificate);
    const fingerprint = openssl('x509', '-in', ca, '-noout', '-fingerprint', '-sha256');
    assert.ok(fingerprint.toLowerCase().replaceAll(':', '').includes(fixture.authority.caFingerprint));
    const der = new X509Certificate(fixture.authority.caCertificate).raw;
    assert.equal(fixture.authority.caFingerprint, createHash('sha256').update(der).digest('hex'));
  });
});
