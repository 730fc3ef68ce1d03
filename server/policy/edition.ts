import { ROLES, type Role } from '../../protocol/api/access.ts';
import { SWITCH_KINDS, type EditionChange, type SwitchKind } from '../../protocol/api/edition.ts';

/** What is switched off, by kind of switch. */
export type Edition = Readonly<Record<SwitchKind, ReadonlySet<string>>>;

/** Whom or what a remote session would be about. Null: nobody in particular, as long as that is not known. */
export interface AssistanceSubject {
  sharer: { departmentId: string; roles: readonly Role[] } | null;
  agent: { roles: readonly Role[] } | null;
  categoryId: string | null;
}

export const ANYBODY: AssistanceSubject = { sharer: null, agent: null, categoryId: null };

/** One switch that is off is enough. The one place that decides; everything else asks (`availability.ts`). */
export function isAssistanceAvailable(edition: Edition, { sharer, agent, categoryId }: AssistanceSubject): boolean {
  const needed: Record<SwitchKind, readonly string[]> = {
    everybody: ['all'],
    department: sharer === null ? [] : [sharer.departmentId],
    category: categoryId === null ? [] : [categoryId],
    'sharer-role': sharer?.roles ?? [],
    'agent-role': agent?.roles ?? [],
  };
  return SWITCH_KINDS.every((kind) => needed[kind].every((subject) => !edition[kind].has(subject)));
}

/** Whether the switches leave anybody at all. Whoever helps is an agent, whatever else they are. */
export function isAvailableToAnybody(
  edition: Edition,
  { departmentIds, categoryIds }: { departmentIds: readonly string[]; categoryIds: readonly string[] },
): boolean {
  const isSomeOn = (kind: SwitchKind, subjects: readonly string[]): boolean =>
    subjects.length === 0 || subjects.some((subject) => !edition[kind].has(subject));
  return (
    isAssistanceAvailable(edition, { ...ANYBODY, agent: { roles: ['agent'] } }) &&
    isSomeOn('department', departmentIds) &&
    isSomeOn('category', categoryIds) &&
    isSomeOn('sharer-role', ROLES)
  );
}

export function isEverythingOn(edition: Edition): boolean {
  return SWITCH_KINDS.every((kind) => edition[kind].size === 0);
}

/** The edition after these changes, the last one of each switch counting. */
export function withChanges(edition: Edition, changes: readonly EditionChange[]): Edition {
  const changed = Object.fromEntries(SWITCH_KINDS.map((kind) => [kind, new Set(edition[kind])])) as Record<
    SwitchKind,
    Set<string>
  >; // One entry for each kind.
  for (const { which, isOn } of changes) {
    if (isOn) changed[which.kind].delete(which.subject);
    else changed[which.kind].add(which.subject);
  }
  return changed;
}
