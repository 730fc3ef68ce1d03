/** Combinations that the agent's own browser or system would take: sent from a menu. Labels are printed on keys, not translated. */
export const SPECIAL_KEYS: readonly { label: string; codes: readonly string[] }[] = [
  { label: 'Ctrl+Alt+Delete', codes: ['ControlLeft', 'AltLeft', 'Delete'] },
  { label: 'Alt+Tab', codes: ['AltLeft', 'Tab'] },
  { label: 'Alt+F4', codes: ['AltLeft', 'F4'] },
  { label: 'Ctrl+W', codes: ['ControlLeft', 'KeyW'] },
  { label: 'Ctrl+T', codes: ['ControlLeft', 'KeyT'] },
  { label: 'Super', codes: ['MetaLeft'] },
  { label: 'F11', codes: ['F11'] },
  { label: 'F12', codes: ['F12'] },
  { label: 'Print', codes: ['PrintScreen'] },
];

/** With Ctrl, Alt and Shift held: what the agent keeps of the keyboard while all the rest goes to the other screen. */
const KEPT_KEYS = { KeyB: 'leave', KeyA: 'ask', KeyP: 'pause' } as const;
export type KeptAction = (typeof KEPT_KEYS)[keyof typeof KEPT_KEYS];

/** What a key press is for, when it is not for the other screen. */
export function keptAction(
  event: Pick<KeyboardEvent, 'ctrlKey' | 'altKey' | 'shiftKey' | 'metaKey' | 'code' | 'getModifierState'>,
): KeptAction | undefined {
  // AltGr is Ctrl and Alt on some systems, and with Shift it types letters: Ą is AltGr+Shift+A.
  const isHeld = event.ctrlKey && event.altKey && event.shiftKey && !event.metaKey;
  if (!isHeld || event.getModifierState('AltGraph')) return undefined;
  return Object.entries(KEPT_KEYS).find(([code]) => code === event.code)?.[1];
}
