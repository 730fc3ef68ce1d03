import assert from 'node:assert/strict';
import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { CompanyCertificateError, readCompanyCertificate } from './company-certificate.ts';
import { createCompanyCa, WEAK_RSA, type CompanyCa, type IssuedPair } from './test-company-ca.ts';

const DAY_MS = 24 * 3_600_000;
let ca: CompanyCa;
let good: IssuedPair;
before(() => {
  ca = createCompanyCa();
  good = ca.issue({ names: 'DNS:desk.example,DNS:*.help.example,IP:10.0.0.7' });
});
after(() => ca.close());

const read = (certificate: string, changes: { privateKey?: string; publicHost?: string; now?: number } = {}) =>
  readCompanyCertificate(
    { certificate, privateKey: changes.privateKey ?? good.privateKey },
    { publicHost: changes.publicHost ?? 'desk.example', now: changes.now ?? Date.now() },
  );

/** In what words it is refused. */
function refusalOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    assert.ok(error instanceof CompanyCertificateError, String(error));
    return error.message;
  }
  return 'taken';
}

describe('the company’s certificate', () => {
  test('is taken with its chain, and shown in this order and without what else is in the file', () => {
    const taken = read(`Bag Attributes\n  friendlyName: desk\n${good.certificate}\n${ca.intermediate}${ca.root}`);
    const own = new X509Certificate(good.certificate);
    assert.equal(
      taken.certificate,
      own.toString() + new X509Certificate(ca.intermediate).toString() + new X509Certificate(ca.root).toString(),
    );
    assert.equal(taken.fingerprint, own.fingerprint256);
    assert.equal(taken.notAfter, Date.parse(own.validTo));
  });

  test('is taken without its chain: its CA may be one that browsers know', () => {
    assert.equal(read(good.certificate).covers('desk.example'), true);
  });

  test('covers the names that browsers would take it for, and no others', () => {
    const { covers } = read(good.certificate);
    for (const host of ['desk.example', 'DESK.example', 'a.help.example', '10.0.0.7']) assert.ok(covers(host), host);
    for (const host of ['localhost', 'help.example', 'a.b.help.example', 'server', '10.0.0.8', '::1'])
      assert.ok(!covers(host), host);
  });

  test('for an address is taken for this address', () => {
    assert.equal(
      refusalOf(() => read(good.certificate, { publicHost: '10.0.0.7' })),
      'taken',
    );
    assert.match(
      refusalOf(() => read(good.certificate, { publicHost: '10.0.0.8' })),
      /not for 10\.0\.0\.8/,
    );
  });
});

describe('the start says what is wrong with the company’s certificate', () => {
  const otherKey = () =>
    generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

  const CASES: [string, () => unknown, RegExp][] = [
    ['no certificate', () => read('hello'), /no certificate in it/],
    [
      'damaged',
      () => read(good.certificate.replace(/\n.{20}/, '\nAAAAAAAAAAAAAAAAAAAA')),
      /certificate 1 in it cannot be read/,
    ],
    ['no key', () => read(good.certificate, { privateKey: good.certificate }), /holds no private key/],
    [
      'another key',
      () => read(good.certificate, { privateKey: otherKey() }),
      /key does not belong to it \(O=Example, CN=server\)/,
    ],
    ['issuer first', () => read(ca.intermediate + good.certificate), /is number 2 in it and must be the first/],
    [
      'issuers in the wrong order',
      () => read(good.certificate + ca.root + ca.intermediate),
      /certificate 2 in it \(O=Example, CN=root\) did not issue the one before it/,
    ],
    ['another company’s issuer', () => read(good.certificate + foreignIntermediate()), /did not issue the one before/],
    ['ended', () => read(good.certificate, { now: Date.now() + 91 * DAY_MS }), /CN=server ended on \d{4}-\d\d-\d\d/],
    [
      'an issuer that has ended',
      () => read(good.certificate + ca.intermediate, { now: Date.now() + 4000 * DAY_MS }),
      /ended on/,
    ],
    ['not begun', () => read(good.certificate, { now: Date.now() - DAY_MS }), /begins on .* clock/],
    [
      'another name',
      () => read(good.certificate, { publicHost: 'other.example' }),
      /not for other\.example \(HANDRAIL_PUBLIC_HOST\) but for DNS:desk\.example/,
    ],
  ];
  for (const [what, work, words] of CASES) test(what, () => assert.match(refusalOf(work), words));

  const made = (of: Parameters<CompanyCa['issue']>[0]) => {
    const { certificate, privateKey } = ca.issue(of);
    return refusalOf(() => read(certificate, { privateKey }));
  };
  test('a name that only the subject has', () =>
    assert.match(made({ names: '' }), /no name: browsers read subjectAltName/));
  test('a certificate for clients', () => assert.match(made({ usage: 'clientAuth' }), /lacks serverAuth/));
  test('a key that is too short', () => assert.match(made({ key: WEAK_RSA }), /OpenSSL refuses it: .*too small/));
  test('a key with a passphrase', () => {
    const key = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
    const privateKey = key.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' }).toString();
    assert.match(
      refusalOf(() => read(good.certificate, { privateKey })),
      /passphrase/,
    );
  });

  function foreignIntermediate(): string {
    const foreign = createCompanyCa();
    foreign.close();
    return foreign.intermediate;
  }
});
