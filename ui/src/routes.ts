import type { Component } from 'svelte';
import type { Role } from '../../protocol/api/access.ts';
import { AUDIT_READERS } from '../../protocol/api/audit.ts';
import { matchPath, type RouteParams } from './route-match.ts';

type Page = Component<{ params: RouteParams }>;

export interface Route {
  readonly patterns: readonly string[];
  /** `anyone`; `guest`: whoever is signed in, a visitor with a code too; `person`: an employee; or one of these roles. */
  readonly access: 'anyone' | 'guest' | 'person' | readonly Role[];
  /** `portal` is plain and large, `work` is dense, `bare` has no bar. */
  readonly surface: 'portal' | 'work' | 'bare';
  /** There is no such page where remote assistance is switched off. */
  readonly isAboutAssistance?: true;
  readonly load: () => Promise<{ default: Page }>;
}

/** A page that needs no parameters. */
function plain(load: () => Promise<{ default: unknown }>): Route['load'] {
  // A component that reads no properties ignores those it is given; the checker has two names for its type.
  return load as Route['load'];
}

export const ROUTES: readonly Route[] = [
  { patterns: ['/setup'], access: 'anyone', surface: 'portal', load: plain(() => import('./access/SetupPage.svelte')) },
  {
    patterns: ['/sign-in'],
    access: 'anyone',
    surface: 'portal',
    load: plain(() => import('./access/SignInPage.svelte')),
  },
  {
    patterns: ['/welcome'],
    access: 'anyone',
    surface: 'portal',
    load: plain(() => import('./access/WelcomePage.svelte')),
  },
  {
    patterns: ['/code'],
    access: 'anyone',
    surface: 'portal',
    isAboutAssistance: true,
    load: plain(() => import('./access/CodePage.svelte')),
  },
  {
    patterns: ['/i'],
    access: 'anyone',
    surface: 'portal',
    isAboutAssistance: true,
    load: plain(() => import('./access/InvitationLinkPage.svelte')),
  },

  { patterns: ['/'], access: 'person', surface: 'portal', load: plain(() => import('./portal/HomePage.svelte')) },
  { patterns: ['/ask'], access: 'person', surface: 'portal', load: plain(() => import('./portal/AskPage.svelte')) },
  {
    patterns: ['/requests/:id'],
    access: 'person',
    surface: 'portal',
    load: () => import('./portal/RequestPage.svelte'),
  },
  {
    patterns: ['/sessions/:id'],
    access: 'guest',
    surface: 'portal',
    load: () => import('./sharer/SessionPage.svelte'),
  },
  {
    patterns: ['/receipt/:id'],
    access: 'guest',
    surface: 'portal',
    load: () => import('./receipt/ReceiptPage.svelte'),
  },
  {
    patterns: ['/clean-up'],
    access: 'guest',
    surface: 'portal',
    load: plain(() => import('./portal/CleanUpPage.svelte')),
  },

  {
    patterns: ['/desk', '/desk/requests/:id'],
    access: ['agent', 'lead'],
    surface: 'work',
    load: () => import('./desk/DeskPage.svelte'),
  },
  {
    patterns: ['/desk/replies', '/desk/replies/:id'],
    access: ['agent', 'lead'],
    surface: 'work',
    load: () => import('./desk/RepliesPage.svelte'),
  },
  {
    patterns: ['/desk/session/:id'],
    access: ['agent'],
    surface: 'bare',
    load: () => import('./viewer/ViewerPage.svelte'),
  },

  {
    // Before the pattern of one person, which would take it.
    patterns: ['/console/people/import'],
    access: ['admin'],
    surface: 'work',
    load: plain(() => import('./console/ImportPage.svelte')),
  },
  {
    patterns: ['/console/people', '/console/people/:id'],
    access: ['admin'],
    surface: 'work',
    load: () => import('./console/PeoplePage.svelte'),
  },
  {
    patterns: ['/console/departments', '/console/departments/:id'],
    access: ['admin'],
    surface: 'work',
    load: () => import('./console/DepartmentsPage.svelte'),
  },
  {
    patterns: ['/console/categories', '/console/categories/:id'],
    access: ['admin'],
    surface: 'work',
    load: () => import('./console/CategoriesPage.svelte'),
  },
  {
    patterns: ['/console/queues', '/console/queues/:id'],
    access: ['admin'],
    surface: 'work',
    load: () => import('./console/QueuesPage.svelte'),
  },
  {
    patterns: ['/console/status'],
    access: ['admin'],
    surface: 'work',
    load: plain(() => import('./console/StatusPage.svelte')),
  },
  {
    patterns: ['/console/settings'],
    access: ['security', 'admin'],
    surface: 'work',
    load: plain(() => import('./console/SettingsPage.svelte')),
  },
  {
    patterns: ['/console/audit', '/console/audit/:id'],
    access: AUDIT_READERS,
    surface: 'work',
    load: () => import('./console/AuditPage.svelte'),
  },
];

export interface Match {
  readonly route: Route;
  readonly params: RouteParams;
}

/** The page of an address; null: there is none. */
export function findRoute(path: string): Match | null {
  for (const route of ROUTES) {
    for (const pattern of route.patterns) {
      const params = matchPath(pattern, path);
      if (params) return { route, params };
    }
  }
  return null;
}

/** Where somebody starts after signing in. */
export function homeOf(roles: readonly Role[]): string {
  if (roles.includes('agent') || roles.includes('lead')) return '/desk';
  if (roles.includes('admin')) return '/console/people';
  return roles.some((role) => AUDIT_READERS.some((reader) => reader === role)) ? '/console/audit' : '/';
}
