import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { systemRandom } from '../platform/random.ts';
import { createTestClock, type TestClock } from '../platform/test-clock.ts';
import { createTestDatabase } from '../platform/test-database.ts';
import type { Database } from '../platform/database.ts';
import { createAuthority } from './authority.ts';
import { loadOrMakeCa } from './key-files.ts';
import { loadOrIssueServerCertificate } from './server-certificate.ts';

const HOSTS = ['desk.example', 'localhost', '127.0.0.1', '::1'];

describe('keys of the appliance', () => {
  let dataDir = '';
  let clock: TestClock;
  let database: Database;
  const random = systemRandom;
  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'handrail-keys-'));
    clock = createTestClock(Date.now());
    database = createTestDatabase();
  });
  afterEach(() => rmSync(dataDir, { recursive: true }));

  async function start(hosts = HOSTS) {
    const keys = await loadOrMakeCa(dataDir, { clock, random });
    const authority = createAuthority({ database, clock, random, keys });
    const server = await loadOrIssueServerCertificate({ authority, database, clock }, { dataDir, hosts });
    return { authority, server };
  }

  test('are made at the first start, readable by the owner alone, and kept', async () => {
    const first = await start();
    for (const file of ['ca.key', 'server.key'])
      assert.equal(statSync(join(dataDir, 'authority', file)).mode & 0o777, 0o600);
    assert.equal(statSync(join(dataDir, 'authority')).mode & 0o077, 0);
    const second = await start();
    assert.equal(second.authority.caFingerprint, first.authority.caFingerprint);
    assert.equal(second.server.isNew, false);
    assert.equal(second.server.certificate, first.server.certificate);
    const ca = new X509Certificate(first.authority.caCertificate);
    assert.equal(ca.publicKey.asymmetricKeyDetails?.modulusLength, 3072);
    assert.ok(ca.ca);
  });

  test('the server certificate is renewed in its last 30 days', async () => {
    await start();
    clock.advance({ h: 24 * 366 });
    assert.equal((await start()).server.isNew, false);
    clock.advance({ h: 24 * 2 });
    assert.equal((await start()).server.isNew, true);
  });

  test('the server certificate follows the names of the server, more or fewer', async () => {
    await start();
    const more = await start([...HOSTS, '10.0.0.7']);
    assert.equal(more.server.isNew, true);
    assert.ok(new X509Certificate(more.server.certificate).checkIP('10.0.0.7'));
    assert.equal((await start(HOSTS)).server.isNew, true);
  });

  test('a CA certificate that is not the key’s stops the start', async () => {
    await start();
    const stranger = createTestClock(Date.now());
    const other = mkdtempSync(join(tmpdir(), 'handrail-keys-'));
    const { caCertificate } = await loadOrMakeCa(other, { clock: stranger, random });
    rmSync(other, { recursive: true });
    writeFileSync(join(dataDir, 'authority', 'ca.crt'), caCertificate);
    await assert.rejects(start(), /does not belong to/);
  });
});
