import { statSync } from 'node:fs';
import BetterSqlite3 from 'better-sqlite3';
import { drizzle, type BetterSQLite3Database, type BaseSQLiteDatabase } from './drizzle.ts';

/** The one adapter to better-sqlite3. Repositories take a `Tx`: the database itself or a running transaction. */
export type Tx = BaseSQLiteDatabase<'sync', BetterSqlite3.RunResult>;
export type RawDatabase = BetterSqlite3.Database;

export interface Database {
  /** For reads, and for single statements that need no transaction. */
  readonly db: Tx;
  readonly raw: RawDatabase;
  /** Takes the write lock at once (BEGIN IMMEDIATE), so that what was read inside is still true when it is written. */
  transaction<T>(work: (tx: Tx) => T): T;
  close(): void;
}

/**
 * WAL with `synchronous = NORMAL`: a committed transaction survives the death of the process; power loss may cost the
 * last ones but never consistency. FULL would cost an fsync for each commit. `docs/decisions/0002-foundation.md`.
 */
export function openDatabase(file: string): Database {
  const raw = new BetterSqlite3(file);
  raw.pragma('journal_mode = WAL');
  raw.pragma('synchronous = NORMAL');
  raw.pragma('foreign_keys = ON');
  raw.pragma('busy_timeout = 5000');
  raw.pragma('trusted_schema = OFF');
  const db: BetterSQLite3Database = drizzle(raw);
  return {
    db,
    raw,
    transaction: (work) => db.transaction((tx) => work(tx), { behavior: 'immediate' }),
    close: () => {
      raw.close();
    },
  };
}

/**
 * Looks without leaving a trace. A log that a killed server has left is not written back: whoever looks may still refuse
 * the whole directory.
 */
export function openForReading<T>(file: string, look: (raw: RawDatabase) => T): T {
  const readonly = (statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0) > 0;
  const raw = new BetterSqlite3(file, { readonly, fileMustExist: true });
  try {
    return look(raw);
  } finally {
    raw.close();
  }
}

/** All pages in one step, which is one moment in the database's life, however busy a server is on it meanwhile. */
const WHOLE = 0x7fffffff;

/** A copy that is consistent in itself, also of a database that a server has open. */
export async function copyDatabase(from: string, to: string): Promise<void> {
  // Not read-only: such a connection leaves its shared memory behind when it was the only one.
  const source = new BetterSqlite3(from, { fileMustExist: true });
  try {
    await source.backup(to, { progress: () => WHOLE });
  } finally {
    source.close();
  }
}

/** For offline tools: never changes the file, also while a server has it open. */
export function openReadOnly(file: string): RawDatabase {
  return new BetterSqlite3(file, { readonly: true, fileMustExist: true });
}

/** Whether a statement failed because a row with this unique key exists, for example `people.employee_number`. */
export function isUniqueViolation(error: unknown, column: string): boolean {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return (
    cause instanceof BetterSqlite3.SqliteError &&
    cause.code.startsWith('SQLITE_CONSTRAINT') &&
    cause.message.includes(`UNIQUE constraint failed: ${column}`)
  );
}
