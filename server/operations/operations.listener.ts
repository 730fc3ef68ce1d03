import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { addProcessMetrics } from '../platform/prometheus.ts';
import type { Logger } from '../platform/logger.ts';
import type { Operations } from './operations.ts';

/** Health, readiness and metrics: plain HTTP for the machines that watch this one, nothing that opens anything. */
export interface OperationsListener {
  /** The port that was really taken; of use when 0 was asked for. */
  port: number;
  close(): Promise<void>;
}

interface Content {
  text: string;
  type: string;
}

type Answer = (response: ServerResponse) => void | Promise<void>;

/** Null when the port cannot be had: watching must not keep the server from serving, so that is only said. */
export async function listenForOperators(
  operations: Operations,
  { port, bind, log }: { port: number; bind: string; log: Logger },
): Promise<OperationsListener | null> {
  const routes = createRoutes(operations);
  const server = createServer(
    { headersTimeout: 5000, requestTimeout: 5000, keepAliveTimeout: 5000 },
    (request, response) => {
      const answer = routes.get(request.url?.split('?')[0] ?? '');
      if (answer === undefined) return send(response, 404, plain('there are /healthz, /readyz and /metrics'));
      if (request.method !== 'GET' && request.method !== 'HEAD') return send(response, 405, plain('GET only'));
      Promise.resolve(answer(response)).catch((error: unknown) => {
        log.error('operations/failed', { path: request.url, error });
        send(response, 500, plain('the log says why'));
      });
    },
  );
  server.maxConnections = 50;
  try {
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, bind, resolve));
  } catch (error) {
    log.warn('operations/not-listening', { bind, port, error });
    operations.noteSilent(port);
    return null;
  }
  addProcessMetrics(operations.metrics.registry);
  // The address of a listening TCP server is never a path.
  const { port: taken } = server.address() as AddressInfo;
  return {
    port: taken,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function createRoutes({ readiness, metrics }: Operations): Map<string, Answer> {
  return new Map<string, Answer>([
    ['/healthz', (response) => sendJson(response, 200, { status: 'alive' })],
    [
      '/readyz',
      async (response) => {
        const { isReady, checks } = await readiness.check();
        sendJson(response, isReady ? 200 : 503, { status: isReady ? 'ready' : 'not-ready', checks });
      },
    ],
    [
      '/metrics',
      async (response) => {
        const text = await metrics.registry.metrics();
        send(response, 200, { text, type: metrics.registry.contentType });
      },
    ],
  ]);
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  send(response, status, { text: `${JSON.stringify(body)}\n`, type: 'application/json' });
}

const plain = (line: string): Content => ({ text: `${line}\n`, type: 'text/plain; charset=utf-8' });

function send(response: ServerResponse, status: number, { text, type }: Content): void {
  response.writeHead(status, {
    'content-type': type,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
  response.end(response.req.method === 'HEAD' ? undefined : text);
}
