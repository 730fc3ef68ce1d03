import { openDatabase, type Database } from './database.ts';
import { migrate } from './migrations.ts';

/** A real database in memory with the real migrations. */
export function createTestDatabase(): Database {
  const database = openDatabase(':memory:');
  migrate(database.raw);
  return database;
}
