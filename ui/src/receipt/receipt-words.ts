import type { Receipt, ReceiptGrant } from '../../../protocol/api/receipt.ts';
import { CAPABILITY_NAMES } from '../../../protocol/capabilities.ts';

/** Whether the signature covers everything that is in it. */
export function isSigned({ chain, lastEntry }: Receipt): boolean {
  return chain.checkpoint !== null && chain.checkpoint.seq >= lastEntry.seq;
}

/** Whether it may still become another one. */
export function isMoving(receipt: Receipt): boolean {
  return receipt.session.state !== 'ended' || !isSigned(receipt);
}

export type GrantFate = {
  at: number;
  how: 'in-force' | 'ran-out' | 'taken-back' | 'given-back' | 'replaced' | 'with-pause' | 'with-end';
};

/** What became of a right. What ran out before it was taken back ran out, and nothing outlives the session. */
export function fateOf(
  { notAfter, revoked }: ReceiptGrant,
  { now, endedAt }: { now: number; endedAt: number | null },
): GrantFate {
  const over = revoked ?? (endedAt === null ? null : { at: endedAt, by: null, with: 'end' as const });
  if (over === null || over.at >= notAfter)
    return { at: notAfter, how: over === null && now < notAfter ? 'in-force' : 'ran-out' };
  const isGivenBack = over.with === 'alone' && over.by === 'agent';
  return { at: over.at, how: isGivenBack ? 'given-back' : FATES[over.with] };
}

const FATES = {
  alone: 'taken-back',
  time: 'ran-out',
  replaced: 'replaced',
  pause: 'with-pause',
  end: 'with-end',
} as const;

/** Who it was, by name; null: nobody in particular, or not known any more. */
export function nameOf(receipt: Receipt, by: 'sharer' | 'agent' | 'server' | null): string | null {
  if (by === 'sharer') return receipt.sharer.name;
  return by === 'agent' ? receipt.agent.name : null;
}

export function knownRight(capability: string): (typeof CAPABILITY_NAMES)[number] | undefined {
  return CAPABILITY_NAMES.find((known) => known === capability);
}

/** What the scope counts, leaving out what there is none of. */
export function partsOf({ scope }: ReceiptGrant): { kind: 'windows' | 'applications' | 'rectangles'; count: number }[] {
  if (scope.reach === 'all') return [];
  const kinds = ['windows', 'applications', 'rectangles'] as const;
  return kinds.map((kind) => ({ kind, count: scope[kind] })).filter(({ count }) => count > 0);
}
