export interface DeskActions {
  step: (by: 1 | -1) => void;
  takeSelected: () => void;
  openPalette: () => void;
  write: () => void;
}

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

/** The keys of the desk: Ctrl+K everywhere; J, K, Enter and C while nothing is being typed and no dialog is open. */
export function deskKeys(actions: DeskActions): (event: KeyboardEvent) => void {
  const plain: Record<string, () => void> = {
    j: () => actions.step(1),
    k: () => actions.step(-1),
    c: actions.write,
  };
  return (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
      event.preventDefault();
      return actions.openPalette();
    }
    const hasModifier = event.ctrlKey || event.metaKey || event.altKey;
    if (hasModifier || isTyping(event.target) || document.querySelector('[role=dialog]') !== null) return;
    const act = event.key === 'Enter' && isFree(event.target) ? actions.takeSelected : plain[event.key.toLowerCase()];
    if (!act) return;
    event.preventDefault();
    act();
  };
}
