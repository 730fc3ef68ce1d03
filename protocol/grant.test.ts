import { before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { toBase64Url, utf8 } from './bytes.ts';
import { grantTag, openGrant, signGrant, signedGrant, type GrantStatement, type SignedGrant } from './grant.ts';
import { newParty, turnBit, type TestParty } from './handshake.fixture.ts';
import { sign } from './handshake.ts';

const statement: GrantStatement = {
  kind: 'handrail/2 grant',
  id: '00112233445566778899aabbccddeeff',
  sessionId: 'ses_abcdefghijklmnopqrstuvwxyz',
  holder: '5f3a',
  capability: 'input',
  scope: { reach: 'all' },
  purpose: 'session',
  notBefore: 1_000,
  notAfter: 2_000,
  consentText: 'control 1 en',
};
const limited = { reach: 'limited', windows: 1, applications: 1, rectangles: 0, sha256: 'f'.repeat(64) } as const;
let device: TestParty;
let other: TestParty;

before(async () => {
  [device, other] = await Promise.all([newParty('device'), newParty('device of another session')]);
});

/** Signed by the right key, whatever it says. */
async function signed(text: string): Promise<SignedGrant> {
  return { statement: text, signature: toBase64Url(await sign(device.privateKey, utf8(text))) };
}

describe('a grant', () => {
  test('opens to what the sharer signed', async () => {
    assert.deepEqual(await openGrant(await signGrant(statement, device.privateKey), device.publicKey), statement);
  });

  test('for a part of the screen says how many areas of which kind and a hash, and fits where it travels', async () => {
    const longest = { ...statement, scope: { ...limited, windows: 64 }, consentText: '同'.repeat(160) } as const;
    const signed = await signGrant(longest, device.privateKey);
    assert.ok(signedGrant.safeParse(signed).success);
    assert.deepEqual(await openGrant(signed, device.publicKey), longest);
  });

  test('signed by another key, such as that of another session, is none', async () => {
    assert.equal(await openGrant(await signGrant(statement, other.privateKey), device.publicKey), undefined);
    assert.equal(await openGrant(await signGrant(statement, device.privateKey), other.publicKey), undefined);
  });

  test('altered in one character of its text or one bit of its signature is none', async () => {
    const { statement: text, signature } = await signGrant(statement, device.privateKey);
    for (let at = 0; at < text.length; at++) {
      const altered = `${text.slice(0, at)}${text[at] === '1' ? '2' : '1'}${text.slice(at + 1)}`;
      assert.equal(await openGrant({ statement: altered, signature }, device.publicKey), undefined, altered);
    }
    for (const bit of [0, 777, 2047])
      assert.equal(
        await openGrant({ statement: text, signature: turnBit(signature, bit) }, device.publicKey),
        undefined,
      );
    assert.equal(await openGrant({ statement: ` ${text}`, signature }, device.publicKey), undefined);
  });

  test('does not lend its signature to another statement of the same key', async () => {
    const view = await signGrant({ ...statement, capability: 'view' }, device.privateKey);
    const input = JSON.stringify(statement);
    assert.equal(await openGrant({ statement: input, signature: view.signature }, device.publicKey), undefined);
  });

  test('of a capability or kind that this version does not know, or with a field too many, is none, though signed', async () => {
    const changes: object[] = [
      { capability: 'clipboard' },
      { capability: 'INPUT' },
      { capability: ['input'] },
      { kind: 'handrail/1 grant' },
      { kind: 'handrail/3 grant' },
      { scope: 'all' },
      { scope: { reach: 'screen' } },
      { scope: { reach: 'all', windows: 1 } },
      { scope: { reach: 'limited' } },
      { scope: { ...limited, sha256: 'F'.repeat(64) } },
      { scope: { ...limited, windows: 65 } },
      { scope: { ...limited, titles: ['Payroll'] } },
      { purpose: 'forever' },
      { sessionId: 'req_abcdefghijklmnopqrstuvwxyz' },
      { holder: '' },
      { holder: '5F3A' },
      { id: '0011' },
      { notAfter: '2000' },
      { notAfter: null },
      { notBefore: 0.5 },
      { consentText: 'x'.repeat(161) },
    ];
    assert.notEqual(await openGrant(await signed(JSON.stringify(statement)), device.publicKey), undefined);
    for (const change of changes) {
      const text = JSON.stringify({ ...statement, ...change });
      assert.equal(await openGrant(await signed(text), device.publicKey), undefined, text);
    }
    for (const name of Object.keys(statement)) {
      const text = JSON.stringify(Object.fromEntries(Object.entries(statement).filter(([field]) => field !== name)));
      assert.equal(await openGrant(await signed(text), device.publicKey), undefined, `without ${name}`);
    }
  });

  test('that is not even JSON, or whose signature is not base64, is none and no failure', async () => {
    for (const text of ['', 'null', '[]', '{', '"input"'])
      assert.equal(await openGrant(await signed(text), device.publicKey), undefined);
    for (const signature of ['', '***', 'AA', 'A'])
      assert.equal(await openGrant({ statement: JSON.stringify(statement), signature }, device.publicKey), undefined);
  });

  test('is named in frame headers by the first eight bytes of its id', () => {
    assert.equal(grantTag(statement.id), 0x0011223344556677n);
    assert.equal(grantTag('ffffffffffffffff0000000000000000'), 2n ** 64n - 1n);
  });
});
