/**
 * Where the helper goes: address, CA fingerprint and one-time token, read from the file's own name or typed. Nothing is
 * appended to the file, so that its signature and hash stay those of the build.
 *
 *     handrail-helper_<host>_<port>_<32 hex digits>_<token>
 *
 * Browsers change names of downloads when a file of that name is there already; those changes are undone, nothing else.
 */
import { isIP } from 'node:net';
import { parseArgs } from 'node:util';
import type { HelperAddress } from './enrol/enrol.ts';

/** The two ways in which an address can be wrong, as the person is told (`FAILURE_CODES`). */
export type AddressErrorCode = 'address-missing' | 'address-invalid';

export class AddressError extends Error {
  override name = 'AddressError';
  readonly code: AddressErrorCode;

  constructor(code: AddressErrorCode, detail: string) {
    super(detail);
    this.code = code;
  }
}

export interface HelperArguments {
  /** Undefined: no session, only removing what an earlier helper left behind. */
  address: HelperAddress | undefined;
}

const PREFIX = 'handrail-helper_';
/** The same program under this name only cleans up. */
const CLEAN_UP_NAME = 'handrail-clean-up';
const MAX_NAME_LENGTH = 512;
/** 128 bits in lower-case base 32. */
const TOKEN = /^[0-9a-z]{26}$/;
const FINGERPRINT = /^[0-9a-f]{32}$/;
const IPV6_SUFFIX = '.ipv6-literal.net';

/** Typed options win over the name of the file. Throws `AddressError` with words. */
export function parseHelperArguments(fileName: string, typed: readonly string[]): HelperArguments {
  const options = parseOptions(typed);
  if (options.clean === true || isCleanUpFileName(fileName)) return { address: undefined };
  const isTyped = options.server !== undefined || options.ca !== undefined || options.token !== undefined;
  return { address: isTyped ? addressOfOptions(options) : parseHelperFileName(fileName) };
}

interface Options {
  server?: string | undefined;
  ca?: string | undefined;
  token?: string | undefined;
  clean?: boolean | undefined;
}

function parseOptions(typed: readonly string[]): Options {
  const string = { type: 'string' } as const;
  try {
    const options = { server: string, ca: string, token: string, clean: { type: 'boolean' } } as const;
    return parseArgs({ args: [...typed], options, strict: true, allowPositionals: false }).values;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new AddressError('address-invalid', `${why}\nUse: --server HOST:PORT --ca FINGERPRINT --token TOKEN`);
  }
}

function addressOfOptions({ server, ca, token }: Options): HelperAddress {
  if (server === undefined || ca === undefined || token === undefined)
    throw new AddressError('address-missing', '--server, --ca and --token are needed together');
  const match = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(server);
  if (match === null) throw new AddressError('address-invalid', `${server} is not HOST:PORT`);
  const [, bracketed, plain, port = ''] = match;
  return checked({
    host: (bracketed ?? plain ?? '').toLowerCase(),
    port: Number(port),
    // As people copy it: with colons or spaces, and the whole SHA-256 as well as its first half.
    caFingerprint: ca
      .replace(/[\s:]/g, '')
      .toLowerCase()
      .replace(/^([0-9a-f]{32})[0-9a-f]{32}$/, '$1'),
    token: token.trim().toLowerCase(),
  });
}

/** Reads the name a download was saved under, path excluded. */
export function parseHelperFileName(fileName: string): HelperAddress {
  const name = undoDownloadRenaming(fileName.toLowerCase());
  if (!name.startsWith(PREFIX))
    throw new AddressError('address-missing', `the file is called ${shown(fileName)}, which names no server`);
  const [host = '', port = '', caFingerprint = '', token = '', ...more] = name.slice(PREFIX.length).split('_');
  if (more.length > 0 || !/^\d{1,5}$/.test(port))
    throw new AddressError('address-invalid', `the name ${shown(fileName)} is damaged`);
  return checked({ host: decodeHost(host), port: Number(port), caFingerprint, token });
}

function shown(fileName: string): string {
  return JSON.stringify(fileName.slice(0, 120));
}

/**
 * Whether a file was handed out to one person for one session, or for cleaning up: nothing else is ever removed, not even
 * the helper under the name it has on the server.
 */
export function isHelperFileName(fileName: string): boolean {
  return isCleanUpFileName(fileName) || namesServer(fileName);
}

/** Whether a helper that is started by this name alone knows where to go. */
export function namesServer(fileName: string): boolean {
  try {
    parseHelperFileName(fileName);
    return true;
  } catch (error) {
    if (error instanceof AddressError) return false;
    throw error;
  }
}

function isCleanUpFileName(fileName: string): boolean {
  return undoDownloadRenaming(fileName.toLowerCase()) === CLEAN_UP_NAME;
}

/**
 * "name (1)" (Chromium puts it before the last dot, which may be inside the host), "name(1)", "name_1", "name-1",
 * "name - Copy", and endings added for the type of the content.
 */
function undoDownloadRenaming(name: string): string {
  if (name.length > MAX_NAME_LENGTH) return name;
  return name
    .replace(/ ?\(\d{1,3}\)/g, '')
    .replace(/ - (?:copy|副本)/g, '')
    .replace(/(?:\.(?:exe|bin|run|elf|download))+$/, '')
    .replace(/(?<!^handrail-helper)_\d{1,3}(?=\.)/, '')
    .replace(/(?<=_[0-9a-z]{26})[._-]\d{1,3}$/, '')
    .replace(/(?:\.(?:exe|bin|run|elf|download))+$/, '');
}

/** The inverse of how the server spells an IPv6 address where no colon may be. */
function decodeHost(host: string): string {
  return host.endsWith(IPV6_SUFFIX) ? host.slice(0, -IPV6_SUFFIX.length).replaceAll('-', ':') : host;
}

/** Builds the name under which the server hands a helper out; the inverse of `parseHelperFileName`. */
export function buildHelperFileName(address: HelperAddress): string {
  const { host, port, caFingerprint, token } = checked(address);
  const name = isIP(host) === 6 ? host.replaceAll(':', '-') + IPV6_SUFFIX : host;
  return `${PREFIX}${name}_${port}_${caFingerprint}_${token}`;
}

function checked(address: HelperAddress): HelperAddress {
  const wrong = whatIsWrong(address);
  if (wrong !== undefined) throw new AddressError('address-invalid', wrong);
  return address;
}

function whatIsWrong({ host, port, caFingerprint, token }: HelperAddress): string | undefined {
  if (!isHost(host)) return `${shown(host)} is not the name or address of a server`;
  if (!Number.isInteger(port) || port < 1 || port > 65_535) return `${port} is not a port`;
  if (!FINGERPRINT.test(caFingerprint)) return 'the fingerprint of the CA is 32 hexadecimal digits';
  if (!TOKEN.test(token)) return 'the token is 26 letters and digits';
  return undefined;
}

/** An IP address, or a name of the Domain Name System in its preferred form (RFC 1123 §2.1). */
function isHost(host: string): boolean {
  if (isIP(host) !== 0) return true;
  // Digits and dots alone would be an address, and this one is not a right one.
  if (host.length > 253 || /^[\d.]+$/.test(host)) return false;
  return host.split('.').every((label) => /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(label));
}
