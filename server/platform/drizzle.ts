/**
 * The one way to drizzle-orm. Its ES modules make Node parse the package's manifest of 175 KB again for every file they
 * import: 0.6 s and 200 MB at every start. The CommonJS build, which is the same code, costs 0.1 s and 20 MB.
 */
import { createRequire } from 'node:module';

export type { SQL } from 'drizzle-orm';
export type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
export type { BaseSQLiteDatabase } from 'drizzle-orm/sqlite-core';

const require = createRequire(import.meta.url);

/* eslint-disable @typescript-eslint/consistent-type-imports -- a required module has no other name for its type */
const orm = require('drizzle-orm') as typeof import('drizzle-orm');
const driver = require('drizzle-orm/better-sqlite3') as typeof import('drizzle-orm/better-sqlite3');
const core = require('drizzle-orm/sqlite-core') as typeof import('drizzle-orm/sqlite-core');
/* eslint-enable @typescript-eslint/consistent-type-imports */

export const { and, asc, count, desc, eq, gt, gte, inArray, isNotNull, isNull, lt, lte, max, min, ne, or, sql } = orm;
export const { drizzle } = driver;
export const { blob, integer, primaryKey, sqliteTable, text } = core;
