import BetterSqlite3 from 'better-sqlite3';

/**
 * One server at a time on a data directory. The lock is the operating system's, held through an open SQLite file, so it
 * is gone when the process is, however it ended. Returns the release, or null when another server holds it.
 */
export function lockDataDirectory(file: string): (() => void) | null {
  const lock = new BetterSqlite3(file, { timeout: 0 });
  try {
    lock.pragma('locking_mode = EXCLUSIVE');
    lock.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close();
    if (error instanceof BetterSqlite3.SqliteError && error.code.startsWith('SQLITE_BUSY')) return null;
    throw error;
  }
  return () => {
    lock.close();
  };
}
