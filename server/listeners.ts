import { createFrontDoor, type FrontDoorOptions } from './front-door/front-door.ts';
import { HELPER_PROTOCOL } from '../protocol/relay.ts';
import type { TlsEnd } from './tls-end.ts';

export interface Listener {
  listen(port: number, address: string): Promise<void>;
  /** Stops accepting and lets running answers finish until `deadlineMs` has passed. */
  close(deadlineMs: number): Promise<void>;
}

export interface ListenerParts extends Omit<FrontDoorOptions, 'handOver'> {
  browsers: TlsEnd | null;
  helpers: TlsEnd | null;
}

/** One port, for browsers, for helpers or for both: then helpers are those whose ALPN says so, and all others browsers. */
export function createListener({ browsers, helpers, ...options }: ListenerParts): Listener {
  const ends = [browsers, helpers].filter((end) => end !== null);
  const door = createFrontDoor({
    ...options,
    handOver: (connection, hello) => {
      const isHelper = browsers === null || hello?.protocols.includes(HELPER_PROTOCOL) === true;
      const end = isHelper ? (helpers ?? browsers) : browsers;
      end?.take(connection);
    },
  });
  const { server } = door;
  return {
    listen: (port, address) =>
      new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, address, () => {
          server.off('error', reject);
          resolve();
        });
      }),
    close: (deadlineMs) =>
      new Promise((resolve) => {
        // Sockets are no longer HTTP connections: the server would wait for them and never hurry them.
        const hurry = setTimeout(() => {
          for (const end of ends) end.terminate();
          door.clear('all');
        }, deadlineMs);
        server.close(() => {
          clearTimeout(hurry);
          resolve();
        });
        door.clear('waiting');
        for (const end of ends) end.close();
      }),
  };
}
