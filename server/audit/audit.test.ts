import assert from 'node:assert/strict';
import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { createTestAuthority } from '../authority/test-authority.ts';
import { systemRandom } from '../platform/random.ts';
import { createTestClock } from '../platform/test-clock.ts';
import { createTestDatabase } from '../platform/test-database.ts';
import { createAudit, SYSTEM } from './audit.ts';
import { createCheckpointer, signCheckpoint } from './checkpoints.ts';
import { GENESIS_HASH, hashLink, hashPayload } from './chain.ts';
import { verifyAudit } from './verify.ts';

const random = systemRandom;
const checkpointKey = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;

function start() {
  const clock = createTestClock();
  const database = createTestDatabase();
  const audit = createAudit({ clock, random });
  const authority = createTestAuthority({ database, clock, random });
  const publicKey = createPublicKey(checkpointKey);
  const { certificate, serialNumber } = authority.issueCheckpointCertificate(database.db, publicKey);
  const key = { privateKey: checkpointKey, certificate, serialNumber };
  const checkpointer = createCheckpointer({ database, clock, audit, key });
  const append = (label: string) =>
    database.transaction((tx) => {
      clock.advance({ s: 1 });
      return audit.append(tx, { actor: { id: 'per_x', label }, action: 'auth/signed-in', detail: { role: 'admin' } });
    });
  /** As root with a copy of sqlite3 would: the triggers are gone. */
  const tamper = (sql: string, ...values: unknown[]) => {
    database.raw.pragma('foreign_keys = OFF');
    for (const { name } of database.raw
      .prepare<[], { name: string }>("SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'audit%'")
      .all())
      database.raw.exec(`DROP TRIGGER ${name}`);
    assert.ok(database.raw.prepare(sql).run(...values).changes > 0, sql);
  };
  const verdict = (head?: { seq: number; hash: string }) =>
    verifyAudit(database.raw, { caCertificate: authority.caCertificate, ...(head && { head }) });
  /** Ten events, a checkpoint (event 11), five more. */
  const fill = () => {
    for (let index = 0; index < 10; index += 1) append(`Person ${index}`);
    checkpointer.signNow();
    for (let index = 0; index < 5; index += 1) append(`Later ${index}`);
  };
  return { clock, database, audit, authority, checkpointer, append, tamper, verdict, fill, key };
}

describe('the audit chain', () => {
  test('an untouched chain is intact and says how far signatures reach', () => {
    const { fill, verdict, database } = start();
    assert.deepEqual(verdict(), {
      isIntact: true,
      events: 0,
      deletedPayloads: 0,
      checkpoints: 0,
      signedUpTo: 0,
      head: { seq: 0, hash: GENESIS_HASH },
    });
    fill();
    const result = verdict();
    assert.ok(result.isIntact);
    assert.equal(result.events, 16);
    assert.equal(result.signedUpTo, 11);
    const rows = database.raw.prepare<[], { prev_hash: string; hash: string }>('SELECT * FROM audit_events').all();
    assert.equal(rows[0]?.prev_hash, GENESIS_HASH);
    rows.slice(1).forEach((row, index) => assert.equal(row.prev_hash, rows[index]?.hash));
  });

  test('an event is written with the change or not at all', () => {
    const { database, audit, verdict } = start();
    assert.throws(() =>
      database.transaction((tx) => {
        audit.append(tx, { actor: SYSTEM, action: 'request/taken' });
        throw new Error('the change failed');
      }),
    );
    const result = verdict();
    assert.ok(result.isIntact && result.events === 0);
  });

  test('a field without a class is refused before anything is written', () => {
    const { database, audit, verdict } = start();
    const detail = { role: 'admin', password: 'secret' } as { role: string };
    assert.throws(() => audit.append(database.db, { actor: SYSTEM, action: 'auth/signed-in', detail }), /no class/);
    const result = verdict();
    assert.ok(result.isIntact && result.events === 0);
  });

  test('the database itself refuses to change, delete, move or skip an event', () => {
    const { fill, database } = start();
    fill();
    for (const sql of [
      "UPDATE audit_events SET payload = replace(payload, 'Person', 'Nobody') WHERE seq = 3",
      'UPDATE audit_events SET at = at + 1 WHERE seq = 3',
      'UPDATE audit_events SET seq = 99 WHERE seq = 16',
      'UPDATE audit_events SET salt = NULL WHERE seq = 3',
      'DELETE FROM audit_events WHERE seq = 16',
      'DELETE FROM audit_events',
      "INSERT INTO audit_events (seq, at, prev_hash, payload_hash, hash) VALUES (18, 1, 'a', 'b', 'c')",
      "INSERT INTO audit_events (seq, at, prev_hash, payload_hash, hash) VALUES (17, 1, 'a', 'b', 'c')",
      "REPLACE INTO audit_events (seq, at, prev_hash, payload_hash, hash) VALUES (3, 1, 'a', 'b', 'c')",
      'DELETE FROM audit_checkpoints',
      "UPDATE audit_checkpoints SET signature = 'x'",
    ])
      assert.throws(() => database.raw.prepare(sql).run(), sql);
  });

  test('a payload can be deleted with its salt, and the chain still verifies', () => {
    const { fill, database, verdict } = start();
    fill();
    database.raw.prepare('UPDATE audit_events SET payload = NULL, salt = NULL WHERE seq IN (3, 4)').run();
    const result = verdict();
    assert.ok(result.isIntact);
    assert.equal(result.deletedPayloads, 2);
    assert.throws(() =>
      database.raw.prepare("UPDATE audit_events SET payload = '{}', salt = '00' WHERE seq = 3").run(),
    );
  });

  test('the same payload twice has different hashes, so that a deleted one cannot be guessed', () => {
    const { append, database } = start();
    append('Same');
    append('Same');
    const hashes = database.raw.prepare<[], { h: string }>('SELECT payload_hash AS h FROM audit_events').all();
    assert.notEqual(hashes[0]?.h, hashes[1]?.h);
  });
});

describe('tampering is found and the first bad entry named', () => {
  const cases: [string, string, { seq: number; problem: string }][] = [
    [
      'a changed word',
      "UPDATE audit_events SET payload = replace(payload, 'Person 2', 'Person 7') WHERE seq = 3",
      { seq: 3, problem: 'payload-hash' },
    ],
    ['a changed time', 'UPDATE audit_events SET at = at + 1 WHERE seq = 5', { seq: 5, problem: 'event-hash' }],
    ['a changed salt', "UPDATE audit_events SET salt = '00' WHERE seq = 5", { seq: 5, problem: 'payload-hash' }],
    ['a deleted event', 'DELETE FROM audit_events WHERE seq = 4', { seq: 5, problem: 'seq-gap' }],
    ['a deleted first event', 'DELETE FROM audit_events WHERE seq = 1', { seq: 2, problem: 'seq-gap' }],
    [
      'two exchanged payloads',
      'UPDATE audit_events SET payload = (SELECT payload FROM audit_events AS o WHERE o.seq = 15 - audit_events.seq) WHERE seq IN (7, 8)',
      { seq: 7, problem: 'payload-hash' },
    ],
    ['a deleted checkpoint', 'DELETE FROM audit_checkpoints', { seq: 11, problem: 'checkpoint-missing' }],
    [
      'a changed signature',
      "UPDATE audit_checkpoints SET signature = 'AAAA'",
      { seq: 11, problem: 'checkpoint-signature' },
    ],
    [
      'a changed checkpoint time',
      'UPDATE audit_checkpoints SET at = at + 1',
      { seq: 11, problem: 'checkpoint-signature' },
    ],
    [
      'a checkpoint moved to another event',
      'UPDATE audit_checkpoints SET seq = 9',
      { seq: 9, problem: 'checkpoint-unexpected' },
    ],
    [
      'a key that is not certified',
      "UPDATE audit_checkpoint_keys SET certificate = 'none'",
      { seq: 11, problem: 'checkpoint-key' },
    ],
    ['an end cut off below a checkpoint', 'DELETE FROM audit_events WHERE seq > 8', { seq: 11, problem: 'seq-gap' }],
  ];
  for (const [name, sql, expected] of cases)
    test(name, () => {
      const { fill, tamper, verdict } = start();
      fill();
      tamper(sql);
      assert.deepEqual(verdict(), { isIntact: false, ...expected });
    });

  test('a chain recomputed from the changed event on stops at the next checkpoint', () => {
    const { fill, tamper, verdict, database } = start();
    fill();
    let prevHash = GENESIS_HASH;
    type Row = { seq: number; at: number; salt: string; payload: string };
    for (const row of database.raw.prepare<[], Row>('SELECT * FROM audit_events ORDER BY seq').all()) {
      const payload = row.payload.replace('Person 3', 'Person 9');
      const payloadHash = hashPayload(row.salt, payload);
      const hash = hashLink({ seq: row.seq, at: row.at, prevHash, payloadHash });
      tamper(
        'UPDATE audit_events SET payload = ?, payload_hash = ?, prev_hash = ?, hash = ? WHERE seq = ?',
        payload,
        payloadHash,
        prevHash,
        hash,
        row.seq,
      );
      prevHash = hash;
    }
    assert.deepEqual(verdict(), { isIntact: false, seq: 11, problem: 'checkpoint-hash' });
  });

  test('a checkpoint signed again by a key of the same CA that is not for checkpoints', () => {
    const { fill, tamper, verdict, authority, database } = start();
    fill();
    const own = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const { certificate, serialNumber } = authority.issueServerCertificate(database.db, {
      hosts: [{ dns: 'desk.example' }],
      publicKey: own.publicKey,
    });
    const row = database.raw
      .prepare<[], { seq: number; at: number; hash: string }>('SELECT seq, at, hash FROM audit_checkpoints')
      .get();
    assert.ok(row);
    tamper('UPDATE audit_checkpoint_keys SET certificate = ?, serial_number = ?', certificate, serialNumber);
    const signature = signCheckpoint(row, createPrivateKey(own.privateKey.export({ type: 'pkcs8', format: 'pem' })));
    tamper('UPDATE audit_checkpoints SET signature = ?, serial_number = ?', signature, serialNumber);
    assert.deepEqual(verdict(), { isIntact: false, seq: 11, problem: 'checkpoint-key' });
  });

  test('a head noted outside proves that the end was not cut off or replaced', () => {
    const { fill, append, tamper, verdict } = start();
    fill();
    const noted = append('Last');
    assert.ok(verdict(noted).isIntact);
    assert.deepEqual(verdict({ ...noted, hash: 'f'.repeat(64) }), {
      isIntact: false,
      seq: 17,
      problem: 'head-differs',
    });
    tamper('DELETE FROM audit_events WHERE seq > 15');
    assert.ok(verdict().isIntact);
    assert.deepEqual(verdict(noted), { isIntact: false, seq: 17, problem: 'head-missing' });
  });

  test('whatever single character of the chain is changed, the verifier names that entry', () => {
    const { fill, tamper, verdict, database } = start();
    fill();
    tamper('UPDATE audit_events SET at = at');
    const column = fc.constantFrom('prev_hash', 'payload_hash', 'salt', 'payload', 'hash');
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 16 }), column, fc.nat(), (seq, name, position) => {
        const read = database.raw.prepare<[number], { value: string }>(
          `SELECT ${name} AS value FROM audit_events WHERE seq = ?`,
        );
        const value = read.get(seq)?.value ?? '';
        const at = position % value.length;
        const changed = `${value.slice(0, at)}${value[at] === '0' ? '1' : '0'}${value.slice(at + 1)}`;
        const write = database.raw.prepare(`UPDATE audit_events SET ${name} = ? WHERE seq = ?`);
        try {
          write.run(changed, seq);
        } catch {
          // Not even JSON any more: the generated columns refuse it, which is as good.
          return;
        }
        const result = verdict();
        write.run(value, seq);
        assert.ok(!result.isIntact);
        assert.equal(result.seq, seq);
      }),
      { numRuns: 300 },
    );
    assert.ok(verdict().isIntact);
  });
});

describe('checkpoints', () => {
  test('are signed a minute after the first unsigned event, or after a hundred events', () => {
    const { append, checkpointer, verdict, clock } = start();
    append('one');
    checkpointer.tick();
    clock.advance({ s: 59 });
    checkpointer.tick();
    assert.equal(signedUpTo(verdict()), 0);
    clock.advance({ s: 1 });
    checkpointer.tick();
    assert.equal(signedUpTo(verdict()), 2);
    for (let index = 0; index < 100; index += 1) append('busy');
    checkpointer.tick();
    assert.equal(signedUpTo(verdict()), 103);
  });

  test('are not signed when nothing happened, so that they do not feed themselves', () => {
    const { append, checkpointer, verdict, clock } = start();
    append('one');
    checkpointer.signNow();
    for (let minute = 0; minute < 10; minute += 1) {
      clock.advance({ s: 61 });
      checkpointer.tick();
      checkpointer.signNow();
    }
    const result = verdict();
    assert.ok(result.isIntact && result.events === 2 && result.checkpoints === 1);
  });

  const signedUpTo = (result: ReturnType<typeof verifyAudit>) => (result.isIntact ? result.signedUpTo : -1);
});
