import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createApp, createDeviceApp, createSockets } from './app.ts';
import { SYSTEM } from './audit/audit.ts';
import { authorityFolder, loadOrMakeCa, loadOrMakeKey } from './authority/key-files.ts';
import { loadOrIssueServerCertificate } from './authority/server-certificate.ts';
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
  stop(): Promise<void>;
}

const UI_DIRECTORY = fileURLToPath(new URL('../ui/dist', import.meta.url));
const TICK_MS = 1000;
const SWEEP_MS = 10 * 60_000;
const RENEWAL_MS = 24 * 3_600_000;
/** How long running answers may take to finish when the server stops. */
const DRAIN_MS = 5000;

/** From settings to a server that answers; or an error, with nothing left open. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const teardown = createTeardown();
  try {
    const services = await openServices(options, teardown);
    await watch(services, options, teardown);
    await serve(services, teardown);
    teardown.add(() => services.operations.readiness.stop());
    greet(services, options.say);
    const { port, devicePort } = options.config;
    options.log.info('server/started', { port, devicePort, version: options.version });
    return { services, stop: teardown.run };
  } catch (error) {
    await teardown.run();
    throw error;
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
  services.sessions.endTorn();
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
    throw new StartError(`${dataDir} cannot be used as data directory (HANDRAIL_DATA_DIR)`, { cause });
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

async function serve(services: Services, teardown: Teardown): Promise<void> {
  const { config } = services;
  const certificateAt = { dataDir: config.dataDir, hosts: config.hosts };
  const certificate = await loadOrIssueServerCertificate(services, certificateAt);
  services.operations.certificates.note('server', certificate.certificate);
  const sockets = createSockets(services);
  const portal = createListener({
    app: createApp(services, readStaticFiles(UI_DIRECTORY)),
    upgrades: sockets.portal,
    certificate,
  });
  const device = createListener({
    app: createDeviceApp(services),
    upgrades: sockets.device,
    certificate,
    clientCa: services.authority.caCertificate,
  });
  teardown.add(async () => {
    sockets.close();
    await Promise.all([portal.close(DRAIN_MS), device.close(DRAIN_MS)]);
  });
  await listen(portal, config.port, config.bind);
  await listen(device, config.devicePort, config.bind);
  const stopJobs = startJobs(services, async () => {
    const renewed = await loadOrIssueServerCertificate(services, certificateAt);
    if (!renewed.isNew) return;
    for (const listener of [portal, device]) listener.renew(renewed);
    services.operations.certificates.note('server', renewed.certificate);
  });
  teardown.add(stopJobs);
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
function startJobs(services: Services, renewCertificate: () => Promise<void>): () => void {
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
    every(RENEWAL_MS, 'certificate', renewCertificate),
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
  say(`  devices connect to port ${config.devicePort}`);
  say(`  fingerprint of the internal CA (SHA-256): ${groupFingerprint(authority.caFingerprint)}`);
  const link = setUpGate.issueLink();
  if (link === null) return;
  say('Set it up with this link. It works once, for 15 minutes; a restart makes a new one.');
  say(`  ${link.url}`);
}
