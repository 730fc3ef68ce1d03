/**
 * The line or block by which a proxy that passes bytes on says for whom: PROXY protocol, versions 1 (text) and 2
 * (binary), as HAProxy's specification of 2020-03-05 has them. nginx's `stream` speaks version 1.
 */
import { isIPv4, isIPv6, SocketAddress } from 'node:net';

export type ProxyHeaderReading =
  /** The first bytes are none. */
  | { kind: 'none' }
  | { kind: 'need-more'; bytes: number }
  /** `client` is null when the proxy speaks for itself, as in its health checks (LOCAL, UNKNOWN). */
  | { kind: 'header'; client: string | null; bytes: number }
  | { kind: 'malformed' };

const V1_PREFIX = Buffer.from('PROXY ');
/** §2.1: 107 bytes with the end of the line, whatever the addresses. */
const V1_MAX_BYTES = 107;
const V2_SIGNATURE = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');
const V2_HEADER_BYTES = 16;
/** Addresses take 36 bytes; the rest are extensions of load balancers, which are skipped. */
const V2_MAX_BYTES = 2048;

export function readProxyHeader(bytes: Buffer): ProxyHeaderReading {
  for (const [prefix, read] of [
    [V1_PREFIX, readText],
    [V2_SIGNATURE, readBinary],
  ] as const) {
    const isSame = bytes.subarray(0, prefix.length).equals(prefix.subarray(0, bytes.length));
    if (!isSame) continue;
    return bytes.length < prefix.length ? { kind: 'need-more', bytes: prefix.length } : read(bytes);
  }
  return { kind: 'none' };
}

function readText(bytes: Buffer): ProxyHeaderReading {
  const end = bytes.subarray(0, V1_MAX_BYTES).indexOf('\r\n');
  if (end === -1)
    return bytes.length < V1_MAX_BYTES ? { kind: 'need-more', bytes: bytes.length + 1 } : { kind: 'malformed' };
  const [, family, source = '', destination = '', ...ports] = bytes.toString('latin1', 0, end).split(' ');
  const header = { kind: 'header', bytes: end + 2 } as const;
  // §2.1: what follows UNKNOWN is to be ignored.
  if (family === 'UNKNOWN') return { ...header, client: null };
  const isAddress = family === 'TCP4' ? isIPv4 : family === 'TCP6' ? isIPv6 : () => false;
  const isGood = isAddress(source) && isAddress(destination) && ports.length === 2 && ports.every(isPort);
  return isGood ? { ...header, client: source } : { kind: 'malformed' };
}

const isPort = (text: string): boolean => /^(0|[1-9]\d{0,4})$/.test(text) && Number(text) <= 65_535;

/** Version and command; family and transport; length of the rest; addresses (§2.2). */
function readBinary(bytes: Buffer): ProxyHeaderReading {
  if (bytes.length < V2_HEADER_BYTES) return { kind: 'need-more', bytes: V2_HEADER_BYTES };
  const command = bytes.readUInt8(12);
  const end = V2_HEADER_BYTES + bytes.readUInt16BE(14);
  if ((command !== 0x20 && command !== 0x21) || end > V2_MAX_BYTES) return { kind: 'malformed' };
  if (bytes.length < end) return { kind: 'need-more', bytes: end };
  const header = { kind: 'header', bytes: end } as const;
  if (command === 0x20) return { ...header, client: null };
  const addresses = bytes.subarray(V2_HEADER_BYTES, end);
  // TCP over IPv4 and over IPv6; anything else cannot have come to a TCP port and is read as LOCAL (§2.2).
  const family = { 0x11: 4, 0x21: 16 }[bytes.readUInt8(13)];
  if (family === undefined) return { ...header, client: null };
  if (addresses.length < 2 * family + 4) return { kind: 'malformed' };
  return { ...header, client: addressOf(addresses.subarray(0, family)) };
}

function addressOf(bytes: Buffer): string {
  if (bytes.length === 4) return bytes.join('.');
  const groups = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(index * 2).toString(16));
  return new SocketAddress({ address: groups.join(':'), family: 'ipv6' }).address;
}
