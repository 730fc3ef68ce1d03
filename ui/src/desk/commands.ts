import type { Request } from '../../../protocol/api/desk.ts';
import type { SessionState } from '../../../protocol/lifecycle.ts';

export const COMMANDS = [
  'take',
  'take-over',
  'invite',
  'viewer',
  'solve',
  'release',
  'write',
  'next',
  'previous',
  'oldest',
] as const;
export type CommandName = (typeof COMMANDS)[number];

const ALWAYS: readonly CommandName[] = ['next', 'previous', 'oldest'];

/** What can be done now with the selected request, most likely first. */
export function availableCommands(
  selected: Request | null,
  { myId, mayInvite }: { myId: string; mayInvite: boolean },
): CommandName[] {
  if (!selected || selected.closedAt !== null || selected.employee.id === myId) return [...ALWAYS];
  if (selected.state === 'waiting') return ['take', ...ALWAYS];
  if (selected.agent?.id !== myId) return ['take-over', ...ALWAYS];
  return [...sharingCommands(selected.session?.state ?? 'ended', mayInvite), 'write', 'solve', 'release', ...ALWAYS];
}

function sharingCommands(state: SessionState, mayInvite: boolean): CommandName[] {
  if (state === 'ended') return mayInvite ? ['invite'] : [];
  return state === 'invited' || state === 'requested' ? [] : ['viewer'];
}
