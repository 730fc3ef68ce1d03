/** Physical keys: `KeyboardEvent.code` (W3C UI Events KeyboardEvent code Values) to X keycode (Linux evdev code + 8). */

/** The X server adds 8 to the kernel's numbers (linux/input-event-codes.h). */
const EVDEV_OFFSET = 8;

/** Rows of keys whose kernel numbers follow each other, from the first number on. */
const RUNS: readonly (readonly [first: number, codes: string])[] = [
  [1, 'Escape Digit1 Digit2 Digit3 Digit4 Digit5 Digit6 Digit7 Digit8 Digit9 Digit0 Minus Equal Backspace'],
  [15, 'Tab KeyQ KeyW KeyE KeyR KeyT KeyY KeyU KeyI KeyO KeyP BracketLeft BracketRight Enter'],
  [29, 'ControlLeft KeyA KeyS KeyD KeyF KeyG KeyH KeyJ KeyK KeyL Semicolon Quote Backquote'],
  [42, 'ShiftLeft Backslash KeyZ KeyX KeyC KeyV KeyB KeyN KeyM Comma Period Slash ShiftRight'],
  [55, 'NumpadMultiply AltLeft Space CapsLock F1 F2 F3 F4 F5 F6 F7 F8 F9 F10 NumLock ScrollLock'],
  [71, 'Numpad7 Numpad8 Numpad9 NumpadSubtract Numpad4 Numpad5 Numpad6 NumpadAdd Numpad1 Numpad2 Numpad3 Numpad0'],
  [83, 'NumpadDecimal'],
  [85, 'Lang5 IntlBackslash F11 F12 IntlRo Lang3 Lang4 Convert KanaMode NonConvert'],
  [96, 'NumpadEnter ControlRight NumpadDivide PrintScreen AltRight'],
  [102, 'Home ArrowUp PageUp ArrowLeft ArrowRight End ArrowDown PageDown Insert Delete'],
  [113, 'AudioVolumeMute AudioVolumeDown AudioVolumeUp'],
  [117, 'NumpadEqual'],
  [119, 'Pause'],
  [121, 'NumpadComma Lang1 Lang2 IntlYen MetaLeft MetaRight ContextMenu BrowserStop Again Props Undo'],
  [133, 'Copy Open Paste Find Cut Help'],
  [140, 'LaunchApp2'],
  [144, 'LaunchApp1'],
  [155, 'LaunchMail BrowserFavorites'],
  [158, 'BrowserBack BrowserForward'],
  [163, 'MediaTrackNext MediaPlayPause MediaTrackPrevious MediaStop MediaRecord MediaRewind'],
  [172, 'BrowserHome BrowserRefresh'],
  [179, 'NumpadParenLeft NumpadParenRight'],
  [183, 'F13 F14 F15 F16 F17 F18 F19 F20 F21 F22 F23 F24'],
  [200, 'MediaPlay MediaPause'],
  [208, 'MediaFastForward'],
  [217, 'BrowserSearch'],
  [224, 'BrightnessDown BrightnessUp MediaSelect'],
];

/** Names that older browsers use for the same key. */
const ALIASES: Readonly<Record<string, string>> = {
  OSLeft: 'MetaLeft',
  OSRight: 'MetaRight',
  VolumeMute: 'AudioVolumeMute',
  VolumeDown: 'AudioVolumeDown',
  VolumeUp: 'AudioVolumeUp',
};

// Power, Sleep, WakeUp and Eject are left out on purpose: nobody should switch off a computer from afar by a key.
const KEYCODES: ReadonlyMap<string, number> = new Map(
  RUNS.flatMap(([first, codes]) => codes.split(' ').map((code, i) => [code, first + i + EVDEV_OFFSET] as const)),
);

/** X keycode of a DOM code, undefined when there is no such key. */
export function keycodeOf(code: string): number | undefined {
  return KEYCODES.get(ALIASES[code] ?? code);
}

/** Every DOM code in the table. */
export function knownCodes(): string[] {
  return [...KEYCODES.keys()];
}

/** Keys of the numeric block: what they type depends on NumLock, so text never uses them. */
export function isNumpadKeycode(keycode: number): boolean {
  return NUMPAD.has(keycode);
}

const NUMPAD: ReadonlySet<number> = new Set(
  [...KEYCODES].filter(([code]) => code.startsWith('Numpad')).map(([, keycode]) => keycode),
);
