import type { MessageKey } from '../i18n/en.ts';

export const SHORTCUT_GROUPS = ['list', 'request', 'desk'] as const;

export const SHORTCUTS = [
  { name: 'next', key: 'j', group: 'list' },
  { name: 'previous', key: 'k', group: 'list' },
  { name: 'take', key: 'Enter', group: 'request' },
  { name: 'write', key: 'c', group: 'request' },
  { name: 'reply', key: '/', group: 'request' },
  { name: 'hand-over', key: 'h', group: 'request' },
  { name: 'priority', key: 'p', group: 'request' },
  { name: 'invite', key: 'i', group: 'request' },
  { name: 'viewer', key: 'v', group: 'request' },
  { name: 'team', key: 't', group: 'desk' },
  { name: 'queues', key: 'q', group: 'desk' },
  { name: 'help', key: '?', group: 'desk' },
] as const satisfies readonly { name: string; key: string; group: (typeof SHORTCUT_GROUPS)[number] }[];
export type ShortcutName = (typeof SHORTCUTS)[number]['name'];

export const wordsOf = (name: ShortcutName): Extract<MessageKey, `keys.${ShortcutName}`> => `keys.${name}`;

const STORAGE_KEY = 'handrail.single-keys';

/** Single keys can be switched off (WCAG 2.1.4): speech input and unsteady hands press them without meaning it. */
class Shortcuts {
  areOn = $state(localStorage.getItem(STORAGE_KEY) !== 'off');

  switch(areOn: boolean): void {
    this.areOn = areOn;
    if (areOn) localStorage.removeItem(STORAGE_KEY);
    else localStorage.setItem(STORAGE_KEY, 'off');
  }
}

export const shortcuts = new Shortcuts();
