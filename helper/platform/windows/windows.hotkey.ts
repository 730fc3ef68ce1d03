/** Hotkeys: Stop, and hide now. The thread of the windows hears them, see thread.hotkeys.ts. */
import type { HideHotkey, StopHotkey } from '../platform.ts';
import type { WindowThread } from './windows.thread.ts';

/** Letters tried with Ctrl+Alt+Shift, in this order. */
const STOP_LETTERS = ['Q', 'X', 'S', 'E'];
const HIDE_LETTERS = ['H', 'B', 'K'];

export function openWindowsHotkey(thread: WindowThread): Promise<StopHotkey> {
  return openHotkey(thread, STOP_LETTERS);
}

export function openWindowsHideHotkey(thread: WindowThread): Promise<HideHotkey> {
  return openHotkey(thread, HIDE_LETTERS);
}

async function openHotkey(thread: WindowThread, letters: readonly string[]): Promise<StopHotkey & HideHotkey> {
  const id = thread.nextId();
  const listeners = new Set<() => void>();
  const stopNews = thread.onNews((news) => {
    if (news.type === 'hotkey' && news.id === id) for (const listener of listeners) listener();
  });
  const letter = await thread.ask({ type: 'listen', id, letters });
  return {
    label: `Ctrl+Alt+Shift+${letter ?? letters[0] ?? ''}`,
    onPress: (listener) => void listeners.add(listener),
    close: () => {
      stopNews();
      listeners.clear();
    },
  };
}
