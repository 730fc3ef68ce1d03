import { SHORTCUTS, type ShortcutName } from './shortcuts.svelte.ts';

export type DeskActions = Record<ShortcutName, () => void> & { openPalette: () => void };

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}

/** Enter belongs to the control that has the focus; only on the selected row, or on nothing, it takes. */
function isFree(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return true;
  const row = target.closest('[data-queue-row]');
  if (row) return row.getAttribute('aria-current') === 'true';
  return target.closest('a, button, summary') === null;
}

/** A dialog or a menu has the keyboard to itself, and so has whoever types. */
function isHeld(event: KeyboardEvent): boolean {
  const hasModifier = event.ctrlKey || event.metaKey || event.altKey;
  return hasModifier || isTyping(event.target) || document.querySelector('[role=dialog], [role=menu]') !== null;
}

/** The keys of the desk: Ctrl+K everywhere; single ones while nothing is being typed, nothing is open and they are on. */
export function deskKeys(actions: DeskActions, areSingleOn: () => boolean): (event: KeyboardEvent) => void {
  return (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
      event.preventDefault();
      return actions.openPalette();
    }
    if (!areSingleOn() || isHeld(event)) return;
    const wanted = SHORTCUTS.find(({ key }) => key === event.key || key === event.key.toLowerCase());
    if (wanted === undefined || (wanted.name === 'take' && !isFree(event.target))) return;
    event.preventDefault();
    actions[wanted.name]();
  };
}
