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
