import type { EditionChange, EditionSwitch, EditionView, SwitchKind } from '../../../protocol/api/edition.ts';

type Read = (edition: EditionView, subject: string) => boolean | undefined;

const READ: Readonly<Record<SwitchKind, Read>> = {
  everybody: ({ isOn }) => isOn,
  department: ({ departments }, subject) => departments.find(({ id }) => id === subject)?.isOn,
  category: ({ categories }, subject) => categories.find(({ id }) => id === subject)?.isOn,
  'sharer-role': ({ roles }, subject) => roles.find(({ role }) => role === subject)?.mayBeHelped,
  'agent-role': ({ roles }, subject) => roles.find(({ role }) => role === subject)?.mayHelp,
};

/** How a switch stands on the server. */
export function isOnIn(edition: EditionView, { kind, subject }: EditionSwitch): boolean {
  return READ[kind](edition, subject) ?? true;
}

const isSame = (a: EditionSwitch, b: EditionSwitch): boolean => a.kind === b.kind && a.subject === b.subject;

/** As somebody has set it and not applied yet; undefined: they have not touched it. */
export function drafted(draft: readonly EditionChange[], which: EditionSwitch): EditionChange | undefined {
  return draft.find((change) => isSame(change.which, which));
}

/** The draft with this switch turned. What is on the server already is no change. */
export function turned(
  edition: EditionView,
  draft: readonly EditionChange[],
  change: EditionChange,
): readonly EditionChange[] {
  const others = draft.filter(({ which }) => !isSame(which, change.which));
  return isOnIn(edition, change.which) === change.isOn ? others : [...others, change];
}

/** What is left of a draft when the server has moved on. */
export function rebased(edition: EditionView, draft: readonly EditionChange[]): readonly EditionChange[] {
  return draft.filter(({ which, isOn }) => isOnIn(edition, which) !== isOn);
}
