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

const MODULES = ['main', 'steps', 'ask', 'parts', 'dom', 'words', 'sentences'];

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
    '/page/page.css': { contentType: 'text/css; charset=utf-8', body: text('page.css') },
  };
  for (const name of MODULES) {
    const body = stripTypeScriptTypes(text(`${name}.ts`));
    files[`/page/${name}.ts`] = { contentType: 'text/javascript; charset=utf-8', body };
  }
  return files;
}
