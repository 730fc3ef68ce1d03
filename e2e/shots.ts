/** With HANDRAIL_E2E_SHOTS=folder the tests that look at pages also write them there as pictures. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';

const FOLDER = process.env['HANDRAIL_E2E_SHOTS'];
// The server refuses to start with a HANDRAIL_ variable that is no setting of its own.
delete process.env['HANDRAIL_E2E_SHOTS'];
if (FOLDER !== undefined) mkdirSync(FOLDER, { recursive: true });

export async function shoot(page: Page, name: string): Promise<void> {
  if (FOLDER === undefined) return;
  await page.screenshot({ path: join(FOLDER, `${name.replace(/[^\w-]+/g, '_')}.png`), fullPage: true });
}

/** As a printer would get it. */
export async function shootPaper(page: Page, name: string): Promise<void> {
  if (FOLDER !== undefined) await page.pdf({ path: join(FOLDER, `${name}.pdf`), preferCSSPageSize: true });
}
