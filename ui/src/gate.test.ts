import { describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { gate, type Visitor } from './gate.ts';

const employee: Visitor = {
  path: '/',
  isSignedIn: true,
  isSetUp: true,
  guestSessionId: null,
  roles: ['employee'],
  isAssistanceAvailable: true,
};

describe('who gets which page', () => {
  test('before set-up every address leads to set-up', () => {
    const decision = gate({ access: ['admin'] }, { ...employee, isSetUp: false, path: '/console/people' });
    assert.deepEqual(decision, { type: 'redirect', to: '/setup' });
  });
  test('somebody who is not signed in signs in first and then comes back', () => {
    const decision = gate({ access: 'person' }, { ...employee, isSignedIn: false, path: '/requests/req_a' });
    assert.deepEqual(decision, { type: 'redirect', to: '/sign-in?next=%2Frequests%2Freq_a' });
  });
  test('without the role a page does not exist', () => {
    assert.deepEqual(gate({ access: ['admin'] }, { ...employee, path: '/console/people' }), { type: 'not-found' });
    assert.deepEqual(gate({ access: ['admin', 'auditor'] }, { ...employee, roles: ['auditor'] }), { type: 'show' });
  });
  test('a guest reaches the one session of the invitation, its receipt, and nothing else', () => {
    const guest: Visitor = { ...employee, guestSessionId: 'ses_a', roles: [] };
    assert.deepEqual(gate({ access: 'guest' }, { ...guest, path: '/sessions/ses_a' }), { type: 'show' });
    assert.deepEqual(gate({ access: 'guest' }, { ...guest, path: '/sessions/ses_b' }), { type: 'not-found' });
    assert.deepEqual(gate({ access: 'guest' }, { ...guest, path: '/receipt/ses_a' }), { type: 'show' });
    assert.deepEqual(gate({ access: 'guest' }, { ...guest, path: '/receipt/ses_b' }), { type: 'not-found' });
    assert.deepEqual(gate({ access: 'person' }, { ...guest, path: '/ask' }), { type: 'not-found' });
    assert.deepEqual(gate({ access: 'person' }, guest), { type: 'redirect', to: '/sessions/ses_a' });
  });
  test('where remote assistance is switched off its pages do not exist, signed in or not, and all others do', () => {
    const code = { access: 'anyone', isAboutAssistance: true } as const;
    for (const isSignedIn of [true, false]) {
      const visitor = { ...employee, isSignedIn, path: '/code' };
      assert.deepEqual(gate(code, visitor), { type: 'show' });
      assert.deepEqual(gate(code, { ...visitor, isAssistanceAvailable: false }), { type: 'not-found' });
    }
    assert.deepEqual(gate({ access: 'person' }, { ...employee, isAssistanceAvailable: false }), { type: 'show' });
  });
  test('an unknown address is not found, signed in or not', () => {
    assert.deepEqual(gate(null, employee), { type: 'not-found' });
    assert.deepEqual(gate(null, { ...employee, isSignedIn: false }), { type: 'not-found' });
  });
});
