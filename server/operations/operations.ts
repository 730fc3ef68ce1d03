import type { Status } from '../../protocol/api/status.ts';
import { readNewestCheckpoint, readNewestOf, readUnsignedSince } from '../audit/audit.repository.ts';
import { readHead } from '../audit/audit.ts';
import { readSetUpAt } from '../access/organisation.repository.ts';
import type { Authority } from '../authority/authority.ts';
import type { Clock } from '../platform/clock.ts';
import type { Database } from '../platform/database.ts';
import type { LiveRegistry } from '../platform/live.ts';
import { readSchemaName } from '../platform/migrations.ts';
import type { HelperShelf } from '../sessions/helper-shelf.ts';
import { countOpenSessions } from '../sessions/sessions.repository.ts';
import type { SessionsService } from '../sessions/sessions.service.ts';
import { createCertificateWatch, type CertificateWatch } from './certificate-watch.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { createReadiness, type Readiness } from './readiness.ts';
import { countRelay, createRelayTally } from './relay-tally.ts';
import { SessionRates } from './session-rates.ts';
import { createStorageWatch } from './storage.ts';
import { judgeStatus } from './warnings.ts';

export interface OperationsDeps {
  database: Database;
  clock: Clock;
  authority: Pick<Authority, 'caCertificate'>;
  hub: Pick<LiveRegistry, 'connections'>;
  sessions: SessionsService;
  shelf: Pick<HelperShelf, 'list'>;
  /** PEM of the key that signs checkpoints. */
  checkpointCertificate: string;
  dataDir: string;
  version: string;
}

/** What an operator watches: health, metrics and the status page. */
export interface Operations {
  /** To be used instead of the sessions that were given: what passes the relay is counted. */
  sessions: SessionsService;
  metrics: Metrics;
  certificates: CertificateWatch;
  readiness: { check(): Promise<Readiness>; stop(): void };
  status(): Promise<Status>;
  /** Health and metrics could not be offered on this port. */
  noteSilent(port: number): void;
}

export function createOperations(deps: OperationsDeps): Operations {
  const { database, clock, dataDir } = deps;
  const startedAt = clock.now();
  const tally = createRelayTally();
  const storage = createStorageWatch(deps);
  const certificates = createCertificateWatch();
  certificates.note('authority', deps.authority.caCertificate);
  certificates.note('checkpoint', deps.checkpointCertificate);
  const rates = new SessionRates();
  const versions = readVersions(deps);
  let silentPort: number | null = null;

  const readStatus = async (): Promise<Omit<Status, 'warnings'>> => ({
    at: clock.now(),
    startedAt,
    versions,
    residentBytes: process.memoryUsage.rss(),
    storage: { directory: dataDir, ...(await storage.read()) },
    certificates: certificates.list(),
    sessions: viewSessions(deps.sessions, rates),
    liveConnections: deps.hub.connections().length,
    relay: { ...tally.figures, refusals: [...tally.refusals].map(([reason, count]) => ({ reason, count })) },
    helpers: deps.shelf.list().map(({ platform, version, bytes, sha256 }) => ({ platform, version, bytes, sha256 })),
    backup: readLastBackup(database),
    audit: { head: readHead(database.db), checkpoint: readNewestCheckpoint(database.db) },
  });

  return {
    sessions: countRelay(deps.sessions, tally),
    metrics: createMetrics({
      ...versions,
      version: versions.handrail,
      tally,
      storage: storage.read,
      certificates: certificates.list,
      openSessions: () => countOpenSessions(database.db),
      liveConnections: () => deps.hub.connections().length,
      auditHead: () => readHead(database.db).seq,
      checkpointAt: () => readNewestCheckpoint(database.db)?.at ?? null,
      backupAt: () => readLastBackup(database)?.at ?? null,
    }),
    certificates,
    readiness: createReadiness({ database, clock, storage, certificates }),
    status: async () => {
      const status = await readStatus();
      const setUpAt = readSetUpAt(database.db);
      const unsignedSince = readUnsignedSince(database.db);
      return { ...status, warnings: judgeStatus({ status, setUpAt, unsignedSince, silentPort }) };
    },
    noteSilent: (port) => {
      silentPort = port;
    },
  };
}

function readVersions({ database, version }: OperationsDeps): Status['versions'] {
  const { sqlite } = database.raw.prepare<[], { sqlite: string }>('SELECT sqlite_version() AS sqlite').get() ?? {
    sqlite: '',
  };
  const schema = readSchemaName(database.raw) ?? '';
  return { handrail: version, node: process.versions.node, sqlite, schema };
}

function viewSessions(sessions: SessionsService, rates: SessionRates): Status['sessions'] {
  const open = sessions.overview();
  const rateOf = rates.read(open);
  return open.map(({ figures, figuresAt: _, ...session }) => ({
    ...session,
    bytes: figures.bytes,
    ...(rateOf.get(session.id) ?? { bytesPerS: null, framesPerS: null }),
  }));
}

/** Backups are made by another process, which leaves an event. */
function readLastBackup({ db }: Database): Status['backup'] {
  const event = readNewestOf(db, 'appliance/backed-up');
  if (event === null) return null;
  return { at: event.at, bytes: Number(event.detail['bytes']), isEncrypted: event.detail['isEncrypted'] === true };
}
