import { Hono, type Context } from 'hono';
import { ROLES, type Person } from '../../protocol/api/access.ts';
import {
  COLUMN_WORDS,
  exportQuery,
  IMPORT_COLUMNS,
  importChoices,
  importOrder,
  MAX_IMPORT_BYTES,
  ROLE_WORDS,
  templateQuery,
} from '../../protocol/api/people-import.ts';
import type { Language } from '../../protocol/api/shared.ts';
import { readBytes, readQuery } from '../platform/body.ts';
import { AppError } from '../platform/errors.ts';
import { requireRole, type AccessEnv } from './access.middleware.ts';
import { actorOf, type AccessDeps } from './access.ts';
import { writeCsv } from '../../protocol/csv.ts';
import { createPeopleImport } from './people-import.ts';
import { listAllPeople } from './people-list.repository.ts';

/** People out of files and into files. Comes before the routes of single people, whose pattern would take these paths. */
export function createPeopleFilesRoutes(deps: AccessDeps): Hono<AccessEnv> {
  const app = new Hono<AccessEnv>();
  const adminOnly = requireRole('admin');
  const peopleImport = createPeopleImport(deps);

  app.post('/api/people/import/preview', adminOnly, async (c) => {
    const choices = readQuery(c, importChoices);
    return c.json(peopleImport.preview(await readCsv(c), choices));
  });

  app.post('/api/people/import', adminOnly, async (c) => {
    const order = readQuery(c, importOrder);
    return c.json(peopleImport.run(actorOf(c.get('person')), await readCsv(c), order), 201);
  });

  app.get('/api/people/import/template', adminOnly, (c) => {
    const { language } = readQuery(c, templateQuery);
    return sendCsv(c, 'people-template.csv', [headerIn(language), ...EXAMPLES[language]]);
  });

  app.get('/api/people/export', adminOnly, (c) => {
    const { language, ...filter } = readQuery(c, exportQuery);
    const people = deps.database.transaction((tx) => {
      const found = listAllPeople(tx, filter);
      const actor = actorOf(c.get('person'));
      deps.audit.append(tx, { actor, action: 'people/exported', detail: { count: found.length } });
      return found;
    });
    const rows = people.map((person) => [...cellsOf(person, language), ...moreOf(person, language)]);
    return sendCsv(c, 'people.csv', [[...headerIn(language), ...MORE[language]], ...rows]);
  });

  return app;
}

async function readCsv(c: Context<AccessEnv>): Promise<Buffer> {
  const mediaType = c.req.header('content-type')?.split(';')[0]?.trim().toLowerCase();
  if (mediaType !== 'text/csv') throw new AppError('request.invalid', { fields: ['content-type'] });
  return readBytes(c, MAX_IMPORT_BYTES);
}

function sendCsv(c: Context<AccessEnv>, fileName: string, rows: readonly (readonly string[])[]): Response {
  return c.body(writeCsv(rows), 200, {
    'content-type': 'text/csv; charset=utf-8',
    'content-disposition': `attachment; filename="${fileName}"`,
  });
}

const headerIn = (language: Language): string[] => IMPORT_COLUMNS.map((column) => COLUMN_WORDS[column][language][0]);

function cellsOf({ employeeNumber, name, department, roles }: Person, language: Language): string[] {
  const words = ROLES.filter((role) => roles.includes(role)).map((role) => ROLE_WORDS[role][language][0]);
  return [employeeNumber, name, department, words.join(' ')];
}

/** Told, not read: an import takes no notice of them. */
const MORE = {
  en: ['State', 'Last signed in (UTC)'],
  'zh-CN': ['状态', '上次登录（UTC）'],
} as const satisfies Record<Language, readonly string[]>;

const STATES = {
  active: { en: 'Active', 'zh-CN': '有效' },
  waiting: { en: 'No password yet', 'zh-CN': '尚未设密码' },
  inactive: { en: 'Deactivated', 'zh-CN': '已停用' },
} as const;

function moreOf({ isActive, hasPassword, lastSignInAt }: Person, language: Language): string[] {
  const state = !isActive ? STATES.inactive : hasPassword ? STATES.active : STATES.waiting;
  return [state[language], lastSignInAt === null ? '' : new Date(lastSignInAt).toISOString()];
}

const EXAMPLES = {
  en: [
    ['E1001', 'Maria Keller', 'Finance', 'Employee'],
    ['E1002', 'Li Wei 李伟', 'IT', 'Agent Employee'],
  ],
  'zh-CN': [
    ['E1001', '王芳', '财务部', '员工'],
    ['E1002', '李伟', '信息技术部', '支持人员 员工'],
  ],
} as const satisfies Record<Language, readonly (readonly string[])[]>;
