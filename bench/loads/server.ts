/** A busy morning: pages open with live sockets, and requests of all kinds as fast as they are answered. */
import { mkdtemp, rm } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { Agent } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { WebSocket } from 'ws';
import * as desk from '../../protocol/api/desk.ts';
import { PlainClient } from '../../e2e/plain-client.ts';
import { openLive } from '../../e2e/plain-day.ts';
import * as office from '../../e2e/plain-office.ts';
import { eventually } from '../../e2e/processes.ts';
import { Product } from '../../e2e/product.ts';
import { residentMb } from '../processes.ts';
import { percentile, type Series } from '../rows.ts';
import type { Load, LoadEffort } from './load.ts';

/** As many live sockets as one sign-in may have. */
const PAGES_PER_SIGN_IN = 20;

interface Scene {
  product: Product;
  made: office.PlainOffice;
  /** All open requests of one client go through this one. */
  agent: Agent;
  requestIds: string[];
  pages: WebSocket[];
  /** Messages that the open pages have heard. */
  heard: { count: number; closed: number };
}

export const server: Load = {
  name: 'server',
  measure: async (effort) => {
    const folder = await mkdtemp(join(tmpdir(), 'handrail-load-'));
    const product = await Product.start(join(folder, 'data'));
    try {
      return await measureOn(await prepare(product, effort), effort);
    } finally {
      await product.stop();
      await rm(folder, { recursive: true, force: true });
    }
  },
};

async function measureOn(scene: Scene, effort: LoadEffort): Promise<Series[]> {
  const { product, pages, agent, heard } = scene;
  await fire(scene, effort.warmUpRequests, effort.concurrency);
  const before = await residentMb([product.pid]);
  const heardBefore = heard.count;
  const startedAt = performance.now();
  const { latencies, errors } = await fire(scene, effort.requests, effort.concurrency);
  const seconds = (performance.now() - startedAt) / 1000;
  const after = await residentMb([product.pid]);
  await delay(effort.restMs);
  const rested = await residentMb([product.pid]);
  const lost = heard.closed;
  for (const page of pages) page.terminate();
  agent.destroy();
  const one = (metric: string, unit: string, sample: number): Series => ({ metric, unit, samples: [sample] });
  return [
    { metric: 'request', unit: 'ms', samples: latencies },
    one('request_p99', 'ms', percentile(latencies, 99)),
    one('request_rate', '1/s', effort.requests / seconds),
    one('errors', 'requests', errors),
    one('live_pages', 'pages', pages.length),
    one('live_lost', 'pages', lost),
    one('live_messages', 'messages', heard.count - heardBefore),
    one('server_rss_before', 'MB', before),
    one('server_rss_after', 'MB', after),
    one('server_rss_rested', 'MB', rested),
  ];
}

async function prepare(product: Product, effort: LoadEffort): Promise<Scene> {
  const ca = readFileSync(join(product.dataDir, 'authority', 'ca.crt'), 'utf8');
  const agent = new Agent({ ca, keepAlive: true, maxSockets: effort.concurrency });
  const stranger = new PlainClient(product.url, { ca, agent });
  const token = await eventually('the set-up link', () => /setup#([\w-]{43})/.exec(product.output())?.[1]);
  const made = await office.foundPlainOffice(stranger, token);
  const requestIds: string[] = [];
  for (let turn = 0; turn < 20; turn += 1) requestIds.push(await office.askForHelp(made.employee, `Request ${turn}`));
  const scene: Scene = { product, made, agent, requestIds, pages: [], heard: { count: 0, closed: 0 } };
  while (scene.pages.length < effort.livePages) {
    const who = scene.pages.length % (2 * PAGES_PER_SIGN_IN) === 0 ? made.employee : made.agent;
    const member = await office.signIn(stranger.stranger(), who);
    for (let page = 0; page < PAGES_PER_SIGN_IN && scene.pages.length < effort.livePages; page += 1)
      scene.pages.push(listen(await openLive(member), scene.heard));
  }
  return scene;
}

function listen(page: WebSocket, heard: Scene['heard']): WebSocket {
  page.on('message', () => (heard.count += 1));
  page.on('close', () => (heard.closed += 1));
  return page;
}

/** What people's pages ask, in about the shares in which they do; every twentieth writes. */
function nextRequest({ made, requestIds }: Scene, turn: number): () => Promise<number> {
  const id = requestIds[turn % requestIds.length] ?? '';
  const get = (member: office.PlainMember, path: string) => async () => (await member.client.send('GET', path)).status;
  const kinds = [
    get(made.employee, '/api/me'),
    get(made.employee, '/api/requests'),
    get(made.agent, '/api/queue'),
    get(made.agent, `/api/requests/${id}`),
    get(made.agent, `/api/requests/${id}/messages`),
    get(made.employee, '/api/categories'),
    get(made.admin, '/api/people'),
    get(made.admin, '/api/audit?limit=50'),
    get(made.employee, '/api/me'),
    get(made.employee, `/api/requests/${id}`),
  ];
  if (turn % 20 === 19)
    return async () => {
      const json = { text: `message ${turn}`, clientId: crypto.randomUUID() };
      const answer = await made.employee.client.send('POST', `/api/requests/${id}/messages`, json);
      return desk.message.safeParse(JSON.parse(answer.text)).success ? 200 : answer.status;
    };
  return kinds[turn % kinds.length] ?? get(made.employee, '/api/me');
}

async function fire(
  scene: Scene,
  requests: number,
  concurrency: number,
): Promise<{ latencies: number[]; errors: number }> {
  const latencies: number[] = [];
  let errors = 0;
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let turn = next++; turn < requests; turn = next++) {
      const request = nextRequest(scene, turn);
      const startedAt = performance.now();
      const status = await request().catch(() => 0);
      latencies.push(performance.now() - startedAt);
      if (status !== 200) errors += 1;
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  return { latencies, errors };
}
