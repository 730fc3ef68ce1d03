import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { writeFileSync } from 'node:fs';
import { sql } from './drizzle.ts';
import fc from 'fast-check';
import { ROLES } from '../../protocol/api/access.ts';
import { id } from '../../protocol/api/shared.ts';
import { lockDataDirectory } from './data-lock.ts';
import { openDatabase } from './database.ts';
import { createEvents } from './events.ts';
import { createLogger } from './logger.ts';
import { migrate, readMigrations, type Migration } from './migrations.ts';
import { isOurOrigin, originsOf } from './origin.ts';
import { createRateLimiter } from './rate-limiter.ts';
import { isSameSecret, newId, newSecret, systemRandom, type IdKind } from './random.ts';
import { createTestClock } from './test-clock.ts';
import { createTestDatabase } from './test-database.ts';

describe('migrations', () => {
  const first: Migration = { number: 1, name: '0001_a', sql: 'CREATE TABLE a (x INTEGER) STRICT;' };
  const second: Migration = { number: 2, name: '0002_b', sql: 'CREATE TABLE b (x INTEGER) STRICT;' };

  test('are applied in order and only once', () => {
    const { raw } = openDatabase(':memory:');
    assert.deepEqual(migrate(raw, [first]).applied, ['0001_a']);
    assert.deepEqual(migrate(raw, [first, second]).applied, ['0002_b']);
    assert.deepEqual(migrate(raw, [first, second]).applied, []);
  });

  test('a database of a newer version is refused', () => {
    const { raw } = openDatabase(':memory:');
    migrate(raw, [first, second]);
    assert.throws(() => migrate(raw, [first]), /newer version/);
  });

  test('an edited migration is refused', () => {
    const { raw } = openDatabase(':memory:');
    migrate(raw, [first]);
    assert.throws(() => migrate(raw, [{ ...first, sql: `${first.sql} ` }]), /was changed/);
  });

  test('one that fails leaves nothing behind', () => {
    const { raw } = openDatabase(':memory:');
    const broken = { number: 2, name: '0002_b', sql: 'CREATE TABLE b (x INTEGER) STRICT; CREATE TABLE oops (' };
    assert.throws(() => migrate(raw, [first, broken]));
    assert.deepEqual(migrate(raw, [first, second]).applied, ['0002_b']);
  });

  test('two with the same number, or a file with another name, stop everything', () => {
    const folder = mkdtempSync(join(tmpdir(), 'handrail-migrations-'));
    const directory = pathToFileURL(`${folder}/`);
    writeFileSync(join(folder, '0001_a.sql'), '');
    writeFileSync(join(folder, '0001_b.sql'), '');
    assert.throws(() => readMigrations(directory), /same number/);
    writeFileSync(join(folder, 'later.sql'), '');
    assert.throws(() => readMigrations(directory), /not named/);
    rmSync(folder, { recursive: true });
  });

  test('the database knows the same roles as the protocol', () => {
    const { raw } = createTestDatabase();
    const { sql: table } = raw
      .prepare<[], { sql: string }>("SELECT sql FROM sqlite_master WHERE name = 'person_roles'")
      .get() ?? { sql: '' };
    const known = [...(/role IN \(([^)]*)\)/.exec(table)?.[1] ?? '').matchAll(/'(\w+)'/g)].map(([, role]) => role);
    assert.deepEqual(known, [...ROLES]);
  });
});

describe('the database', () => {
  test('undoes everything of a transaction that throws, nested ones included', () => {
    const database = createTestDatabase();
    const count = () => database.raw.prepare('SELECT count(*) AS n FROM departments').get();
    assert.throws(() =>
      database.transaction((tx) => {
        tx.run(sql`INSERT INTO departments (id, name, created_at) VALUES ('a', 'A', 0)`);
        throw new Error('no');
      }),
    );
    assert.deepEqual(count(), { n: 0 });
  });

  test('enforces foreign keys', () => {
    const { raw } = createTestDatabase();
    assert.throws(
      () => raw.exec("INSERT INTO person_roles (person_id, role) VALUES ('nobody', 'admin')"),
      /FOREIGN KEY/,
    );
  });
});

describe('a data directory', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'handrail-lock-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test('belongs to one server at a time', () => {
    const file = join(folder, 'lock');
    const release = lockDataDirectory(file);
    assert.ok(release);
    assert.equal(lockDataDirectory(file), null);
    release();
    const again = lockDataDirectory(file);
    assert.ok(again);
    again();
  });
});

describe('ids and secrets', () => {
  test('ids are what the protocol says they are, and never the same', () => {
    const kinds: IdKind[] = ['per', 'dep', 'cat', 'req', 'ses', 'msg', 'att'];
    const made = kinds.flatMap((kind) => Array.from({ length: 50 }, () => [kind, newId(kind, systemRandom)] as const));
    for (const [kind, text] of made) assert.ok(id(kind).safeParse(text).success, text);
    assert.equal(new Set(made.map(([, text]) => text)).size, made.length);
  });

  test('every bit of an id comes from the random source', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), fc.nat(127), (bytes, bit) => {
        const other = Uint8Array.from(bytes);
        other[bit >> 3] = (other[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        const from = (source: Uint8Array) => newId('per', { bytes: () => Buffer.from(source) });
        assert.notEqual(from(bytes), from(other));
      }),
    );
  });

  test('secrets have 256 bits and are compared whole', () => {
    const secret = newSecret(systemRandom);
    assert.match(secret, /^[A-Za-z0-9_-]{43}$/);
    assert.equal(isSameSecret(secret, secret), true);
    assert.equal(isSameSecret(secret, secret.slice(0, -1)), false);
    assert.equal(isSameSecret('', 'x'), false);
  });
});

describe('a rate limiter', () => {
  test('lets through what it may and says when the next is due', () => {
    const clock = createTestClock();
    const limiter = createRateLimiter({ capacity: 2, refillPerS: 0.5 }, clock);
    assert.deepEqual([limiter.take('a'), limiter.take('a'), limiter.take('a')], [0, 0, 2]);
    assert.equal(limiter.take('b'), 0);
    clock.advance({ s: 2 });
    assert.deepEqual([limiter.take('a'), limiter.take('a')], [0, 2]);
  });

  test('never lets through more than capacity and refill, whatever the rhythm', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(3000), { maxLength: 60 }), (pauses) => {
        const clock = createTestClock();
        const limiter = createRateLimiter({ capacity: 3, refillPerS: 1 }, clock);
        let passed = 0;
        for (const ms of pauses) {
          clock.advance({ ms });
          if (limiter.take('a') === 0) passed += 1;
        }
        const total = pauses.reduce((sum, ms) => sum + ms, 0);
        assert.ok(passed <= 3 + total / 1000);
      }),
    );
  });
});

describe('origins', () => {
  const origins = originsOf(['desk.example', '::1'], 443);
  test('are compared whole: scheme, host and port', () => {
    assert.ok(isOurOrigin('https://desk.example', origins));
    assert.ok(isOurOrigin('https://[::1]', origins));
    for (const other of [
      undefined,
      null,
      '',
      'null',
      'http://desk.example',
      'https://desk.example:8443',
      'https://desk.example.evil',
      'https://evil',
      'HTTPS://DESK.EXAMPLE',
    ])
      assert.equal(isOurOrigin(other, origins), false, String(other));
  });
});

describe('the log', () => {
  test('is one JSON object a line, whatever the fields contain', () => {
    const lines: string[] = [];
    const log = createLogger({ format: 'json', level: 'info', now: () => 0, write: (line) => lines.push(line) });
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        lines.length = 0;
        log.info('a/b', { text, error: new Error(text, { cause: new Error('inner') }) });
        log.debug('not/shown');
        assert.equal(lines.length, 1);
        assert.doesNotMatch(lines[0] ?? '\n', /\n/);
        assert.equal((JSON.parse(lines[0] ?? '') as { text: string }).text, text);
      }),
    );
  });

  test('says which statement failed and leaves its values out, also in the stack and in causes', () => {
    const lines: string[] = [];
    const log = createLogger({ format: 'json', level: 'info', now: () => 0, write: (line) => lines.push(line) });
    const failed = new Error(
      'Failed query: insert into "people" values (?, ?)\nparams: Li Wei,$argon2id$v=19\n    at x',
    );
    log.error('http/failed', { error: new Error('no', { cause: failed }) });
    assert.match(lines[0] ?? '', /insert into/);
    assert.doesNotMatch(lines[0] ?? '', /Li Wei|argon2id/);
    assert.match(lines[0] ?? '', /left out\)\\n {4}at .*platform\.test/);
  });

  test('for people keeps a forged line inside its field', () => {
    const lines: string[] = [];
    const log = createLogger({ format: 'pretty', level: 'info', now: () => 0, write: (line) => lines.push(line) });
    log.info('socket/refused', { origin: 'x\n00:00:00 info  fake/event' });
    assert.deepEqual(lines, ['00:00:00 info  socket/refused origin="x\\n00:00:00 info  fake/event"']);
  });
});

test('a listener that fails does not keep the others from hearing', () => {
  const errors: unknown[] = [];
  const events = createEvents<{ news: { n: number } }>((error) => errors.push(error));
  const heard: number[] = [];
  events.on('news', () => {
    throw new Error('no');
  });
  const stop = events.on('news', ({ n }) => heard.push(n));
  events.emit('news', { n: 1 });
  stop();
  events.emit('news', { n: 2 });
  assert.deepEqual(heard, [1]);
  assert.equal(errors.length, 2);
});
