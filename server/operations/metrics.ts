import type { AnsweredRequest } from '../platform/http.ts';
import { Counter, createRegistry, Gauge, Histogram, type Registry } from '../platform/prometheus.ts';
import { SESSION_STATES } from '../../protocol/lifecycle.ts';
import type { StatusCertificate } from '../../protocol/api/status.ts';
import type { SessionState } from '../../protocol/lifecycle.ts';
import type { RelayTally } from './relay-tally.ts';
import type { StorageFigures } from './storage.ts';

/** What the gauges are read from, at the moment of the scrape. */
export interface MetricsSource {
  version: string;
  node: string;
  sqlite: string;
  schema: string;
  tally: RelayTally;
  storage(): Promise<StorageFigures>;
  certificates(): StatusCertificate[];
  openSessions(): Map<SessionState, number>;
  liveConnections(): number;
  auditHead(): number;
  /** Milliseconds since 1970; null while there is none. */
  checkpointAt(): number | null;
  backupAt(): number | null;
}

export interface Metrics {
  registry: Registry;
  onAnswered(request: AnsweredRequest): void;
}

/** Seconds. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
const SIGN_IN_OUTCOMES: Readonly<Record<number, string>> = { 200: 'success', 401: 'refused', 429: 'throttled' };

/**
 * Every metric of ours. Labels take their values from lists in the code (routes, methods, states, reasons), never from a
 * person, a path or an id, so that neither the number of series nor anybody's privacy depends on what people do.
 */
export function createMetrics(source: MetricsSource): Metrics {
  const registry = createRegistry();
  const registers = [registry];
  const { version, node, sqlite, schema } = source;
  new Gauge({
    name: 'handrail_build_info',
    help: 'Always 1; the versions are in the labels.',
    labelNames: ['version', 'node', 'sqlite', 'schema'],
    registers,
  }).set({ version, node, sqlite, schema }, 1);
  addGauges(registry, source);
  addLabelledGauges(registry, source);
  addRelayCounters(registry, source.tally);
  return { registry, onAnswered: createRequestMetrics(registry) };
}

function createRequestMetrics(registry: Registry): (request: AnsweredRequest) => void {
  const registers = [registry];
  const requests = new Counter({
    name: 'handrail_http_requests_total',
    help: 'Answered requests by route pattern, method and status.',
    labelNames: ['route', 'method', 'status'],
    registers,
  });
  const durations = new Histogram({
    name: 'handrail_http_request_duration_seconds',
    help: 'Time to the answer by route pattern and method.',
    labelNames: ['route', 'method'],
    buckets: BUCKETS,
    registers,
  });
  const signIns = new Counter({
    name: 'handrail_sign_ins_total',
    help: 'Attempts to sign in with a password by outcome.',
    labelNames: ['outcome'],
    registers,
  });
  return ({ method: given, route, status, seconds }) => {
    const method = METHODS.has(given) ? given : 'OTHER';
    requests.inc({ route, method, status });
    durations.observe({ route, method }, seconds);
    if (route === '/api/sign-in' && method === 'POST') signIns.inc({ outcome: SIGN_IN_OUTCOMES[status] ?? 'invalid' });
  };
}

/** Gauges without labels: name, help, and what they are at this moment; null leaves the sample out. */
function addGauges(registry: Registry, source: MetricsSource): void {
  const inS = (ms: number | null): number | null => (ms === null ? null : ms / 1000);
  const gauges: [string, string, () => number | null | Promise<number | null>][] = [
    ['handrail_live_connections', 'Pages with an open live socket.', source.liveConnections],
    ['handrail_audit_head_sequence', 'Number of the last audit event.', source.auditHead],
    [
      'handrail_audit_checkpoint_timestamp_seconds',
      'Time of the last signed checkpoint.',
      () => inS(source.checkpointAt()),
    ],
    ['handrail_backup_timestamp_seconds', 'Time of the last finished backup.', () => inS(source.backupAt())],
    [
      'handrail_disk_free_bytes',
      'Free space on the disk of the data directory.',
      async () => (await source.storage()).freeBytes,
    ],
    [
      'handrail_disk_size_bytes',
      'Size of the disk of the data directory.',
      async () => (await source.storage()).totalBytes,
    ],
  ];
  for (const [name, help, read] of gauges)
    new Gauge({
      name,
      help,
      registers: [registry],
      collect: async function () {
        const value = await read();
        if (value === null) this.remove();
        else this.set(value);
      },
    });
}

function addLabelledGauges(registry: Registry, source: MetricsSource): void {
  const registers = [registry];
  new Gauge({
    name: 'handrail_sessions',
    help: 'Sessions that have not ended, by state.',
    labelNames: ['state'],
    registers,
    collect: function () {
      const open = source.openSessions();
      for (const state of SESSION_STATES) if (state !== 'ended') this.set({ state }, open.get(state) ?? 0);
    },
  });
  new Gauge({
    name: 'handrail_certificate_not_after_timestamp_seconds',
    help: 'When each certificate ends.',
    labelNames: ['certificate'],
    registers,
    collect: function () {
      for (const { kind, notAfter } of source.certificates()) this.set({ certificate: kind }, notAfter / 1000);
    },
  });
  new Gauge({
    name: 'handrail_data_bytes',
    help: 'Size of the data directory by part.',
    labelNames: ['part'],
    registers,
    collect: async function () {
      const { databaseBytes, attachmentBytes, backupBytes, otherBytes } = await source.storage();
      this.set({ part: 'database' }, databaseBytes);
      this.set({ part: 'attachments' }, attachmentBytes);
      this.set({ part: 'backups' }, backupBytes);
      this.set({ part: 'other' }, otherBytes);
    },
  });
}

function addRelayCounters(registry: Registry, { figures, refusals }: RelayTally): void {
  const registers = [registry];
  const counters: [string, string, 'bytes' | 'chunks' | 'pictureFrames' | 'inputFrames'][] = [
    ['handrail_relay_bytes_total', 'Sealed bytes that the relay forwarded.', 'bytes'],
    ['handrail_relay_chunks_total', 'Chunks that the relay forwarded.', 'chunks'],
    ['handrail_relay_picture_frames_total', 'Picture frames that the relay forwarded.', 'pictureFrames'],
    ['handrail_relay_input_frames_total', 'Input frames that the relay forwarded.', 'inputFrames'],
  ];
  for (const [name, help, figure] of counters)
    new Counter({
      name,
      help,
      registers,
      // The relay counts; a counter of prom-client can only be added to.
      collect: function () {
        this.reset();
        this.inc(figures[figure]);
      },
    });
  new Counter({
    name: 'handrail_relay_refusals_total',
    help: 'Chunks and messages that the relay refused, by reason.',
    labelNames: ['reason'],
    registers,
    collect: function () {
      this.reset();
      for (const [reason, count] of refusals) this.inc({ reason }, count);
    },
  });
}
