import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { openDatabase } from '../platform/database.ts';
import { silentLogger } from '../platform/logger.ts';
import { migrate, readMigrations, type Migration } from '../platform/migrations.ts';
import { systemRandom } from '../platform/random.ts';
import { createTestClock } from '../platform/test-clock.ts';
import { checkArchive } from './backup/archive.ts';
import { restoreBackup } from './backup/restore.ts';
import { createTestDataDirectory, fingerprintOfTree, type TestDataDirectory } from './backup/test-data-directory.ts';
import { prepareUpgrade, UpgradeRefused, type Upgrade } from './upgrade.ts';

const clock = createTestClock(Date.UTC(2026, 10, 25, 22, 4, 5, 678));
const next = (number: number): Migration => ({
  number,
  name: `${number}_next`,
  sql: `CREATE TABLE next_${number} (x INTEGER) STRICT;`,
});
const present = readMigrations();

let made: TestDataDirectory;
beforeEach(() => {
  made = createTestDataDirectory({ isMigrated: true });
});
afterEach(() => made.remove());

const prepare = (migrations: readonly Migration[], hasBackup = true): Promise<Upgrade | null> =>
  prepareUpgrade({ dataDir: made.dataDir, migrations, version: '2.0.0', hasBackup, clock, log: silentLogger });

/** As the start of a server does it. */
async function upgrade(migrations: readonly Migration[]): Promise<Upgrade | null> {
  const prepared = await prepare(migrations);
  const database = openDatabase(join(made.dataDir, 'handrail.db'));
  migrate(database.raw, migrations);
  database.close();
  return prepared;
}

describe('an upgrade', () => {
  test('makes a backup before it changes the database', async () => {
    const prepared = await prepare([...present, next(9001), next(9002)]);
    const backup = 'before-9001-20261125T220405Z.tar';
    assert.deepEqual(prepared, { from: present.at(-1)?.name, to: '9002_next', backup });
    const { manifest } = await checkArchive({ file: join(made.dataDir, 'backups', backup) });
    assert.equal(manifest.schema, present.at(-1)?.name);
  });

  test('can be gone back on by restoring that backup', async () => {
    const people = (dataDir: string): unknown => {
      const { raw, close } = openDatabase(join(dataDir, 'handrail.db'));
      const schema = raw.prepare('SELECT max(number) FROM schema_migrations').pluck().get();
      const names = raw.prepare('SELECT name FROM people ORDER BY name').pluck().all();
      close();
      return { schema, names };
    };
    const before = people(made.dataDir);
    const { backup } = (await upgrade([...present, next(9001)])) ?? { backup: null };
    assert.notDeepEqual(people(made.dataDir), before);
    const dataDir = join(made.folder, 'back');
    const file = join(made.dataDir, 'backups', backup ?? '');
    await restoreBackup({ file, dataDir, operator: { id: 'operator', label: '' }, clock, random: systemRandom });
    assert.deepEqual(people(dataDir), before);
    assert.ok(!readdirSync(dataDir).includes('backups'));
  });

  test('keeps the last three of its backups and touches no other file there', async () => {
    mkdirSync(join(made.dataDir, 'backups'));
    openDatabase(join(made.dataDir, 'backups', 'mine.tar')).close();
    const migrations = [...present];
    for (let number = 9001; number <= 9005; number += 1) {
      clock.advance({ h: 1 });
      migrations.push(next(number));
      await upgrade(migrations);
    }
    const kept = readdirSync(join(made.dataDir, 'backups')).map((name) => name.slice(0, 11));
    assert.deepEqual(kept.sort(), ['before-9003', 'before-9004', 'before-9005', 'mine.tar']);
  });

  test('without one, when the operator has said so, leaves none', async () => {
    assert.equal((await prepare([...present, next(9001)], false))?.backup, null);
    assert.ok(!readdirSync(made.dataDir).includes('backups'));
  });

  test('is none when there is nothing to migrate, or nothing there yet', async () => {
    assert.equal(await prepare(present), null);
    rmSync(made.dataDir, { recursive: true });
    mkdirSync(made.dataDir);
    assert.equal(await prepare(present), null);
    assert.deepEqual(readdirSync(made.dataDir), []);
  });
});

describe('a data directory is refused and left as it is', () => {
  async function refused(migrations: readonly Migration[], message: RegExp): Promise<void> {
    // Shared memory of SQLite is an index that every reader may build again; it is no content.
    const tree = (): string[] => fingerprintOfTree(made.folder).filter((line) => !line.includes('.db-shm'));
    const untouched = tree();
    await assert.rejects(prepare(migrations), (error) => {
      assert.ok(error instanceof UpgradeRefused);
      assert.match(error.message, message);
      return true;
    });
    assert.deepEqual(tree(), untouched);
  }

  test('when a newer version has written it', async () => {
    await upgrade([...present, next(9001)]);
    await refused(
      present,
      /newer Handrail \(schema 9001_next, this version knows \d{4}_[\w-]+\)\. Nothing was changed/,
    );
  });

  test('when a restore into it did not finish', async () => {
    mkdirSync(join(made.dataDir, '.restoring'));
    await refused(present, /a restore into .* did not finish/);
  });

  test('when it is of a newer version and its server was killed', async () => {
    const killed = createTestDataDirectory();
    made.remove();
    made = killed;
    await refused([], /newer Handrail \(schema 0003_sessions/);
  });
});
