import { z } from '../zod.ts';
import { timeMs } from './shared.ts';
import type { Role } from './access.ts';

/** Who reads the chain, and so the receipt of every session. */
export const AUDIT_READERS = ['security', 'auditor', 'admin'] as const satisfies readonly Role[];

export const auditEvent = z.object({
  seq: z.number(),
  at: timeMs,
  actor: z.object({ id: z.string(), label: z.string() }),
  action: z.string(),
  target: z.object({ id: z.string(), label: z.string() }).nullable(),
  outcome: z.enum(['success', 'refused', 'failure']),
  detail: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  hash: z.string(),
});
export type AuditEvent = z.infer<typeof auditEvent>;

/** GET /api/audit?actor=&action=&outcome=&q=&from=&to=&before=&limit= → auditPage, newest first. For `AUDIT_READERS`. */
export const auditQuery = z.object({
  actor: z.string().max(64).optional(),
  action: z.string().max(64).optional(),
  outcome: z.enum(['success', 'refused', 'failure']).optional(),
  q: z.string().max(100).optional(),
  from: z.coerce.number().int().optional(),
  to: z.coerce.number().int().optional(),
  before: z.coerce.number().int().positive().optional(),
  limit: z.coerce.number().int().min(1).max(200).default(100),
});
export const auditPage = z.object({
  events: z.array(auditEvent),
  /** `before` for the next page; null at the end. */
  next: z.number().nullable(),
  head: z.object({ seq: z.number(), hash: z.string(), checkpointAt: timeMs.nullable() }),
  total: z.number(),
});
export type AuditPage = z.infer<typeof auditPage>;
