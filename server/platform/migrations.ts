import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import type { RawDatabase } from './database.ts';

export interface Migration {
  number: number;
  name: string;
  sql: string;
}

export const MIGRATIONS_DIRECTORY = new URL('../../migrations/', import.meta.url);

/** Reads `NNNN_name.sql`, in order. Two with one number, or a file with another name, is a mistake of ours. */
export function readMigrations(directory: URL = MIGRATIONS_DIRECTORY): Migration[] {
  const migrations = readdirSync(directory)
    .filter((file) => file.endsWith('.sql'))
    .sort()
    .map((file) => {
      const match = /^(\d{4})_([a-z0-9-]+)\.sql$/.exec(file);
      if (match === null) throw new Error(`migrations/${file} is not named NNNN_name.sql`);
      return {
        number: Number(match[1]),
        name: file.slice(0, -'.sql'.length),
        sql: readFileSync(new URL(file, directory), 'utf8'),
      };
    });
  const numbers = new Set(migrations.map((migration) => migration.number));
  if (numbers.size !== migrations.length) throw new Error('two migrations have the same number');
  return migrations;
}

/**
 * Applies what is missing, each in its own transaction. Refuses a database that a newer version has made and one whose
 * applied migrations have since been edited: migrations are append only.
 */
export function migrate(raw: RawDatabase, migrations: readonly Migration[] = readMigrations()): { applied: string[] } {
  raw.exec(
    `CREATE TABLE IF NOT EXISTS schema_migrations (
       number INTEGER PRIMARY KEY, name TEXT NOT NULL, sha256 TEXT NOT NULL, applied_at INTEGER NOT NULL) STRICT`,
  );
  const known = new Map(migrations.map((migration) => [migration.number, migration]));
  const rows = raw
    .prepare<[], { number: number; name: string; sha256: string }>(
      'SELECT number, name, sha256 FROM schema_migrations ORDER BY number',
    )
    .all();
  for (const row of rows) {
    const migration = known.get(row.number);
    if (migration === undefined)
      throw new Error(`the database has migration ${row.name}, which this version does not know: use a newer version`);
    if (sha256(migration.sql) !== row.sha256)
      throw new Error(`migration ${row.name} was changed after it had been applied to this database`);
  }
  const done = new Set(rows.map((row) => row.number));
  const missing = migrations.filter((migration) => !done.has(migration.number));
  for (const migration of missing) apply(raw, migration);
  return { applied: missing.map((migration) => migration.name) };
}

export interface MigrationPlan {
  /** Names of what the database has, in order. */
  applied: string[];
  /** Names of those that this version does not know: a newer one has been here. */
  unknown: string[];
  missing: Migration[];
}

/** What `migrate` would do, without doing anything. A database without a table of migrations has none. */
export function readPlan(raw: RawDatabase, migrations: readonly Migration[]): MigrationPlan {
  const isTable = raw.prepare("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'schema_migrations'").get();
  const rows =
    isTable === undefined
      ? []
      : raw
          .prepare<[], { number: number; name: string }>('SELECT number, name FROM schema_migrations ORDER BY number')
          .all();
  const known = new Set(migrations.map(({ number }) => number));
  const done = new Set(rows.map(({ number }) => number));
  return {
    applied: rows.map(({ name }) => name),
    unknown: rows.filter(({ number }) => !known.has(number)).map(({ name }) => name),
    missing: migrations.filter(({ number }) => !done.has(number)),
  };
}

/** The newest migration of this database, for example `0003_sessions`; null when it has none. */
export function readSchemaName(raw: RawDatabase): string | null {
  const newest = raw.prepare<[], { name: string }>('SELECT name FROM schema_migrations ORDER BY number DESC LIMIT 1');
  return newest.get()?.name ?? null;
}

function apply(raw: RawDatabase, migration: Migration): void {
  raw.transaction(() => {
    raw.exec(migration.sql);
    raw
      .prepare('INSERT INTO schema_migrations (number, name, sha256, applied_at) VALUES (?, ?, ?, ?)')
      .run(migration.number, migration.name, sha256(migration.sql), Date.now());
  })();
}

const sha256 = (text: string): string => createHash('sha256').update(text, 'utf8').digest('hex');
