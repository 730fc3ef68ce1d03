/**
 * The one way to prom-client. Nothing uses its global registry: each server has its own, so that tests can run many. The
 * text format is Prometheus exposition format 0.0.4.
 */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

export { Counter, Gauge, Histogram };
export type { Registry };

export function createRegistry(): Registry {
  return new Registry();
}

/** Processor time, memory, garbage collection, event loop lag of this process, under the names that dashboards know. */
export function addProcessMetrics(registry: Registry): void {
  collectDefaultMetrics({ register: registry });
}
