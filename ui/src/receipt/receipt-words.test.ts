import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Receipt, ReceiptGrant } from '../../../protocol/api/receipt.ts';
import { fateOf, isMoving, isSigned, partsOf } from './receipt-words.ts';

const grant = (more: Partial<ReceiptGrant> = {}): ReceiptGrant => ({
  id: 'g',
  capability: 'view',
  scope: { reach: 'all' },
  purpose: 'session',
  holder: '01',
  grantedAt: 1000,
  notAfter: 9000,
  consentText: null,
  stated: null,
  revoked: null,
  entry: null,
  ...more,
});
type Revoked = NonNullable<ReceiptGrant['revoked']>;
const revoked = (at: number, together: Revoked['with'], by: Revoked['by'] = 'sharer') =>
  grant({ revoked: { at, by, with: together, entry: null } });

const at = (now: number, endedAt: number | null = null) => ({ now, endedAt });

describe('what became of a right', () => {
  test('it is in force until it is taken back or runs out', () => {
    assert.deepEqual(fateOf(grant(), at(8999)), { at: 9000, how: 'in-force' });
    assert.deepEqual(fateOf(grant(), at(9000)), { at: 9000, how: 'ran-out' });
  });
  test('it was taken back alone, with a pause, or with the session', () => {
    assert.deepEqual(fateOf(revoked(5000, 'alone'), at(9999)), { at: 5000, how: 'taken-back' });
    assert.deepEqual(fateOf(revoked(5000, 'time', null), at(9999)), { at: 5000, how: 'ran-out' });
    assert.deepEqual(fateOf(revoked(5000, 'replaced', null), at(9999)), { at: 5000, how: 'replaced' });
    assert.deepEqual(fateOf(revoked(5000, 'pause'), at(9999)), { at: 5000, how: 'with-pause' });
    assert.deepEqual(fateOf(revoked(5000, 'end'), at(9999)), { at: 5000, how: 'with-end' });
  });
  test('what the agent gave back was not taken back', () => {
    assert.deepEqual(fateOf(revoked(5000, 'alone', 'agent'), at(9999)), { at: 5000, how: 'given-back' });
    assert.deepEqual(fateOf(revoked(5000, 'pause', 'agent'), at(9999)), { at: 5000, how: 'with-pause' });
  });
  test('nothing outlives the session, also where the chain forgot to say so', () => {
    assert.deepEqual(fateOf(grant(), at(7000, 6000)), { at: 6000, how: 'with-end' });
    assert.deepEqual(fateOf(grant(), at(9999, 9500)), { at: 9000, how: 'ran-out' });
  });
  test('what had run out when the session ended was over before', () => {
    assert.deepEqual(fateOf(revoked(9500, 'end'), at(9999)), { at: 9000, how: 'ran-out' });
  });
});

describe('the signature', () => {
  const receipt = (state: string, checkpointSeq: number | null): Receipt =>
    ({
      session: { state },
      chain: { checkpoint: checkpointSeq === null ? null : { seq: checkpointSeq } },
      lastEntry: { seq: 7, hash: '' },
    }) as unknown as Receipt; // all that is looked at

  test('covers the session when it is not before its last entry', () => {
    assert.deepEqual(
      [null, 6, 7, 8].map((seq) => isSigned(receipt('ended', seq))),
      [false, false, true, true],
    );
  });
  test('is waited for after the end; before it there is always more to come', () => {
    assert.deepEqual(
      [6, 7].map((seq) => isMoving(receipt('ended', seq))),
      [true, false],
    );
    assert.equal(isMoving(receipt('active', 8)), true);
  });
});

test('a part of the screen is told by what it consists of', () => {
  const scope = { reach: 'limited', windows: 2, applications: 0, rectangles: 1, sha256: '' } as const;
  assert.deepEqual(partsOf(grant({ scope })), [
    { kind: 'windows', count: 2 },
    { kind: 'rectangles', count: 1 },
  ]);
  assert.deepEqual(partsOf(grant()), []);
});
