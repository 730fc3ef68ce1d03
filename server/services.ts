import { fileURLToPath } from 'node:url';
import type { KeyObject } from 'node:crypto';
import type { AccessEvents } from './access/access.events.ts';
import type { AccessDeps } from './access/access.ts';
import { createPasswordLinks } from './access/password-links.ts';
import { createPasswords, type HashCost } from './access/passwords.ts';
import { createSetUpGate } from './access/set-up-gate.ts';
import { createSignInThrottle } from './access/sign-in-throttle.ts';
import { createSignIns } from './access/sign-ins.ts';
import { createAudit } from './audit/audit.ts';
import { createCheckpointer, type Checkpointer } from './audit/checkpoints.ts';
import { createAuthority, type AuthorityKeys } from './authority/authority.ts';
import { certifyCheckpointKey } from './authority/checkpoint-key.ts';
import { createIdentityChallenges } from './authority/identity-challenges.ts';
import { LOCAL_HOSTS, type Config } from './config.ts';
import { createDesk, type Desk } from './desk/desk.ts';
import { createOperations, type Operations } from './operations/operations.ts';
import { createClientAddresses, type ClientAddresses } from './platform/client-address.ts';
import type { Clock } from './platform/clock.ts';
import type { Database } from './platform/database.ts';
import { createEvents } from './platform/events.ts';
import { createGuessLimit } from './platform/guess-limit.ts';
import { createLiveHub } from './platform/live.ts';
import type { Logger } from './platform/logger.ts';
import { originsOf, type Origins } from './platform/origin.ts';
import type { Random } from './platform/random.ts';
import { createHelperShelf, type HelperShelf } from './sessions/helper-shelf.ts';
import { createSessionsService, type SessionsService } from './sessions/sessions.service.ts';

/** What a server stands on: made by `main.ts` from the machine, by tests from memory. */
export interface Foundation {
  config: Pick<
    Config,
    | 'port'
    | 'devicePort'
    | 'publicPort'
    | 'publicDevicePort'
    | 'bind'
    | 'publicHost'
    | 'hosts'
    | 'publicUrl'
    | 'trustedProxies'
    | 'companyCertificate'
    | 'tlsMinVersion'
    | 'dataDir'
    | 'sessionLimitS'
    | 'idleLimitS'
    | 'helpers'
  >;
  database: Database;
  clock: Clock;
  random: Random;
  log: Logger;
  caKeys: AuthorityKeys;
  checkpointPrivateKey: KeyObject;
  version: string;
  /** Cheaper in tests. */
  hashCost?: HashCost;
}

/** Everything with state, each made once. Modules get the slice that they name in their own `deps`. */
export interface Services extends AccessDeps {
  config: Foundation['config'];
  log: Logger;
  /** From which pages of the portal speak. */
  origins: Origins;
  /** From which helpers speak. */
  deviceOrigins: Origins;
  addresses: ClientAddresses;
  checkpointer: Checkpointer;
  desk: Desk;
  shelf: HelperShelf;
  sessions: SessionsService;
  operations: Operations;
}

/** Where `npm run package:helper` puts helpers. */
const HELPER_DIRECTORY = fileURLToPath(new URL('../dist/helper/', import.meta.url));

export function createServices(foundation: Foundation): Services {
  const { config, database, clock, random, log, version } = foundation;
  const audit = createAudit({ clock, random });
  const authority = createAuthority({ database, clock, random, keys: foundation.caKeys });
  const events = createEvents<AccessEvents>((error) => log.error('events/listener-failed', { error }));
  const base = { database, clock, random, log, audit, authority, events, hub: createLiveHub() };
  const { publicUrl } = config;
  const key = certifyCheckpointKey({ database, authority, clock }, foundation.checkpointPrivateKey);

  const desk = createDesk({ ...base, dataDirectory: config.dataDir });
  const shelf = createHelperShelf(config.helpers.directory ?? HELPER_DIRECTORY, config.helpers.revoked);
  const relayed = createSessionsService({
    ...base,
    desk,
    shelf,
    portalUrl: publicUrl,
    sessionLimitS: config.sessionLimitS,
    idleLimitS: config.idleLimitS,
    helpers: config.helpers,
    destination: {
      host: config.publicHost,
      devicePort: config.publicDevicePort,
      caFingerprint: authority.caFingerprint,
    },
  });
  const checkpointCertificate = key.certificate;
  const { dataDir } = config;
  const watched = { ...base, sessions: relayed, shelf, checkpointCertificate, dataDir, version };
  const operations = createOperations(watched);
  const { sessions } = operations;
  desk.useSessions(sessions.requestSessions);

  return {
    ...base,
    config,
    version,
    origins: originsAt(config, { published: config.publicPort, own: config.port }),
    deviceOrigins: originsAt(config, { published: config.publicDevicePort, own: config.devicePort ?? config.port }),
    addresses: createClientAddresses(config.trustedProxies),
    signIns: createSignIns(base),
    challenges: createIdentityChallenges(base),
    passwords: createPasswords(random, foundation.hashCost),
    passwordLinks: createPasswordLinks({ clock, random, publicUrl }),
    throttle: createSignInThrottle(clock),
    guesses: createGuessLimit(clock),
    setUpGate: createSetUpGate({ database, clock, random, publicUrl }),
    checkpointer: createCheckpointer({ database, clock, audit, key }),
    desk,
    shelf,
    sessions,
    operations,
    isOperated: (personId) => sessions.bindingSessions({ personId }).length > 0,
  };
}

/** All names at the port that the network sees; and this machine itself, for whoever sits at it. */
function originsAt({ hosts }: Pick<Config, 'hosts'>, port: { published: number; own: number }): Origins {
  return new Set([...originsOf(hosts, port.published), ...originsOf(LOCAL_HOSTS, port.own)]);
}
