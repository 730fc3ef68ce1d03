import { z } from '../../../protocol/zod.ts';
import type { Outgoing } from './timeline.ts';

const stored = z.object({
  draft: z.string(),
  outbox: z.array(
    z.object({ clientId: z.string(), text: z.string(), writtenAt: z.number(), state: z.enum(['sending', 'failed']) }),
  ),
});

export interface Kept {
  draft: string;
  outbox: Outgoing[];
}

const keyOf = (requestId: string): string => `handrail.chat.${requestId}`;

/** What was typed or under way in this tab; anything unreadable counts as nothing. */
export function readOutbox(requestId: string): Kept {
  try {
    return stored.parse(JSON.parse(sessionStorage.getItem(keyOf(requestId)) ?? 'null'));
  } catch {
    // Never written, or by another version of this page.
    return { draft: '', outbox: [] };
  }
}

export function writeOutbox(requestId: string, kept: Kept): void {
  if (kept.draft === '' && kept.outbox.length === 0) sessionStorage.removeItem(keyOf(requestId));
  else sessionStorage.setItem(keyOf(requestId), JSON.stringify(kept));
}
