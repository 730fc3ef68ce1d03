/** The origins from which a page of ours can speak: `https://name:port`, lower case, port left out when it is 443. */
export type Origins = ReadonlySet<string>;

export function originsOf(hosts: readonly string[], port: number): Origins {
  return new Set(hosts.map((host) => new URL(`https://${host.includes(':') ? `[${host}]` : host}:${port}`).origin));
}

/** Absent, `null` and foreign are all refused: only a page that this server delivered has one of these. */
export function isOurOrigin(origin: string | null | undefined, origins: Origins): boolean {
  return typeof origin === 'string' && origins.has(origin);
}
