import type { Request } from '../../../protocol/api/desk.ts';
import type { SessionState } from '../../../protocol/lifecycle.ts';

/** What can be done with the selected request. `priority` stands for setting each of them. */
export const COMMANDS = [
  'take',
  'take-over',
  'invite',
  'viewer',
  'solve',
  'release',
  'write',
  'hand-over',
  'priority',
  'next',
  'previous',
  'oldest',
] as const;
export type CommandName = (typeof COMMANDS)[number];

const ALWAYS: readonly CommandName[] = ['next', 'previous', 'oldest'];

export interface WhoAsks {
  myId: string;
  isAgent: boolean;
  isLead: boolean;
}

/** What can be done now with the selected request, most likely first. */
export function availableCommands(selected: Request | null, { myId, isAgent, isLead }: WhoAsks): CommandName[] {
  if (!selected || selected.closedAt !== null || selected.employee.id === myId) return [...ALWAYS];
  const steering: CommandName[] = mayHandOver(selected, { myId, isLead }) ? ['hand-over', 'priority'] : ['priority'];
  if (selected.state === 'waiting') return ['take', ...steering, ...ALWAYS];
  if (selected.agent?.id !== myId) return ['take-over', ...steering, ...ALWAYS];
  const sharing = sharingCommands(selected.session?.state ?? 'ended', mayInvite(selected, isAgent));
  return [...sharing, 'write', 'solve', ...steering, 'release', ...ALWAYS];
}

/** Whoever has it, and leads; what waits can be sent elsewhere by all. Nobody steers a request of their own. */
export function mayHandOver(request: Request, { myId, isLead }: Pick<WhoAsks, 'myId' | 'isLead'>): boolean {
  if (request.closedAt !== null || request.employee.id === myId) return false;
  return request.state === 'waiting' || request.agent?.id === myId || isLead;
}

/** Where remote assistance is switched off nobody is invited to it. */
export function mayInvite(request: Request, isAgent: boolean): boolean {
  return isAgent && request.isAssistanceAvailable;
}

function sharingCommands(state: SessionState, isInvitable: boolean): CommandName[] {
  if (state === 'ended') return isInvitable ? ['invite'] : [];
  return state === 'invited' || state === 'requested' ? [] : ['viewer'];
}
