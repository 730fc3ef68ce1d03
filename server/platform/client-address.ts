import { BlockList, isIP, type Socket } from 'node:net';

/** What tells one TCP connection of this machine from all others; a TLS socket has the same four as the one below it. */
export type ConnectionEnds = Partial<Pick<Socket, 'remoteAddress' | 'remotePort' | 'localAddress' | 'localPort'>>;

/** Who is at the other end, proxies that are trusted seen through. Everything else that a client claims is ignored. */
export interface ClientAddresses {
  isProxy(address: string | undefined): boolean;
  /** A trusted proxy opened this connection for `client` (PROXY protocol). Forgotten when the connection closes. */
  note(connection: Socket, client: string): void;
  ofConnection(connection: ConnectionEnds): string;
  /** `forwardedFor`: X-Forwarded-For, believed from the right as far as trusted proxies have written it. */
  ofRequest(connection: ConnectionEnds, forwardedFor: string | undefined): string;
}

/** Under `app.request()` there is no connection. */
const UNKNOWN = 'in-process';

/** `proxies`: addresses and networks in CIDR notation. */
export function createClientAddresses(proxies: readonly string[]): ClientAddresses {
  const trusted = toBlockList(proxies);
  const noted = new Map<string, string>();

  const isProxy = (address: string | undefined): boolean => {
    const plain = plainAddress(address ?? '');
    const family = isIP(plain);
    return family !== 0 && trusted.check(plain, family === 6 ? 'ipv6' : 'ipv4');
  };
  const ofConnection = (connection: ConnectionEnds): string =>
    noted.get(keyOf(connection)) ?? (plainAddress(connection.remoteAddress ?? '') || UNKNOWN);

  return {
    isProxy,
    note: (connection, client) => {
      // Read now: a closed connection has forgotten its ends.
      const key = keyOf(connection);
      noted.set(key, plainAddress(client));
      connection.once('close', () => noted.delete(key));
    },
    ofConnection,
    ofRequest: (connection, forwardedFor) => {
      let address = ofConnection(connection);
      const hops = forwardedFor?.split(',').map((hop) => plainAddress(hop.trim())) ?? [];
      for (let hop = hops.pop(); hop !== undefined && isIP(hop) !== 0 && isProxy(address); hop = hops.pop())
        address = hop;
      return address;
    },
  };
}

function keyOf({ remoteAddress, remotePort, localAddress, localPort }: ConnectionEnds): string {
  return `${remoteAddress} ${remotePort} ${localAddress} ${localPort}`;
}

/** IPv4 that arrived on an IPv6 socket as IPv4, without the zone that is this machine's own business. */
function plainAddress(address: string): string {
  return address
    .toLowerCase()
    .replace(/%.*$/, '')
    .replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/, '');
}

function toBlockList(proxies: readonly string[]): BlockList {
  const list = new BlockList();
  for (const proxy of proxies) {
    const [address = '', prefix] = proxy.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    if (prefix === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(prefix), family);
  }
  return list;
}
