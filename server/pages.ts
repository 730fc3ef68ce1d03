import { Hono } from 'hono';
import type { HttpEnv } from './platform/http.ts';
import type { StaticFiles } from './platform/static-files.ts';

/**
 * The addresses at which there is a page. Others are answered with 404 (and the application's page, which says so), so
 * that a wrong link is a wrong link for browsers and tools alike. A test compares this list with the UI's own.
 */
export const PAGE_PATTERNS = [
  '/',
  '/sign-in',
  '/welcome',
  '/code',
  '/i',
  '/ask',
  '/requests/:id',
  '/sessions/:id',
  '/receipt/:id',
  '/clean-up',
  '/desk',
  '/desk/requests/:id',
  '/desk/session/:id',
  '/desk/replies',
  '/desk/replies/:id',
  '/console/people',
  '/console/people/import',
  '/console/people/:id',
  '/console/departments',
  '/console/departments/:id',
  '/console/categories',
  '/console/categories/:id',
  '/console/queues',
  '/console/queues/:id',
  '/console/settings',
  '/console/audit',
  '/console/audit/:id',
  '/console/status',
] as const;

/** Where a code or a link leads: nowhere, when remote assistance is switched off for everybody. */
const ASSISTANCE_PAGES: readonly string[] = ['/code', '/i'];

/** The page of the wizard: only while the wizard is there. */
export const SET_UP_PAGE = '/setup';

const NOT_BUILT = 'The user interface has not been built. Run: npm run build\n';

export interface PagesDeps {
  files: StaticFiles;
  isSetUpOpen: () => boolean;
  isAssistanceAvailable: () => boolean;
}

export function createPages(deps: PagesDeps): Hono<HttpEnv> {
  const app = new Hono<HttpEnv>();
  const offer = (pattern: string, isThere: () => boolean) =>
    app.get(pattern, (c, next) => (isThere() ? (deps.files.page(c, 200) ?? c.text(NOT_BUILT, 404)) : next()));
  for (const pattern of PAGE_PATTERNS)
    offer(pattern, ASSISTANCE_PAGES.includes(pattern) ? deps.isAssistanceAvailable : () => true);
  offer(SET_UP_PAGE, deps.isSetUpOpen);
  app.get('*', async (c, next) => {
    const file = deps.files.serve(c, c.req.path);
    if (file !== null) return file;
    const wantsPage = c.req.header('accept')?.includes('text/html') === true && !c.req.path.startsWith('/api/');
    return (wantsPage ? deps.files.page(c, 404) : null) ?? next();
  });
  return app;
}
