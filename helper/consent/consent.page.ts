/**
 * The files of the window's page. Run from source they are read from disk and stripped of types; in the single
 * executable the same map travels as an asset.
 */
import { readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { getAsset, isSea } from 'node:sea';

export interface PageFile {
  contentType: string;
  body: string;
}
/** Key is the path of the URL. */
export type PageFiles = Readonly<Record<string, PageFile>>;

/** Name of the asset in the single executable. */
export const PAGE_ASSET = 'consent-page.json';

const STYLES = ['page', 'choices', 'areas', 'live'];
/** Named one by one: what is not needed, tests for example, is not served. */
const MODULES = [
  'main',
  'answers',
  'ask',
  'ask.check',
  'ask.choice',
  'ask.what',
  'board',
  'choices',
  'chooser',
  'dom',
  'live',
  'live.allow',
  'live.parts',
  'parts',
  'patch',
  'paused',
  'permissions',
  'question',
  'reaches',
  'rectangle.moves',
  'scope.choice',
  'scope.words',
  'sentences',
  'steps',
  'words',
  'words.areas',
  'words.ask',
  'words.codes',
  'words.live',
  'words.permissions',
];
/** What the page shares with the server, under the path by which its modules import it. */
const SHARED = '/protocol/consent-text.ts';

export function loadPage(): PageFiles {
  // Written by `readPage` when the helper was packaged.
  return isSea()
    ? (JSON.parse(getAsset(PAGE_ASSET, 'utf8')) as PageFiles)
    : readPage(new URL('./page/', import.meta.url));
}

export function readPage(folder: URL): PageFiles {
  const text = (name: string): string => readFileSync(new URL(name, folder), 'utf8');
  const files: Record<string, PageFile> = {
    '/': { contentType: 'text/html; charset=utf-8', body: text('index.html') },
    '/icon.svg': { contentType: 'image/svg+xml', body: text('icon.svg') },
  };
  for (const name of STYLES)
    files[`/page/${name}.css`] = { contentType: 'text/css; charset=utf-8', body: text(`${name}.css`) };
  const module = (name: string): PageFile => ({
    contentType: 'text/javascript; charset=utf-8',
    body: stripTypeScriptTypes(text(name)),
  });
  for (const name of MODULES) files[`/page/${name}.ts`] = module(`${name}.ts`);
  files[SHARED] = module(`../../..${SHARED}`);
  return files;
}
