/** Physical keys: `KeyboardEvent.code` to scan codes of set 1 (W3C UI Events KeyboardEvent code Values, the Windows tables). */

/** Behind the byte E0 on the wire. */
export const EXTENDED = 0xe000;

/** Rows of keys whose scan codes follow each other, from the first one on. */
const RUNS: readonly (readonly [first: number, codes: string])[] = [
  [0x01, 'Escape Digit1 Digit2 Digit3 Digit4 Digit5 Digit6 Digit7 Digit8 Digit9 Digit0 Minus Equal Backspace'],
  [0x0f, 'Tab KeyQ KeyW KeyE KeyR KeyT KeyY KeyU KeyI KeyO KeyP BracketLeft BracketRight Enter'],
  [0x1d, 'ControlLeft KeyA KeyS KeyD KeyF KeyG KeyH KeyJ KeyK KeyL Semicolon Quote Backquote'],
  [0x2a, 'ShiftLeft Backslash KeyZ KeyX KeyC KeyV KeyB KeyN KeyM Comma Period Slash ShiftRight'],
  [0x37, 'NumpadMultiply AltLeft Space CapsLock F1 F2 F3 F4 F5 F6 F7 F8 F9 F10 NumLock ScrollLock'],
  [0x47, 'Numpad7 Numpad8 Numpad9 NumpadSubtract Numpad4 Numpad5 Numpad6 NumpadAdd Numpad1 Numpad2 Numpad3 Numpad0'],
  [0x53, 'NumpadDecimal'],
  [0x56, 'IntlBackslash F11 F12 NumpadEqual'],
  [0x64, 'F13 F14 F15 F16 F17 F18 F19 F20 F21 F22 F23'],
  [0x70, 'KanaMode Lang2 Lang1 IntlRo'],
  [0x76, 'F24 Lang4 Lang3 Convert'],
  [0x7b, 'NonConvert'],
  [0x7d, 'IntlYen NumpadComma'],
  [0xe008, 'Undo'],
  [0xe00a, 'Paste'],
  [0xe010, 'MediaTrackPrevious'],
  [0xe017, 'Cut Copy MediaTrackNext'],
  [0xe01c, 'NumpadEnter ControlRight'],
  [0xe020, 'AudioVolumeMute LaunchApp2 MediaPlayPause'],
  [0xe024, 'MediaStop'],
  [0xe02e, 'AudioVolumeDown'],
  [0xe030, 'AudioVolumeUp'],
  [0xe032, 'BrowserHome'],
  [0xe035, 'NumpadDivide'],
  [0xe037, 'PrintScreen AltRight'],
  [0xe03b, 'Help'],
  [0xe047, 'Home ArrowUp PageUp'],
  [0xe04b, 'ArrowLeft'],
  [0xe04d, 'ArrowRight'],
  [0xe04f, 'End ArrowDown PageDown Insert Delete'],
  [0xe05b, 'MetaLeft MetaRight ContextMenu'],
  [0xe065, 'BrowserSearch BrowserFavorites BrowserRefresh BrowserStop BrowserForward BrowserBack'],
  [0xe06b, 'LaunchApp1 LaunchMail MediaSelect'],
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
const SCAN_CODES: ReadonlyMap<string, number> = new Map(
  RUNS.flatMap(([first, codes]) => codes.split(' ').map((code, i) => [code, first + i] as const)),
);

/** A key as SendInput takes it: by scan code, or by virtual key where the scan code alone does not say it. */
export interface WinKey {
  virtualKey: number;
  scanCode: number;
  isExtended: boolean;
}

/** VK_PAUSE. On the wire it is E1 1D 45, which no scan code of SendInput says; 45 alone is NumLock. */
const PAUSE: WinKey = { virtualKey: 0x13, scanCode: 0x45, isExtended: false };

/** The key of a DOM code, undefined when there is no such key. */
export function keyOf(code: string): WinKey | undefined {
  if (code === 'Pause') return PAUSE;
  const scanCode = SCAN_CODES.get(ALIASES[code] ?? code);
  if (scanCode === undefined) return undefined;
  return { virtualKey: 0, scanCode: scanCode & 0xff, isExtended: scanCode >= EXTENDED };
}

/** Every DOM code in the table. */
export function knownCodes(): string[] {
  return [...SCAN_CODES.keys(), 'Pause'];
}
