import { z } from '../zod.ts';
import { language, timeMs } from './shared.ts';
import { peopleFilter, personId, role, type Role } from './access.ts';

/** Bytes of a file and people in it: enough for a company, and one transaction does not hold the server up. */
export const MAX_IMPORT_BYTES = 1024 * 1024;
export const MAX_IMPORT_ROWS = 2000;

/** Whoever is given one of these by a file is named and must be confirmed. */
export const PRIVILEGED_ROLES = ['security', 'auditor', 'admin'] as const satisfies readonly Role[];

/** What a row says about a person. The first three must be there. */
export const IMPORT_COLUMNS = ['employeeNumber', 'name', 'department', 'roles'] as const;
export type ImportColumn = (typeof IMPORT_COLUMNS)[number];
export const REQUIRED_COLUMNS = ['employeeNumber', 'name', 'department'] as const satisfies readonly ImportColumn[];

/** How columns and roles may be written in a file; the first of each language is what we write ourselves. */
export const COLUMN_WORDS = {
  employeeNumber: {
    en: ['Employee number', 'Number', 'Badge number', 'Personnel number'],
    'zh-CN': ['工号', '员工编号'],
  },
  name: { en: ['Name', 'Full name'], 'zh-CN': ['姓名', '名字'] },
  department: { en: ['Department'], 'zh-CN': ['部门', '所属部门'] },
  roles: { en: ['Roles', 'Role'], 'zh-CN': ['角色'] },
} as const satisfies Record<ImportColumn, Record<z.infer<typeof language>, readonly string[]>>;
export const ROLE_WORDS = {
  employee: { en: ['Employee'], 'zh-CN': ['员工'] },
  agent: { en: ['Agent'], 'zh-CN': ['支持人员'] },
  lead: { en: ['Lead'], 'zh-CN': ['组长'] },
  security: { en: ['Security'], 'zh-CN': ['安全人员'] },
  auditor: { en: ['Auditor'], 'zh-CN': ['审计员'] },
  admin: { en: ['Administrator', 'Admin'], 'zh-CN': ['管理员'] },
} as const satisfies Record<Role, Record<z.infer<typeof language>, readonly string[]>>;

export const ENCODINGS = ['utf-8', 'utf-16le', 'utf-16be', 'gb18030', 'windows-1252'] as const;
export type Encoding = (typeof ENCODINGS)[number];
export const SEPARATORS = [',', ';', '\t'] as const;

/** What is wrong with the file or with one row of it. */
export const IMPORT_FAULTS = [
  'file.empty',
  'file.unreadable',
  'file.too-many-rows',
  'header.missing',
  'header.twice',
  'row.quotes',
  'row.too-few',
  'row.too-many',
  'row.too-long',
  'number.missing',
  'number.wrong',
  'number.twice',
  'name.missing',
  'name.too-long',
  'name.wrong',
  'department.missing',
  'department.too-long',
  'department.wrong',
  'role.unknown',
  'admin.last',
] as const;
export type ImportFault = (typeof IMPORT_FAULTS)[number];
export const importError = z.object({
  /** As an editor counts them, from 1. */
  line: z.number(),
  column: z.enum(IMPORT_COLUMNS).nullable(),
  fault: z.enum(IMPORT_FAULTS),
  /** What stands there, cut short. */
  value: z.string(),
  /** Another line that has to do with it. */
  seeLine: z.number().nullable(),
});
export type ImportError = z.infer<typeof importError>;

/** What the administrator has decided; what was not asked is left out. As query parameters beside the file. */
export const importChoices = z.strictObject({
  /** Instead of what the bytes look like. */
  encoding: z.enum(ENCODINGS).optional(),
  /** People who are there already and differ: change them as the file says, or leave them as they are. */
  existing: z.enum(['change', 'keep']).optional(),
  /** Departments that do not exist are added. */
  departments: z.literal('add').optional(),
  /** People get roles that let them see or change what others may not. */
  privileged: z.literal('give').optional(),
});
export type ImportChoices = z.infer<typeof importChoices>;
/** Choices without which the file cannot be imported. */
export const IMPORT_QUESTIONS = ['existing', 'departments', 'privileged'] as const;
export type ImportQuestion = (typeof IMPORT_QUESTIONS)[number];

export const importRow = z.object({
  line: z.number(),
  kind: z.enum(['add', 'change', 'keep', 'same']),
  employeeNumber: z.string(),
  name: z.string(),
  department: z.string(),
  roles: z.array(role),
  /** For those that exist and differ: what it is now. */
  before: z
    .object({ name: z.string(), department: z.string(), roles: z.array(role) })
    .partial()
    .nullable(),
});
export type ImportRow = z.infer<typeof importRow>;

/**
 * POST /api/people/import/preview?choices, body text/csv → importPreview. Writes nothing. `digest` stands for all that
 * importing would do, with these choices and on the people of this moment.
 */
export const importPreview = z.object({
  digest: z.string(),
  encoding: z.enum(ENCODINGS),
  separator: z.enum(SEPARATORS),
  /** The first errors, in the order of the file; none: it can be imported when no question is open. */
  errors: z.array(importError),
  errorCount: z.number(),
  rows: z.array(importRow),
  ignoredColumns: z.array(z.string()),
  newDepartments: z.array(z.string()),
  /** Rows whose people get a privileged role that they do not have. */
  privileged: z.array(
    z.object({ line: z.number(), name: z.string(), employeeNumber: z.string(), roles: z.array(role) }),
  ),
  /** What the file makes necessary to decide, and which of it is not decided. */
  asks: z.array(z.enum(IMPORT_QUESTIONS)),
  open: z.array(z.enum(IMPORT_QUESTIONS)),
});
export type ImportPreview = z.infer<typeof importPreview>;

/**
 * POST /api/people/import?choices&digest=, body text/csv → imported. All or nothing. 409 import.has-errors while rows are
 * wrong or questions open, 409 import.changed when it would not do what the preview with this digest has shown.
 */
export const importOrder = importChoices.extend({ digest: z.string().regex(/^[0-9a-f]{64}$/) });
export const imported = z.object({
  added: z.number(),
  changed: z.number(),
  departments: z.number(),
  /** One-time links of those who were added; shown once. */
  links: z.array(z.object({ personId, employeeNumber: z.string(), name: z.string(), url: z.string() })),
  linksExpireAt: timeMs,
});
export type Imported = z.infer<typeof imported>;

// GET /api/people/import/template?language= → text/csv with the columns and two rows to show how
export const templateQuery = z.strictObject({ language: language.default('en') });
// GET /api/people/export?language=&q=&department=&role=&state= → text/csv that can be imported again
export const exportQuery = peopleFilter.extend({ language: language.default('en') });
