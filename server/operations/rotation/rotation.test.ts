import assert from 'node:assert/strict';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { verifyAudit, type AuditVerdict } from '../../audit/verify.ts';
import { fingerprintOf } from '../../authority/authority.ts';
import { readCaCertificates } from '../../authority/ca-files.ts';
import { loadOrMakeCa } from '../../authority/key-files.ts';
import { readCertificate } from '../../authority/read-certificate.ts';
import { lockDataDirectory } from '../../platform/data-lock.ts';
import { openDatabase } from '../../platform/database.ts';
import { systemRandom } from '../../platform/random.ts';
import { createTestClock } from '../../platform/test-clock.ts';
import { createTestDataDirectory, fingerprintOfTree, type TestDataDirectory } from '../backup/test-data-directory.ts';
import { ROTATION_KINDS, type RotationKind } from './rotating.ts';
import { rotate } from './rotation.ts';

/** An hour after the fixture was made: its certificates are valid, its sessions are not over. */
const clock = createTestClock(Date.UTC(2026, 10, 25, 22));
const by = { operator: { id: 'operator', label: 'root' }, clock, random: systemRandom };

let made: TestDataDirectory;
beforeEach(() => {
  made = createTestDataDirectory({ isMigrated: true });
});
afterEach(() => made.remove());

const turn = (...kinds: RotationKind[]): Promise<string[]> => rotate({ dataDir: made.dataDir, kinds, ...by });
const file = (...names: string[]): string => join(made.dataDir, 'authority', ...names);
const read = (...names: string[]): string => readFileSync(file(...names), 'utf8');

function ask<T>(sql: string): T[] {
  const { raw, close } = openDatabase(join(made.dataDir, 'handrail.db'));
  const rows = raw.prepare<[], T>(sql).all();
  close();
  return rows;
}
const count = (sql: string): number => ask<{ n: number }>(sql)[0]?.n ?? -1;

function verdict(caCertificate = readCaCertificates(made.dataDir)): AuditVerdict {
  const { raw, close } = openDatabase(join(made.dataDir, 'handrail.db'));
  const found = verifyAudit(raw, { caCertificate });
  close();
  return found;
}

const actions = (): string[] =>
  ask<{ action: string }>('SELECT action FROM audit_events ORDER BY seq').map(({ action }) => action);

describe('rotation', () => {
  test('is refused while a server runs, and changes nothing then', async () => {
    const unlock = lockDataDirectory(join(made.dataDir, 'lock'));
    const untouched = fingerprintOfTree(made.folder);
    await assert.rejects(turn(...ROTATION_KINDS), /server is running: stop it/);
    assert.deepEqual(fingerprintOfTree(made.folder), untouched);
    unlock?.();
  });

  test('of sign-ins ends all of them and nothing else', async () => {
    assert.match((await turn('sign-ins'))[0] ?? '', /^3 sign-ins have ended/);
    assert.equal(count('SELECT count(*) AS n FROM sign_ins'), 0);
    assert.equal(count('SELECT count(*) AS n FROM password_links'), 1);
    assert.equal(actions().at(-1), 'secret/rotated');
  });

  test('of links voids password links, invitations, codes and downloads', async () => {
    await turn('links');
    assert.equal(count('SELECT count(*) AS n FROM password_links'), 0);
    assert.equal(
      count('SELECT count(*) AS n FROM invitations WHERE secret_hash IS NOT NULL OR code_hmac IS NOT NULL'),
      0,
    );
    assert.equal(count('SELECT count(*) AS n FROM helper_tokens WHERE closed_at IS NULL'), 0);
    assert.equal(count('SELECT count(*) AS n FROM sign_ins'), 3);
  });

  test('of the server’s key takes key and certificate away and revokes what was shown', async () => {
    const before = fingerprintOf(read('server.crt'));
    await turn('server-key');
    assert.deepEqual([existsSync(file('server.crt')), existsSync(file('server.key'))], [false, false]);
    assert.equal(count("SELECT count(*) AS n FROM certificates WHERE kind = 'server' AND revoked_at IS NULL"), 0);
    const [event] = ask<{ payload: string }>('SELECT payload FROM audit_events ORDER BY seq DESC LIMIT 1');
    assert.match(event?.payload ?? '', new RegExp(`"kind":"server-key","former":"${before}"`));
  });

  test('of the checkpoint key leaves the former checkpoints verifiable and signs with the new one', async () => {
    const before = read('checkpoint.key');
    await turn('checkpoint-key');
    assert.notEqual(read('checkpoint.key'), before);
    assert.equal(statSync(file('checkpoint.key')).mode & 0o777, 0o600);
    // The former key has signed the event that says so.
    assert.deepEqual(actions().slice(-2), ['secret/rotated', 'checkpoint/signed']);
    await turn('checkpoint-key');
    const after = verdict();
    assert.ok(after.isIntact && after.checkpoints === 2);
    const signers = ask<{ pem: string }>(
      'SELECT certificate AS pem FROM audit_checkpoints JOIN audit_checkpoint_keys USING (serial_number) ORDER BY seq',
    ).map(({ pem }) => new X509Certificate(pem));
    assert.ok(signers[0]?.checkPrivateKey(createPrivateKey(before)));
    assert.ok(!signers[1]?.checkPrivateKey(createPrivateKey(before)));
  });

  test('of the authority makes a new one, under which nothing of the former one counts', async () => {
    const former = read('ca.crt');
    const formerKey = read('ca.key');
    await turn('authority');
    const present = new X509Certificate(read('ca.crt'));
    assert.notEqual(present.fingerprint256, new X509Certificate(former).fingerprint256);
    assert.ok(present.checkPrivateKey(createPrivateKey(read('ca.key'))));
    assert.equal(statSync(file('ca.key')).mode & 0o777, 0o600);
    assert.notEqual(read('ca.key'), formerKey);
    assert.equal(existsSync(file('server.crt')), false);
    assert.deepEqual(readdirSync(file('former')), [`${fingerprintOf(former).slice(0, 32)}.crt`]);
    assert.ok(!readdirSync(made.dataDir).some((name) => name.startsWith('authority.')));
    assert.equal(count('SELECT count(*) AS n FROM certificates WHERE revoked_at IS NULL'), 0);
    assert.equal(count("SELECT count(*) AS n FROM sessions WHERE state <> 'ended'"), 0);
    const ended = actions().slice(-6);
    assert.deepEqual(ended, [
      'secret/rotated',
      'identity/revoked',
      'certificate/revoked',
      'session/ended',
      'session/ended',
      'checkpoint/signed',
    ]);
  });

  test('of the authority is proven by the former one: its last checkpoint names the new one', async () => {
    const former = read('ca.crt');
    await turn('authority');
    const signed = verdict(former);
    assert.ok(signed.isIntact);
    const { payload } = ask<{ payload: string }>(
      "SELECT payload FROM audit_events WHERE action = 'secret/rotated'",
    )[0] ?? { payload: '' };
    assert.ok(payload.includes(fingerprintOf(read('ca.crt'))) && payload.includes(fingerprintOf(former)));
    // From now on both are needed, and the data directory has both.
    await turn('checkpoint-key');
    assert.ok(verdict().isIntact);
    assert.deepEqual(verdict(former), { isIntact: false, seq: signed.head.seq + 2, problem: 'checkpoint-key' });
  });

  test('of the authority lets cards of former sessions be read as what they were', async () => {
    await turn('authority');
    const [session] = ask<{ pem: string; at: number }>(
      'SELECT agent_certificate AS pem, created_at AS at FROM sessions',
    );
    assert.ok(session);
    const trust = { now: session.at, isRevoked: () => false };
    const keys = await loadOrMakeCa(made.dataDir, by);
    const everyCa = keys.caCertificate + (keys.formerCaCertificates ?? '');
    assert.equal(readCertificate(session.pem, { ...trust, ca: everyCa })?.identity?.name, '李伟');
    assert.equal(readCertificate(session.pem, { ...trust, ca: keys.caCertificate }), null);
  });

  test('of everything leaves nothing as it was, and a chain that verifies', async () => {
    const before = ['ca.key', 'ca.crt', 'checkpoint.key', 'server.key'].map((name) => read(name));
    assert.equal((await turn(...ROTATION_KINDS)).length, ROTATION_KINDS.length);
    await loadOrMakeCa(made.dataDir, by);
    for (const [index, name] of ['ca.key', 'ca.crt', 'checkpoint.key'].entries())
      assert.notEqual(read(name), before[index]);
    assert.equal(existsSync(file('server.key')), false);
    const after = verdict();
    assert.ok(after.isIntact && after.signedUpTo > 0);
    assert.equal(actions().filter((action) => action === 'secret/rotated').length, ROTATION_KINDS.length);
  });

  test('of the authority that was cut off before the folders were exchanged has not happened, and between has', async () => {
    const ca = read('ca.crt');
    const next = join(made.dataDir, 'authority.next');
    mkdirSync(next);
    await loadOrMakeCa(made.dataDir, by);
    assert.equal(read('ca.crt'), ca);
    assert.equal(existsSync(next), false);
    cpSync(file(), next, { recursive: true });
    renameSync(file(), join(made.dataDir, 'authority.old'));
    await loadOrMakeCa(made.dataDir, by);
    assert.equal(read('ca.crt'), ca);
    assert.ok(!readdirSync(made.dataDir).some((name) => name.startsWith('authority.')));
  });

  test('of a directory that another version has used is refused', async () => {
    const old = createTestDataDirectory();
    const { raw, close } = openDatabase(join(old.dataDir, 'handrail.db'));
    raw.prepare('DELETE FROM schema_migrations WHERE number = 3').run();
    close();
    await assert.rejects(
      rotate({ dataDir: old.dataDir, kinds: ['sign-ins'], ...by }),
      /older Handrail: start the server/,
    );
    old.remove();
    rmSync(join(made.dataDir, 'handrail.db'));
    await assert.rejects(turn('sign-ins'), /there is no database/);
  });
});
