/** Hotkeys: Stop, and hide now. A tap hears them whatever has the keyboard; the program in front gets the keys as well. */
import type { HideHotkey, StopHotkey } from '../platform.ts';
import type { EventTap } from './event.tap.ts';
import { isHotkey } from './hotkey.facts.ts';

export function openMacHotkey(tap: EventTap): StopHotkey {
  return openHotkey(tap, 'Q');
}

export function openMacHideHotkey(tap: EventTap): HideHotkey {
  return openHotkey(tap, 'H');
}

/** While a password is typed macOS lets nobody hear keys: then there is the button. */
function openHotkey(tap: EventTap, letter: string): StopHotkey & HideHotkey {
  const listeners = new Set<() => void>();
  const stop = tap.listen(({ isInjected, pressed }) => {
    if (!isInjected && isHotkey(pressed, letter)) for (const listener of listeners) listener();
  });
  return {
    label: `Control+Option+Shift+${letter}`,
    onPress: (listener) => void listeners.add(listener),
    close: () => {
      stop();
      listeners.clear();
    },
  };
}
