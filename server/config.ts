import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { z } from 'zod';
import { LIMIT_RANGE_S } from '../protocol/capabilities.ts';
import { STATE_DEADLINES } from '../protocol/lifecycle.ts';
import {
  readSettings,
  SettingsError,
  type Environment,
  type Settings,
  type SettingValues,
} from './platform/settings.ts';

const port = z
  .string()
  .regex(/^\d{1,5}$/)
  .transform(Number)
  .refine((value) => value >= 1 && value <= 65_535);

/** Empty: not given. */
const optionalPort = z.union([z.literal('').transform(() => null), port]);
const optionalPath = z.string().transform((path) => (path === '' ? null : resolve(path)));

/** A DNS name or an IP address, without scheme and port. */
const isHost = (host: string): boolean =>
  z.ipv4().safeParse(host).success ||
  z.ipv6().safeParse(host).success ||
  /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/.test(host);

/** Empty: not given. */
const host = z
  .string()
  .trim()
  .toLowerCase()
  .refine((value) => value === '' || isHost(value))
  .transform((value) => (value === '' ? null : value));

const list = z.string().transform((text) =>
  text
    .split(',')
    .map((part) => part.trim().toLowerCase())
    .filter((part) => part !== ''),
);
const hosts = list.refine((all) => all.every(isHost));
const network = z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()]);
const networks = list.refine((all) => all.every((one) => network.safeParse(one).success));
/** A limit of a session, as a policy may have it. */
const limitS = {
  expected: `a number from ${LIMIT_RANGE_S.least} to ${LIMIT_RANGE_S.most}`,
  schema: z
    .string()
    .regex(/^\d{2,5}$/)
    .transform(Number)
    .refine((value) => value >= LIMIT_RANGE_S.least && value <= LIMIT_RANGE_S.most),
};

/** Every setting of the server; `docs/configuration.md` is printed from this table. */
export const SETTINGS = {
  PORT: {
    doc: 'The one port: browsers, helpers and relay. Who is who is seen before the TLS handshake.',
    expected: 'a number from 1 to 65535',
    schema: port,
    default: '8443',
  },
  DEVICE_PORT: {
    doc: 'A port for helpers alone (mutual TLS); HANDRAIL_PORT is then for browsers alone.',
    expected: 'a number from 1 to 65535 other than HANDRAIL_PORT',
    schema: optionalPort,
    default: '',
    defaultDoc: 'none: helpers use HANDRAIL_PORT',
  },
  PUBLIC_PORT: {
    doc: 'HANDRAIL_PORT as the network sees it, where a proxy or port mapping changes it. Links carry it.',
    expected: 'a number from 1 to 65535',
    schema: optionalPort,
    default: '',
    defaultDoc: 'HANDRAIL_PORT',
  },
  PUBLIC_DEVICE_PORT: {
    doc: 'The port that helpers are told, in the name of their file.',
    expected: 'a number from 1 to 65535',
    schema: optionalPort,
    default: '',
    defaultDoc: 'HANDRAIL_DEVICE_PORT or HANDRAIL_PUBLIC_PORT',
  },
  BIND: {
    doc: 'Address of this machine on which the server waits. `::` is every address, IPv4 included.',
    expected: 'an IP address of this machine, such as 0.0.0.0, :: or 127.0.0.1',
    schema: z.union([z.ipv4(), z.ipv6()]),
    default: '::',
  },
  PUBLIC_HOST: {
    doc: 'Name under which browsers and helpers reach this server. The certificate is made for it; links carry it.',
    expected: 'a DNS name or an IP address, without https:// and without port',
    schema: host,
    default: '',
    defaultDoc: 'this machine’s host name',
  },
  EXTRA_HOSTS: {
    doc: 'Further names or addresses under which browsers may reach this server, separated by commas.',
    expected: 'DNS names or IP addresses separated by commas',
    schema: hosts,
    default: '',
    defaultDoc: 'none',
  },
  TRUSTED_PROXIES: {
    doc: 'Proxies whose word about the client’s address counts: PROXY protocol, or else X-Forwarded-For.',
    expected: 'IP addresses or networks (10.1.2.0/24) separated by commas',
    schema: networks,
    default: '',
    defaultDoc: 'none',
  },
  TLS_CERT_FILE: {
    doc: 'The company’s certificate for the portal, the server’s own first, then its issuers (PEM).',
    expected: 'a file; needs HANDRAIL_TLS_KEY_FILE',
    schema: optionalPath,
    default: '',
    defaultDoc: 'none: the internal CA’s is shown',
  },
  TLS_KEY_FILE: {
    doc: 'Its private key (PEM, without passphrase).',
    expected: 'a file; needs HANDRAIL_TLS_CERT_FILE',
    schema: optionalPath,
    default: '',
    defaultDoc: 'none',
  },
  TLS_MIN_VERSION: {
    doc: 'Oldest TLS version of browsers. Helpers always speak 1.3.',
    expected: '1.3 or 1.2',
    schema: z.enum(['1.3', '1.2']),
    default: '1.3',
  },
  DATA_DIR: {
    doc: 'Directory that holds everything this server knows: database, keys, files. Back it up as one.',
    expected: 'a directory that exists or can be made',
    schema: z
      .string()
      .min(1)
      .transform((path) => resolve(path)),
    default: './data',
  },
  SESSION_LIMIT_S: {
    doc: 'Seconds that a session may last from the first Start, pauses counted.',
    ...limitS,
    default: String(STATE_DEADLINES.active.limitS),
  },
  IDLE_LIMIT_S: {
    doc: 'Seconds without the hand of the person at the device after which a session pauses.',
    ...limitS,
    default: '900',
  },
  HELPER_DIR: {
    doc: 'Directory of the helpers that are offered for download, with their `manifest.json`.',
    expected: 'a directory',
    schema: optionalPath,
    default: '',
    defaultDoc: '`dist/helper` of this program, where `npm run package:helper` puts them',
  },
  HELPER_MIN_VERSION: {
    doc: 'Oldest version of the helper that is let in. Others are told to download it again.',
    expected: 'a version of three numbers such as 1.2.0',
    schema: z.string().regex(/^\d{1,6}\.\d{1,6}\.\d{1,6}$/),
    default: '0.1.0',
  },
  HELPER_REVOKED: {
    doc: 'SHA-256 of helper files that are neither let in nor offered any more, separated by commas.',
    expected: 'SHA-256 in hexadecimal digits, separated by commas',
    schema: list.refine((all) => all.every((one) => /^[0-9a-f]{64}$/.test(one))),
    default: '',
  },
  METRICS_PORT: {
    doc: 'Port of health, readiness and Prometheus metrics (plain HTTP, see docs/operate.md). Empty or 0: none.',
    expected: 'a number from 1 to 65535, or 0 or nothing',
    schema: z.union([z.enum(['', '0']).transform(() => null), port]),
    default: '9464',
  },
  METRICS_BIND: {
    doc: 'Address of this machine on which health, readiness and metrics are answered. They are for machines of yours alone.',
    expected: 'an IP address of this machine, such as 127.0.0.1 or 0.0.0.0',
    schema: z.union([z.ipv4(), z.ipv6()]),
    default: '127.0.0.1',
  },
  UPGRADE_BACKUP: {
    doc: 'Whether a backup is made into the data directory before a new version changes the database.',
    expected: 'on or off',
    schema: z.enum(['on', 'off']).transform((value) => value === 'on'),
    default: 'on',
  },
  LOG: {
    doc: 'Form of the log: `pretty` for people, `json` (one object a line) for machines.',
    expected: 'pretty or json',
    schema: z.enum(['pretty', 'json']),
    default: 'pretty',
  },
  LOG_LEVEL: {
    doc: 'The least important lines to log.',
    expected: 'debug, info, warn or error',
    schema: z.enum(['debug', 'info', 'warn', 'error']),
    default: 'info',
  },
} as const satisfies Settings;

type Values = SettingValues<typeof SETTINGS>;

export interface Config {
  port: number;
  /** Null: helpers come to `port` too. */
  devicePort: number | null;
  /** As the network sees them. */
  publicPort: number;
  publicDevicePort: number;
  bind: string;
  publicHost: string;
  /** All names of the internal certificate, the public one first. */
  hosts: readonly string[];
  /** `https://name:port` of the portal, without the port when it is 443. */
  publicUrl: string;
  trustedProxies: readonly string[];
  /** Files of the company's certificate for the portal. */
  companyCertificate: { certFile: string; keyFile: string } | null;
  tlsMinVersion: Values['TLS_MIN_VERSION'];
  dataDir: string;
  sessionLimitS: number;
  idleLimitS: number;
  /** Directory null: where they are packaged. */
  helpers: { directory: string | null; minVersion: string; revoked: readonly string[] };
  /** Null: no health, readiness and metrics. */
  metricsPort: number | null;
  metricsBind: string;
  hasUpgradeBackup: boolean;
  log: Values['LOG'];
  logLevel: Values['LOG_LEVEL'];
}

export const SETTINGS_PREFIX = 'HANDRAIL_';
/** The internal certificate always carries these, so that the machine itself can be used to look at it. */
export const LOCAL_HOSTS = ['localhost', '127.0.0.1', '::1'];

/** Reads the environment once. Throws `SettingsError` that names every wrong setting and what was expected of it. */
export function readConfig(environment: Environment, machine = hostname()): Config {
  const values = readSettings(SETTINGS, SETTINGS_PREFIX, environment);
  if (values.PORT === values.DEVICE_PORT)
    throw new SettingsError([`HANDRAIL_DEVICE_PORT is ${values.PORT}: expected ${SETTINGS.DEVICE_PORT.expected}`]);
  for (const [present, missing] of [
    ['TLS_CERT_FILE', 'TLS_KEY_FILE'],
    ['TLS_KEY_FILE', 'TLS_CERT_FILE'],
  ] as const)
    if (values[present] !== null && values[missing] === null)
      throw new SettingsError([`HANDRAIL_${missing} is missing: HANDRAIL_${present} needs it`]);
  return Object.freeze(toConfig(values, machine.toLowerCase()));
}

function toConfig(values: Values, machine: string): Config {
  const own = isHost(machine) ? [machine] : [];
  const publicHost = values.PUBLIC_HOST ?? own[0] ?? 'localhost';
  const publicPort = values.PUBLIC_PORT ?? values.PORT;
  const { TLS_CERT_FILE: certFile, TLS_KEY_FILE: keyFile } = values;
  return {
    port: values.PORT,
    devicePort: values.DEVICE_PORT,
    publicPort,
    publicDevicePort: values.PUBLIC_DEVICE_PORT ?? values.DEVICE_PORT ?? publicPort,
    bind: values.BIND,
    publicHost,
    hosts: [...new Set([publicHost, ...values.EXTRA_HOSTS, ...own, ...LOCAL_HOSTS])],
    publicUrl: new URL(`https://${publicHost.includes(':') ? `[${publicHost}]` : publicHost}:${publicPort}`).origin,
    trustedProxies: values.TRUSTED_PROXIES,
    companyCertificate: certFile === null || keyFile === null ? null : { certFile, keyFile },
    tlsMinVersion: values.TLS_MIN_VERSION,
    dataDir: values.DATA_DIR,
    sessionLimitS: values.SESSION_LIMIT_S,
    idleLimitS: values.IDLE_LIMIT_S,
    helpers: {
      directory: values.HELPER_DIR,
      minVersion: values.HELPER_MIN_VERSION,
      revoked: values.HELPER_REVOKED,
    },
    metricsPort: values.METRICS_PORT,
    metricsBind: values.METRICS_BIND,
    hasUpgradeBackup: values.UPGRADE_BACKUP,
    log: values.LOG,
    logLevel: values.LOG_LEVEL,
  };
}
