import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import type { Clock } from '../platform/clock.ts';
import type { Database } from '../platform/database.ts';
import type { Random } from '../platform/random.ts';
import { createAuthority, type Authority, type AuthorityKeys } from './authority.ts';
import { makeCaCertificate } from './key-files.ts';

let caKey: KeyObject | undefined;

/** A real authority. The key of its CA is made once per test process, because that takes time. */
export function createTestAuthority(deps: { database: Database; clock: Clock; random: Random }): Authority {
  return createAuthority({ ...deps, keys: makeTestCa(deps) });
}

export function makeTestCa(deps: { clock: Clock; random: Random }): AuthorityKeys {
  caKey ??= generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  return { caCertificate: makeCaCertificate(caKey, deps), caPrivateKey: caKey };
}
