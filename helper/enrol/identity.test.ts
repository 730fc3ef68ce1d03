import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import { provenPhoto, readAgentIdentity } from './identity.ts';
import { createTestAuthority, deviceOf, identityOf, newTestKey, type TestCertificate } from './test-authority.ts';

const key = newTestKey();
const authority = createTestAuthority(newTestKey());
const PERSON = { name: '李伟, "Lee"', employeeNumber: 'E-1007', department: '信息技术部' };
const NOW = Date.now();

const read = (certificate: Partial<TestCertificate>, now = NOW) =>
  readAgentIdentity(authority.issue({ ...identityOf(PERSON), publicKeyPem: key.publicKeyPem, ...certificate }), {
    ca: authority.pem,
    now,
  });

describe('who an agent is', () => {
  test('is what the certificate says, in any script', async () => {
    const identity = await read({});
    assert.deepEqual(
      [identity?.name, identity?.employeeNumber, identity?.department, identity?.photoSha256],
      [PERSON.name, PERSON.employeeNumber, PERSON.department, ''],
    );
    assert.match(identity?.serialNumber ?? '', /^[0-9a-f]{32}$/);
  });

  const NOBODY: [string, Partial<TestCertificate>][] = [
    ['a device', deviceOf(`ses_${'a'.repeat(26)}`)],
    ['a server', { altNames: [{ type: 2, value: 'desk.example' }] }],
    ['somebody without a number', { subject: [{ shortName: 'CN', value: 'Li Wei' }] }],
    [
      'somebody with two names',
      { subject: [...(identityOf(PERSON).subject ?? []), { shortName: 'CN', value: 'CEO' }] },
    ],
    ['somebody whose time has not come', { notBefore: NOW + 60_000 }],
    ['somebody whose time is over', { notAfter: NOW - 60_000 }],
  ];
  for (const [who, certificate] of NOBODY) {
    test(`is not ${who}`, async () => {
      assert.equal(await read(certificate), undefined);
    });
  }

  test('is not the CA itself, nor anybody certified by a foreign one of the same name', async () => {
    const trust = { ca: authority.pem, now: NOW };
    assert.equal(await readAgentIdentity(authority.pem, trust), undefined);
    const foreign = createTestAuthority(key);
    const forged = foreign.issue({ ...identityOf(PERSON), publicKeyPem: key.publicKeyPem });
    assert.equal(await readAgentIdentity(forged, trust), undefined);
  });
});

describe('the photo', () => {
  const photo = Buffer.from([0x89, 0x50, 0x4e, 0x47, 1, 2, 3]);
  const photoSha256 = createHash('sha256').update(photo).digest('hex');

  test('is shown when it is the one that the certificate names', async () => {
    const identity = await read(identityOf({ ...PERSON, photoSha256 }));
    assert.ok(identity);
    assert.equal(provenPhoto(photo.toString('base64'), identity), `data:image/png;base64,${photo.toString('base64')}`);
  });

  test('is not shown when it is another one, or the certificate names none', async () => {
    const [named, unnamed] = [await read(identityOf({ ...PERSON, photoSha256 })), await read({})];
    assert.ok(named && unnamed);
    assert.equal(provenPhoto(Buffer.from('other').toString('base64'), named), null);
    assert.equal(provenPhoto(photo.toString('base64'), unnamed), null);
  });

  test('carries nothing that was slipped in between', async () => {
    const identity = await read(identityOf({ ...PERSON, photoSha256 }));
    assert.ok(identity);
    const clean = photo.toString('base64');
    const slipped = `${clean.slice(0, 4)}"> <${clean.slice(4)}`;
    assert.equal(provenPhoto(slipped, identity), `data:image/png;base64,${clean}`);
  });
});
