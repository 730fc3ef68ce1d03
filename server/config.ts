import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { z } from 'zod';
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

const hosts = z
  .string()
  .transform((text) =>
    text
      .split(',')
      .map((part) => part.trim().toLowerCase())
      .filter((part) => part !== ''),
  )
  .refine((list) => list.every(isHost));

/** Every setting of the server; `docs/configuration.md` is printed from this table. */
export const SETTINGS = {
  PORT: {
    doc: 'Port of the portal, for browsers.',
    expected: 'a number from 1 to 65535',
    schema: port,
    default: '8443',
  },
  DEVICE_PORT: {
    doc: 'Port of the device listener, for helpers (mutual TLS). Different from the portal’s.',
    expected: 'a number from 1 to 65535, other than HANDRAIL_PORT',
    schema: port,
    default: '8444',
  },
  BIND: {
    doc: 'Address of this machine on which both listeners wait. `::` is every address, IPv4 included.',
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
  DATA_DIR: {
    doc: 'Directory that holds everything this server knows: database, keys, files. Back it up as one.',
    expected: 'a directory that exists or can be made',
    schema: z
      .string()
      .min(1)
      .transform((path) => resolve(path)),
    default: './data',
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
  devicePort: number;
  bind: string;
  publicHost: string;
  /** All names of the certificate, the public one first. */
  hosts: readonly string[];
  /** `https://name:port` of the portal, without the port when it is 443. */
  publicUrl: string;
  dataDir: string;
  /** Null: no health, readiness and metrics. */
  metricsPort: number | null;
  metricsBind: string;
  hasUpgradeBackup: boolean;
  log: Values['LOG'];
  logLevel: Values['LOG_LEVEL'];
}

export const SETTINGS_PREFIX = 'HANDRAIL_';
/** The certificate always carries these, so that the machine itself can be used to look at it. */
const LOCAL_HOSTS = ['localhost', '127.0.0.1', '::1'];

/** Reads the environment once. Throws `SettingsError` that names every wrong setting and what was expected of it. */
export function readConfig(environment: Environment, machine = hostname()): Config {
  const values = readSettings(SETTINGS, SETTINGS_PREFIX, environment);
  if (values.PORT === values.DEVICE_PORT)
    throw new SettingsError([`HANDRAIL_DEVICE_PORT is ${values.PORT}: expected ${SETTINGS.DEVICE_PORT.expected}`]);
  return Object.freeze(toConfig(values, machine.toLowerCase()));
}

function toConfig(values: Values, machine: string): Config {
  const own = isHost(machine) ? [machine] : [];
  const publicHost = values.PUBLIC_HOST ?? own[0] ?? 'localhost';
  return {
    port: values.PORT,
    devicePort: values.DEVICE_PORT,
    bind: values.BIND,
    publicHost,
    hosts: [...new Set([publicHost, ...values.EXTRA_HOSTS, ...own, ...LOCAL_HOSTS])],
    publicUrl: new URL(`https://${publicHost.includes(':') ? `[${publicHost}]` : publicHost}:${values.PORT}`).origin,
    dataDir: values.DATA_DIR,
    metricsPort: values.METRICS_PORT,
    metricsBind: values.METRICS_BIND,
    hasUpgradeBackup: values.UPGRADE_BACKUP,
    log: values.LOG,
    logLevel: values.LOG_LEVEL,
  };
}
