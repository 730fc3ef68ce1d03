import type { Clock } from '../platform/clock.ts';
import type { Database } from '../platform/database.ts';
import { sql } from '../platform/drizzle.ts';
import type { CertificateWatch } from './certificate-watch.ts';
import type { StorageWatch } from './storage.ts';

/** Whether this server should be sent anybody now; each check in one word. */
export interface Readiness {
  isReady: boolean;
  checks: {
    database: 'ok' | 'failed';
    disk: 'ok' | 'full' | 'failed';
    certificate: 'ok' | 'ended' | 'missing';
    process: 'ok' | 'stopping';
  };
}

/** Below this SQLite, attachments and the log of the machine are about to fail. */
export const FULL_DISK_BYTES = 256 * 1024 * 1024;

export interface ReadinessDeps {
  database: Database;
  clock: Clock;
  storage: StorageWatch;
  certificates: CertificateWatch;
}

export function createReadiness(deps: ReadinessDeps): { check(): Promise<Readiness>; stop(): void } {
  let isStopping = false;
  return {
    check: async () => {
      const checks: Readiness['checks'] = {
        database: databaseAnswers(deps.database) ? 'ok' : 'failed',
        disk: await judgeDisk(deps.storage),
        certificate: judgeCertificates(deps),
        process: isStopping ? 'stopping' : 'ok',
      };
      return { isReady: Object.values(checks).every((state) => state === 'ok'), checks };
    },
    stop: () => {
      isStopping = true;
    },
  };
}

/** A read alone: a write would wait for whoever holds the lock, a backup for example, and hold everybody up. */
function databaseAnswers({ db }: Database): boolean {
  try {
    return db.get<{ one: number } | undefined>(sql`SELECT 1 AS one FROM schema_migrations LIMIT 1`) !== undefined;
  } catch {
    // Closed, damaged or gone: all that the caller needs to know.
    return false;
  }
}

async function judgeDisk(storage: StorageWatch): Promise<Readiness['checks']['disk']> {
  try {
    return (await storage.readFreeBytes()) >= FULL_DISK_BYTES ? 'ok' : 'full';
  } catch {
    // The directory is gone or cannot be read.
    return 'failed';
  }
}

function judgeCertificates({ certificates, clock }: ReadinessDeps): Readiness['checks']['certificate'] {
  const shown = certificates.list().filter(({ kind }) => kind === 'server' || kind === 'portal');
  if (shown.length === 0) return 'missing';
  return shown.every(({ notAfter }) => notAfter > clock.now()) ? 'ok' : 'ended';
}
