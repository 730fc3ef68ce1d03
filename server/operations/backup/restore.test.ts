import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import fc from 'fast-check';
import { verifyAudit } from '../../audit/verify.ts';
import { openDatabase } from '../../platform/database.ts';
import { systemRandom } from '../../platform/random.ts';
import { createTestClock } from '../../platform/test-clock.ts';
import { createTestDatabase } from '../../platform/test-database.ts';
import { readIdentities } from './age.adapter.ts';
import { checkArchive } from './archive.ts';
import { BackupError } from './backup-error.ts';
import { makeBackup, type BackupMade } from './backup.ts';
import { lockMaintenance } from './maintenance-lock.ts';
import { restoreBackup, type Restored } from './restore.ts';
import { TAR_END, tarHeader, tarPadding } from './tar.ts';
import { createTestDataDirectory, fingerprintOfTree, type TestDataDirectory } from './test-data-directory.ts';

const clock = createTestClock(Date.UTC(2026, 10, 25, 22));
const operator = { id: 'operator', label: 'root' };

let made: TestDataDirectory;
let whole: BackupMade;
let archive = '';
let original: Buffer;
before(async () => {
  made = createTestDataDirectory({ isMigrated: true });
  archive = join(made.folder, 'backup.tar');
  whole = await makeBackup({ dataDir: made.dataDir, file: archive, version: '1.2.3', clock });
  original = readFileSync(archive);
});
after(() => made.remove());

let target = '';
beforeEach(() => {
  target = join(made.folder, 'target');
});
afterEach(() => rmSync(target, { recursive: true, force: true }));

const restore = (file: string, identities: string[] = []): Promise<Restored> =>
  restoreBackup({ file, identities, dataDir: target, operator, clock, random: systemRandom });

/** Restores these bytes; the folder must be afterwards as it was before. */
async function refusal(bytes: Buffer): Promise<string> {
  const file = join(made.folder, 'other.tar');
  writeFileSync(file, bytes);
  const untouched = fingerprintOfTree(made.folder);
  let message = '';
  await assert.rejects(restore(file), (error) => {
    assert.ok(error instanceof BackupError, String(error));
    message = error.message;
    return true;
  });
  assert.deepEqual(fingerprintOfTree(made.folder), untouched);
  rmSync(file);
  return message;
}

interface Named {
  path: string;
  content: Buffer;
}

/** The entries of the good archive. */
function entriesOf(bytes: Buffer): Named[] {
  const entries: Named[] = [];
  for (let at = 0; bytes[at] !== 0;) {
    const path = bytes.toString('latin1', at, at + 100).replace(/\0.*$/s, '');
    const size = parseInt(bytes.toString('latin1', at + 124, at + 136), 8);
    entries.push({ path, content: bytes.subarray(at + 512, at + 512 + size) });
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return entries;
}

/** An archive of these entries whose sums and announced size are right unless told otherwise. */
function packed(entries: readonly Named[], { isCounted = true } = {}): Buffer {
  const files = entries.filter(({ path }) => !['handrail-backup.json', 'SHA256SUMS'].includes(path));
  const announced = JSON.parse(
    original.toString('utf8', 512, 512 + (entriesOf(original)[0]?.content.length ?? 0)),
  ) as object;
  const counted = { files: files.length, bytes: files.reduce((sum, { content }) => sum + content.length, 0) };
  const manifest = { ...announced, ...(isCounted && counted) };
  const first = { path: 'handrail-backup.json', content: Buffer.from(JSON.stringify(manifest)) };
  const sums = [first, ...files].map(
    ({ path, content }) => `${createHash('sha256').update(content).digest('hex')}  ${path}\n`,
  );
  const all = [first, ...files, { path: 'SHA256SUMS', content: Buffer.from(sums.join('')) }];
  const parts = all.flatMap(({ path, content }) => [
    tarHeader({ path, bytes: content.length, modifiedAt: 0 }),
    content,
    tarPadding(content.length),
  ]);
  return Buffer.concat([...parts, TAR_END]);
}

describe('a backup', () => {
  test('is one file that its owner alone can read, with every file of the directory and the sums of all', () => {
    assert.equal(statSync(archive).mode & 0o777, 0o600);
    assert.equal(whole.bytes, original.length);
    assert.equal(whole.sha256, createHash('sha256').update(original).digest('hex'));
    assert.deepEqual(whole.lost, []);
    const folder = join(made.folder, 'unpacked');
    mkdirSync(folder);
    execFileSync('tar', ['-xf', archive, '-C', folder]);
    execFileSync('sha256sum', ['--check', '--strict', '--quiet', 'SHA256SUMS'], { cwd: folder });
    const kept = readdirSync(made.dataDir, { recursive: true, encoding: 'utf8' }).filter((name) => name.includes('/'));
    for (const name of kept) assert.deepEqual(readFileSync(join(folder, name)), readFileSync(join(made.dataDir, name)));
    assert.ok(!readdirSync(folder).some((name) => name.startsWith('lock')));
    rmSync(folder, { recursive: true });
  });

  test('leaves nothing behind in the data directory, and nothing at all when it fails', async () => {
    assert.ok(!existsSync(join(made.dataDir, '.backup')));
    const file = join(made.folder, 'second.tar');
    symlinkSync('/etc/passwd', join(made.dataDir, 'attachments', 'link'));
    await assert.rejects(
      makeBackup({ dataDir: made.dataDir, file, version: '1', clock }),
      /attachments\/link .* not a regular/,
    );
    rmSync(join(made.dataDir, 'attachments', 'link'));
    assert.deepEqual([existsSync(file), existsSync(`${file}.partial`)], [false, false]);
    assert.ok(!existsSync(join(made.dataDir, '.backup')));
  });

  test('never overwrites another one', async () => {
    const again = makeBackup({ dataDir: made.dataDir, file: archive, version: '1', clock });
    await assert.rejects(again, /exists already/);
    assert.deepEqual(readFileSync(archive), original);
  });

  test('is made one at a time', async () => {
    const unlock = lockMaintenance(made.dataDir);
    const file = join(made.folder, 'second.tar');
    await assert.rejects(makeBackup({ dataDir: made.dataDir, file, version: '1', clock }), /another backup/);
    unlock();
  });

  test('says which attachments the disk has lost, and is made all the same', async () => {
    const dataDir = join(made.folder, 'lossy');
    cpSync(made.dataDir, dataDir, { recursive: true });
    const [name = ''] = readdirSync(join(dataDir, 'attachments'));
    rmSync(join(dataDir, 'attachments', name));
    const file = join(made.folder, 'lossy.tar');
    assert.deepEqual((await makeBackup({ dataDir, file, version: '1', clock })).lost, [name]);
    await checkArchive({ file });
    for (const path of [dataDir, file]) rmSync(path, { recursive: true });
  });
});

describe('an encrypted backup', () => {
  const identityFile = (): string => join(made.folder, 'identity.txt');
  let recipient = '';
  let encrypted = '';
  before(async () => {
    execFileSync('age-keygen', ['-o', identityFile()], { stdio: 'ignore' });
    recipient = execFileSync('age-keygen', ['-y', identityFile()], { encoding: 'utf8' }).trim();
    encrypted = join(made.folder, 'backup.tar.age');
    await makeBackup({ dataDir: made.dataDir, file: encrypted, recipients: [recipient], version: '1', clock });
  });
  const identities = (): string[] => readIdentities(readFileSync(identityFile(), 'utf8'));

  test('shows nothing of what is in it, is read by age(1), and restored with the identity', async () => {
    const bytes = readFileSync(encrypted);
    for (const word of ['handrail.db', 'authority', 'Lindgren', 'PRIVATE KEY'])
      assert.equal(bytes.includes(word), false);
    const plain = execFileSync('age', ['-d', '-i', identityFile(), encrypted], { maxBuffer: 1e8 });
    assert.equal(entriesOf(plain).length, entriesOf(original).length);
    const { manifest } = await restore(encrypted, identities());
    assert.equal(manifest.files, whole.manifest.files);
  });

  test('that age(1) encrypted is restored too', async () => {
    const file = join(made.folder, 'by-age.tar.age');
    execFileSync('age', ['-r', recipient, '-o', file, archive]);
    assert.equal((await restore(file, identities())).manifest.version, '1.2.3');
    rmSync(file);
  });

  test('without its identity, with another one, or damaged anywhere, restores nothing', async () => {
    await assert.rejects(restore(encrypted), /is encrypted: .*--identity/);
    const other = join(made.folder, 'other.txt');
    execFileSync('age-keygen', ['-o', other], { stdio: 'ignore' });
    await assert.rejects(
      restore(encrypted, readIdentities(readFileSync(other, 'utf8'))),
      /not encrypted for this identity/,
    );
    await assert.rejects(restore(encrypted, ['AGE-SECRET-KEY-1NONSENSE']), (error) => {
      assert.ok(error instanceof BackupError && !error.message.includes('NONSENSE'));
      return true;
    });
    const bytes = readFileSync(encrypted);
    const file = join(made.folder, 'damaged.tar.age');
    for (const part of [0.3, 0.9]) {
      const damaged = Buffer.from(bytes);
      const at = Math.floor(bytes.length * part);
      damaged[at] = (damaged[at] ?? 0) ^ 1;
      writeFileSync(file, damaged);
      await assert.rejects(restore(file, identities()), /damaged|ends in the middle/);
      assert.equal(existsSync(target), false);
    }
    writeFileSync(file, bytes.subarray(0, bytes.length - 1000));
    await assert.rejects(restore(file, identities()), BackupError);
    rmSync(file);
  });

  test('is not made for what is no recipient', async () => {
    const file = join(made.folder, 'no.age');
    const recipients = ['ssh-ed25519 AAAA'];
    await assert.rejects(
      makeBackup({ dataDir: made.dataDir, file, recipients, version: '1', clock }),
      /no.* age recipient/,
    );
    assert.equal(existsSync(file), false);
  });
});

describe('a restore', () => {
  test('brings every file back, for its owner alone, and a chain that goes on', async () => {
    const { voided, auditHead, verdict } = await restore(archive);
    assert.deepEqual(readdirSync(target).sort(), ['attachments', 'authority', 'handrail.db']);
    for (const { path, content } of entriesOf(original).filter((entry) => entry.path.includes('/'))) {
      assert.deepEqual(readFileSync(join(target, path)), content);
      assert.equal(statSync(join(target, path)).mode & 0o777, 0o600);
    }
    assert.equal(statSync(target).mode & 0o777, 0o700);
    assert.ok(verdict.isIntact);
    const { raw, close } = openDatabase(join(target, 'handrail.db'));
    const after = verifyAudit(raw, {
      caCertificate: readFileSync(join(target, 'authority', 'ca.crt'), 'utf8'),
      head: auditHead,
    });
    assert.ok(after.isIntact && after.head.seq > whole.manifest.auditHead.seq);
    const payloads = raw
      .prepare<[number], { payload: string }>('SELECT payload FROM audit_events WHERE seq > ? ORDER BY seq')
      .all(whole.manifest.auditHead.seq)
      .map(({ payload }) => JSON.parse(payload) as { action: string; actor: object; detail: Record<string, unknown> });
    assert.deepEqual(payloads[0]?.actor, operator);
    assert.deepEqual(payloads[0]?.detail, {
      backupMadeAt: clock.now(),
      backupVersion: '1.2.3',
      headSeq: whole.manifest.auditHead.seq,
      headHash: whole.manifest.auditHead.hash,
      isAuditIntact: true,
    });
    assert.deepEqual(
      payloads.map(({ action }) => action),
      ['appliance/restored', 'identity/revoked', 'certificate/revoked', 'session/ended', 'session/ended'],
    );
    assert.deepEqual([voided.signIns, voided.passwordLinks, voided.invitations], [3, 1, 1]);
    close();
  });

  test('leaves nothing in the database that opens anything', async () => {
    await restore(archive);
    const { raw, close } = openDatabase(join(target, 'handrail.db'));
    const count = (sql: string): unknown => raw.prepare(sql).pluck().get();
    assert.equal(count('SELECT count(*) FROM sign_ins'), 0);
    assert.equal(count('SELECT count(*) FROM password_links'), 0);
    assert.equal(count('SELECT count(*) FROM invitations WHERE secret_hash IS NOT NULL OR code_hmac IS NOT NULL'), 0);
    assert.equal(count('SELECT count(*) FROM helper_tokens WHERE closed_at IS NULL'), 0);
    assert.equal(count("SELECT count(*) FROM sessions WHERE state <> 'ended'"), 0);
    assert.equal(count('SELECT count(*) FROM session_grants WHERE revoked_at IS NULL'), 0);
    assert.equal(
      count("SELECT count(*) FROM certificates WHERE kind IN ('identity', 'device') AND revoked_at IS NULL"),
      0,
    );
    assert.equal(count('SELECT count(*) FROM people WHERE password_hash IS NOT NULL'), 3);
    close();
  });

  test('knows every column that can hold a secret', () => {
    const { raw, close } = createTestDatabase();
    const tables = raw
      .prepare<[], string>("SELECT name FROM sqlite_master WHERE type = 'table'")
      .pluck()
      .all() as unknown as string[];
    const found = tables.flatMap((table) =>
      (raw.pragma(`table_xinfo(${table})`) as { name: string }[])
        .filter(({ name }) => /hash|secret|token|hmac|password|_key|salt|code/.test(name))
        .map(({ name }) => `${table}.${name}`),
    );
    // Names as they are searched and sorted: keys of an index.
    const isSearched = (column: string): boolean => /\.(search|sort)_key$/.test(column);
    // Adding a line here means having said in voiding.repository.ts what a restore does with it.
    assert.deepEqual(found.filter((column) => !isSearched(column)).sort(), [
      ...['audit_checkpoints.hash', 'audit_events.hash', 'audit_events.payload_hash', 'audit_events.prev_hash'],
      ...['audit_events.salt', 'certificates.public_key_sha256', 'helper_tokens.token_hash'],
      ...['invitations.code_expires_at', 'invitations.code_hmac', 'invitations.secret_hash'],
      ...['password_links.token_hash', 'people.password_hash', 'sign_ins.secret_hash'],
    ]);
    close();
  });

  test('of a database as an older version left it does not migrate it, so that one can go back', async () => {
    const old = createTestDataDirectory();
    const file = join(old.folder, 'old.tar');
    await makeBackup({ dataDir: old.dataDir, file, version: '0.1.0', clock });
    await restore(file);
    const { raw, close } = openDatabase(join(target, 'handrail.db'));
    assert.equal(raw.prepare('SELECT max(number) FROM schema_migrations').pluck().get(), 3);
    close();
    old.remove();
  });

  test('into a directory that is not empty, or that an earlier one left half filled, is refused', async () => {
    mkdirSync(target);
    writeFileSync(join(target, 'notes.txt'), 'mine');
    await assert.rejects(restore(archive), /not empty \(notes\.txt\)/);
    assert.deepEqual(readdirSync(target), ['notes.txt']);
    rmSync(join(target, 'notes.txt'));
    mkdirSync(join(target, '.restoring'));
    await assert.rejects(restore(archive), /earlier restore .* did not finish/);
    rmSync(join(target, '.restoring'), { recursive: true });
    mkdirSync(join(target, 'lost+found'));
    await restore(archive);
  });
});

describe('a restore refuses, names the first bad entry, and leaves every file as it was:', () => {
  const good = (): Named[] => entriesOf(original).slice(1, -1);
  const evil = Buffer.from('evil');

  test('a flipped bit in any entry', async () => {
    let at = 0;
    for (const { path, content } of entriesOf(original)) {
      if (content.length > 0) {
        const damaged = Buffer.from(original);
        const byte = at + 512 + Math.floor(content.length / 2);
        damaged[byte] = (damaged[byte] ?? 0) ^ 4;
        const message = await refusal(damaged);
        if (path !== 'SHA256SUMS') assert.match(message, new RegExp(`^${path.replaceAll('.', '\\.')} is damaged`));
      }
      at += 512 + Math.ceil(content.length / 512) * 512;
    }
  });

  test('an archive cut off anywhere', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: original.length - 1025 }), async (length) => {
        await refusal(original.subarray(0, length));
      }),
      { numRuns: 15 },
    );
  });

  test('a path that climbs out, is absolute, hidden, too deep, or the server’s own affair', async () => {
    for (const path of [
      '../evil',
      'attachments/../../evil',
      '/etc/evil',
      'attachments//evil',
      './evil',
      '.restoring/evil',
      'a/b/c/d/e/f/g',
      'attachments\\..\\evil',
      'lock',
      'maintenance',
      'handrail.db-wal',
      'backups/evil.tar',
    ])
      assert.match(
        await refusal(packed([...good(), { path, content: evil }])),
        /is not a path that a backup has/,
        path,
      );
  });

  test('the same path twice, and a file where a folder is', async () => {
    const [first] = good();
    assert.ok(first);
    assert.match(await refusal(packed([...good(), first])), /handrail\.db is in the archive twice/);
    assert.match(
      await refusal(packed([...good(), { path: 'attachments', content: evil }])),
      /attachments is in the archive twice/,
    );
    const below = { path: 'authority/ca.key/x', content: evil };
    assert.match(await refusal(packed([...good(), below])), /ca\.key\/x is in the archive twice/);
  });

  test('more than was announced, before it is read to its end', async () => {
    const bomb = packed([...good(), { path: 'bomb', content: Buffer.alloc(50_000_000) }], { isCounted: false });
    assert.match(await refusal(bomb), /^bomb is more than the backup says it holds/);
    const many = Array.from({ length: 50 }, (_, index) => ({ path: `many/${index}`, content: Buffer.alloc(0) }));
    assert.match(await refusal(packed([...good(), ...many], { isCounted: false })), /^many\/0 is more than/);
  });

  test('a header that promises more than the archive has', async () => {
    const huge = tarHeader({ path: 'huge', bytes: 7_000_000_000, modifiedAt: 0 });
    const manifest = original.subarray(0, 1024);
    assert.match(await refusal(Buffer.concat([manifest, huge, Buffer.alloc(1000)])), /^huge is more than/);
  });

  test('an entry without a sum, a sum without an entry, and one that must be there', async () => {
    const entries = entriesOf(original);
    const withoutSum = packed(good());
    const extra = { path: 'zz', content: Buffer.from('x') };
    const at = withoutSum.lastIndexOf('SHA256SUMS');
    const header = tarHeader({ path: extra.path, bytes: 1, modifiedAt: 0 });
    const inserted = Buffer.concat([
      withoutSum.subarray(0, at),
      header,
      extra.content,
      tarPadding(1),
      withoutSum.subarray(at),
    ]);
    assert.match(await refusal(inserted), /^zz is more than/);
    for (const gone of ['authority/ca.key', 'handrail.db'])
      assert.equal(await refusal(packed(good().filter(({ path }) => path !== gone))), `${gone} is missing`);
    assert.ok(entries.length > 5);
  });

  test('something behind the sums, and something that is no backup at all', async () => {
    const behind = Buffer.concat([
      original.subarray(0, original.length - TAR_END.length),
      tarHeader({ path: 'late', bytes: 0, modifiedAt: 0 }),
      TAR_END,
    ]);
    assert.match(await refusal(behind), /late stands behind the sums/);
    for (const bytes of [Buffer.alloc(0), Buffer.alloc(2048), Buffer.from('PK\u0003\u0004'), packed([]).subarray(1024)])
      assert.match(await refusal(bytes), /is no backup of Handrail/);
  });

  test('a database that is damaged inside although its sum is right', async () => {
    const entries = good().map((entry) => {
      if (entry.path !== 'handrail.db') return entry;
      const content = Buffer.from(entry.content);
      content.fill(0xee, 8192, 16_384);
      return { path: entry.path, content };
    });
    assert.match(await refusal(packed(entries)), /database in the backup is damaged/);
  });

  test('a backup of a newer version, whatever it says of itself', async () => {
    const newer = createTestDataDirectory({ isMigrated: true });
    const { raw, close } = openDatabase(join(newer.dataDir, 'handrail.db'));
    raw.prepare('INSERT INTO schema_migrations VALUES (?, ?, ?, ?)').run(9000, '9000_future', 'x', 0);
    close();
    const file = join(newer.folder, 'newer.tar');
    await makeBackup({ dataDir: newer.dataDir, file, version: '9.0.0', clock });
    const bytes = readFileSync(file);
    assert.match(await refusal(bytes), /newer Handrail \(9\.0\.0, schema 9000_future\)/);
    assert.match(await refusal(packed(entriesOf(bytes).slice(1, -1))), /newer Handrail/);
    newer.remove();
  });
});
