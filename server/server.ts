import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { HELPER_PROTOCOL } from '../protocol/relay.ts';
import { createApp, createDeviceApp, createSockets } from './app.ts';
import { SYSTEM } from './audit/audit.ts';
import { openCertificateFiles, type CertificateFiles } from './authority/certificate-files.ts';
import { CompanyCertificateError } from './authority/company-certificate.ts';
import { authorityFolder, loadOrMakeCa, loadOrMakeKey } from './authority/key-files.ts';
import { openServerCertificates } from './authority/server-certificates.ts';
import { fillNameKeys } from './access/people-list.repository.ts';
import { groupFingerprint } from './access/sign-in.routes.ts';
import type { Config } from './config.ts';
import { seedDemo } from './demo.ts';
import { createListener, type Listener } from './listeners.ts';
import { BackupError } from './operations/backup/backup-error.ts';
import { listenForOperators } from './operations/operations.listener.ts';
import type { Clock } from './platform/clock.ts';
import { lockDataDirectory } from './platform/data-lock.ts';
import { openDatabase, type Database } from './platform/database.ts';
import type { Logger } from './platform/logger.ts';
import { migrate, readMigrations, type Migration } from './platform/migrations.ts';
import { prepareUpgrade, UpgradeRefused, type Upgrade } from './operations/upgrade.ts';
import type { Random } from './platform/random.ts';
import { readStaticFiles } from './platform/static-files.ts';
import { createTeardown, type Teardown } from './platform/teardown.ts';
import { createServices, type Services } from './services.ts';
import { createTlsEnd } from './tls-end.ts';

/** Something that whoever starts the server can put right; its message says how. */
export class StartError extends Error {
  override readonly name = 'StartError';
}

export interface ServerOptions {
  config: Config;
  clock: Clock;
  random: Random;
  log: Logger;
  version: string;
  isDemo: boolean;
  /** Lines for people, not for the log. */
  say: (text: string) => void;
  /** Those of this version unless a test of upgrades says otherwise. */
  migrations?: readonly Migration[];
}

export interface RunningServer {
  services: Services;
  /** Looks at the files of the company's certificate now instead of within half a minute. */
  refreshCertificate(): void;
  stop(): Promise<void>;
}

const UI_DIRECTORY = fileURLToPath(new URL('../ui/dist', import.meta.url));
const TICK_MS = 1000;
const SWEEP_MS = 10 * 60_000;
const DAY_MS = 24 * 3_600_000;
const LOOK_AT_FILES_MS = 30_000;
/** How long running answers may take to finish when the server stops. */
const DRAIN_MS = 5000;

/** From settings to a server that answers; or an error, with nothing left open. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const teardown = createTeardown();
  try {
    const company = openCompanyCertificate(options);
    const services = await openServices(options, teardown);
    await watch(services, options, teardown);
    const refreshCertificate = await serve(services, company, teardown);
    teardown.add(() => services.operations.readiness.stop());
    greet(services, options.say);
    const { port, devicePort } = options.config;
    options.log.info('server/started', { port, devicePort: devicePort ?? port, version: options.version });
    return { services, refreshCertificate, stop: teardown.run };
  } catch (error) {
    await teardown.run();
    throw error;
  }
}

/** Before anything else is opened: what is wrong with it is for whoever starts the server. */
function openCompanyCertificate({ config, clock, log }: ServerOptions): CertificateFiles | null {
  const { companyCertificate: files, publicHost } = config;
  if (files === null) return null;
  try {
    const company = openCertificateFiles({ files, publicHost, clock, log });
    company.warnBeforeEnd();
    return company;
  } catch (cause) {
    if (!(cause instanceof CompanyCertificateError)) throw cause;
    const { certFile } = files;
    throw new StartError(`the certificate in ${certFile} (HANDRAIL_TLS_CERT_FILE): ${cause.message}`, { cause });
  }
}

async function openServices(options: ServerOptions, teardown: Teardown): Promise<Services> {
  const { dataDir } = options.config;
  const { database, upgrade } = await openDataDirectory(options, teardown);
  const services = createServices({
    ...options,
    database,
    caKeys: await loadOrMakeCa(dataDir, options),
    checkpointPrivateKey: await loadOrMakeKey(join(authorityFolder(dataDir), 'checkpoint.key'), 2048),
  });
  teardown.add(() => services.checkpointer.signNow());
  database.transaction((tx) => {
    if (upgrade !== null)
      services.audit.append(tx, {
        actor: SYSTEM,
        action: 'appliance/upgraded',
        detail: { from: upgrade.from, to: upgrade.to, backup: upgrade.backup ?? '' },
      });
    services.audit.append(tx, { actor: SYSTEM, action: 'appliance/started', detail: { version: options.version } });
  });
  if (options.isDemo) await demo(services, options.say);
  services.sessions.pauseTorn();
  return services;
}

async function openDataDirectory(
  { config, log, version, clock, migrations = readMigrations() }: ServerOptions,
  teardown: Teardown,
): Promise<{ database: Database; upgrade: Upgrade | null }> {
  const { dataDir, hasUpgradeBackup: hasBackup } = config;
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    chmodSync(dataDir, 0o700);
  } catch (cause) {
    const account = `account ${process.getuid?.() ?? ''}, which has to own it`;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new StartError(`${dataDir} cannot be used as data directory (HANDRAIL_DATA_DIR) by ${account}: ${why}`, {
      cause,
    });
  }
  const unlock = lockDataDirectory(join(dataDir, 'lock'));
  const remedy = 'stop it or set HANDRAIL_DATA_DIR to another directory';
  if (unlock === null) throw new StartError(`another server is running on ${dataDir}; ${remedy}`);
  teardown.add(unlock);
  const upgrade = await prepareUpgrade({ dataDir, migrations, version, hasBackup, clock, log }).catch(toStartError);
  const database = openDatabase(join(dataDir, 'handrail.db'));
  teardown.add(() => database.close());
  const { applied } = migrate(database.raw, migrations);
  if (applied.length > 0) log.info('database/migrated', { applied: applied.join(', ') });
  database.transaction(fillNameKeys);
  return { database, upgrade };
}

/** What the operator can put right is said without a stack. */
function toStartError(error: unknown): never {
  if (error instanceof UpgradeRefused || error instanceof BackupError)
    throw new StartError(error.message, { cause: error });
  throw error;
}

/** Before the server answers, and after it has stopped answering: that is what readiness is for. */
async function watch({ operations }: Services, { config, log }: ServerOptions, teardown: Teardown): Promise<void> {
  if (config.metricsPort === null) return;
  const at = { port: config.metricsPort, bind: config.metricsBind, log };
  const listener = await listenForOperators(operations, at);
  if (listener !== null) teardown.add(listener.close);
}

/** Who answers on which port, and with which certificate. Returns what looks at the company's files again. */
async function serve(services: Services, company: CertificateFiles | null, teardown: Teardown): Promise<() => void> {
  const { config, authority } = services;
  const certificates = await openServerCertificates(services, { ...config, company });
  services.operations.certificates.note('server', certificates.forHelpers().certificate);
  if (company !== null) services.operations.certificates.note('portal', company.current().certificate);
  const sockets = createSockets(services);
  const browsers = createTlsEnd({
    app: createApp(services, readStaticFiles(UI_DIRECTORY)),
    upgrades: sockets.portal,
    certificateFor: certificates.forBrowsers,
    minVersion: config.tlsMinVersion,
    protocols: ['http/1.1'],
  });
  const helpers = createTlsEnd({
    app: createDeviceApp(services),
    upgrades: sockets.device,
    certificateFor: certificates.forHelpers,
    minVersion: '1.3',
    protocols: [HELPER_PROTOCOL, 'http/1.1'],
    clientCa: authority.caCertificate,
  });
  const door = { ...services, publicUrl: config.publicUrl };
  const main = createListener({ ...door, browsers, helpers: config.devicePort === null ? helpers : null });
  const own = config.devicePort === null ? null : createListener({ ...door, browsers: null, helpers });
  const refreshCompany = (): void => {
    if (company?.refresh() !== true) return;
    browsers.renew();
    services.operations.certificates.note('portal', company.current().certificate);
    auditCertificate(services, company);
  };
  // Stopped last: what the sockets still had to say is written then.
  teardown.add(
    startJobs(services, {
      company: refreshCompany,
      daily: async () => {
        company?.warnBeforeEnd();
        if (!(await certificates.renewInternal())) return;
        for (const end of [browsers, helpers]) end.renew();
        services.operations.certificates.note('server', certificates.forHelpers().certificate);
      },
    }),
  );
  teardown.add(async () => {
    sockets.close();
    await Promise.all([main.close(DRAIN_MS), own?.close(DRAIN_MS)]);
  });
  await listen(main, config.port, config.bind);
  if (own !== null && config.devicePort !== null) await listen(own, config.devicePort, config.bind);
  return refreshCompany;
}

function auditCertificate({ database, audit }: Services, company: CertificateFiles): void {
  const { fingerprint, notAfter } = company.current();
  const detail = { fingerprint, notAfter: new Date(notAfter).toISOString() };
  database.transaction((tx) => audit.append(tx, { actor: SYSTEM, action: 'certificate/renewed', detail }));
}

async function listen(listener: Listener, port: number, address: string): Promise<void> {
  try {
    await listener.listen(port, address);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    // A machine without IPv6: every address is then every IPv4 address.
    if (address === '::' && (code === 'EAFNOSUPPORT' || code === 'EADDRNOTAVAIL')) {
      await listen(listener, port, '0.0.0.0');
      return;
    }
    const setting = 'set HANDRAIL_PORT or HANDRAIL_DEVICE_PORT to another one';
    if (code === 'EADDRINUSE')
      throw new StartError(`port ${port} is in use by another program; ${setting}`, { cause: error });
    if (code === 'EACCES')
      throw new StartError(`port ${port} may not be used by this account; ${setting}`, { cause: error });
    if (code === 'EADDRNOTAVAIL')
      throw new StartError(`${address} is not an address of this machine (HANDRAIL_BIND)`, { cause: error });
    throw error;
  }
}

/** Everything that time brings. Returns what stops it. */
function startJobs(services: Services, certificates: { company: () => void; daily: () => Promise<void> }): () => void {
  const { log } = services;
  const every = (ms: number, name: string, job: () => void | Promise<void>): NodeJS.Timeout =>
    setInterval(() => {
      Promise.resolve()
        .then(job)
        .catch((error: unknown) => log.error('job/failed', { name, error }));
    }, ms);
  const timers = [
    every(TICK_MS, 'checkpoints', () => services.checkpointer.tick()),
    every(SWEEP_MS, 'sign-ins', () => services.signIns.sweep()),
    every(LOOK_AT_FILES_MS, 'company certificate', certificates.company),
    every(DAY_MS, 'certificates', certificates.daily),
  ];
  const stopSessions = services.sessions.start();
  return () => {
    for (const timer of timers) clearInterval(timer);
    stopSessions();
  };
}

async function demo(services: Services, say: (text: string) => void): Promise<void> {
  const people = await seedDemo(services);
  if (people === null)
    throw new StartError('--demo fills an empty data directory only; this one already has an organisation');
  const width = Math.max(...people.map(({ name }) => columnsOf(name)));
  say('Demo organisation. Sign in with:');
  for (const { employeeNumber, password, name, what } of people)
    say(`  ${employeeNumber}  ${password}  ${name}${' '.repeat(width - columnsOf(name))}  ${what}`);
}

/** Chinese characters take two columns of a terminal. */
function columnsOf(text: string): number {
  return [...text].reduce((sum, character) => sum + (/\p{Script=Han}/u.test(character) ? 2 : 1), 0);
}

function greet({ config, authority, setUpGate }: Services, say: (text: string) => void): void {
  say(`Handrail is ready at ${config.publicUrl}`);
  if (config.publicHost !== 'localhost') say(`  on this machine also at https://localhost:${config.port}`);
  else say('  for other machines set HANDRAIL_PUBLIC_HOST to a name or an address under which they reach this one');
  if (config.devicePort !== null) say(`  helpers connect to port ${config.publicDevicePort}`);
  say(`  fingerprint of the internal CA (SHA-256): ${groupFingerprint(authority.caFingerprint)}`);
  const link = setUpGate.issueLink();
  if (link === null) return;
  say('Set it up with this link. It works once, for 15 minutes; a restart makes a new one.');
  say(`  ${link.url}`);
}
