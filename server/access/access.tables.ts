import { blob, integer, primaryKey, sqliteTable, text } from '../platform/drizzle.ts';
import { ROLES } from '../../protocol/api/access.ts';

export const organisationTable = sqliteTable('organisation', {
  onlyRow: integer('only_row').primaryKey(),
  name: text('name').notNull(),
  setUpAt: integer('set_up_at').notNull(),
});

export const departmentsTable = sqliteTable('departments', {
  id: text('id').primaryKey(),
  name: text('name').notNull(),
  createdAt: integer('created_at').notNull(),
  searchKey: text('search_key').notNull(),
  sortKey: text('sort_key').notNull(),
});

export const peopleTable = sqliteTable('people', {
  id: text('id').primaryKey(),
  employeeNumber: text('employee_number').notNull(),
  name: text('name').notNull(),
  departmentId: text('department_id').notNull(),
  passwordHash: text('password_hash'),
  isActive: integer('is_active', { mode: 'boolean' }).notNull(),
  language: text('language', { enum: ['en', 'zh-CN'] }),
  createdAt: integer('created_at').notNull(),
  lastSignInAt: integer('last_sign_in_at'),
  searchKey: text('search_key').notNull(),
  sortKey: text('sort_key').notNull(),
});

export const personRolesTable = sqliteTable(
  'person_roles',
  { personId: text('person_id').notNull(), role: text('role', { enum: ROLES }).notNull() },
  (table) => [primaryKey({ columns: [table.personId, table.role] })],
);

export const personPhotosTable = sqliteTable('person_photos', {
  personId: text('person_id').primaryKey(),
  mediaType: text('media_type', { enum: ['image/png', 'image/jpeg'] }).notNull(),
  sha256: text('sha256').notNull(),
  bytes: blob('bytes', { mode: 'buffer' }).notNull(),
  changedAt: integer('changed_at').notNull(),
});

export const passwordLinksTable = sqliteTable('password_links', {
  tokenHash: text('token_hash').primaryKey(),
  personId: text('person_id').notNull(),
  expiresAt: integer('expires_at').notNull(),
});

export const signInsTable = sqliteTable('sign_ins', {
  id: text('id').primaryKey(),
  secretHash: text('secret_hash').notNull(),
  personId: text('person_id'),
  guestSessionId: text('guest_session_id'),
  createdAt: integer('created_at').notNull(),
  lastSeenAt: integer('last_seen_at').notNull(),
  expiresAt: integer('expires_at').notNull(),
});
