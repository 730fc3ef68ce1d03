import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openDatabase } from '../../platform/database.ts';
import { migrate } from '../../platform/migrations.ts';

const FIXTURE = fileURLToPath(new URL('../../../e2e/fixtures/data-0.1.0.tar.gz', import.meta.url));

export interface TestDataDirectory {
  /** Holds the data directory and whatever a test puts beside it. */
  folder: string;
  dataDir: string;
  remove(): void;
}

/** A real data directory as 0.1.0 left it when it was killed; with `isMigrated`, as this version has it. */
export function createTestDataDirectory({ isMigrated = false } = {}): TestDataDirectory {
  const folder = mkdtempSync(join(tmpdir(), 'handrail-directory-'));
  execFileSync('tar', ['-xzf', FIXTURE, '-C', folder]);
  const dataDir = join(folder, 'data');
  if (isMigrated) {
    const database = openDatabase(join(dataDir, 'handrail.db'));
    migrate(database.raw);
    database.close();
  }
  return { folder, dataDir, remove: () => rmSync(folder, { recursive: true }) };
}

/** Every path below a folder with a digest of what is there: equal before and after means that nothing was touched. */
export function fingerprintOfTree(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .sort()
    .map((name) => {
      const path = join(folder, name);
      const found = lstatSync(path);
      const content = found.isFile() ? createHash('sha256').update(readFileSync(path)).digest('hex') : '';
      return `${name} ${found.mode.toString(8)} ${content}`;
    });
}
