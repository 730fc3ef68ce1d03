/** Physical keys: `KeyboardEvent.code` to virtual key codes (HIToolbox, Events.h, kVK_*), and their modifier flags. */

const CODES: ReadonlyMap<string, number> = new Map(
  Object.entries({
    ...row(0x00, 'KeyA KeyS KeyD KeyF KeyH KeyG KeyZ KeyX KeyC KeyV IntlBackslash KeyB KeyQ KeyW KeyE KeyR KeyY KeyT'),
    ...row(0x12, 'Digit1 Digit2 Digit3 Digit4 Digit6 Digit5 Equal Digit9 Digit7 Minus Digit8 Digit0 BracketRight'),
    ...row(
      0x1f,
      'KeyO KeyU BracketLeft KeyI KeyP Enter KeyL KeyJ Quote KeyK Semicolon Backslash Comma Slash KeyN KeyM',
    ),
    ...row(0x2f, 'Period Tab Space Backquote Backspace'),
    ...row(
      0x35,
      'Escape MetaRight MetaLeft ShiftLeft CapsLock AltLeft ControlLeft ShiftRight AltRight ControlRight Fn',
    ),
    ...row(0x40, 'F17 NumpadDecimal'),
    ...{ NumpadMultiply: 0x43, NumpadAdd: 0x45 },
    ...row(0x47, 'NumLock AudioVolumeUp AudioVolumeDown AudioVolumeMute NumpadDivide NumpadEnter'),
    ...row(0x4e, 'NumpadSubtract F18 F19 NumpadEqual'),
    ...row(0x52, 'Numpad0 Numpad1 Numpad2 Numpad3 Numpad4 Numpad5 Numpad6 Numpad7 F20 Numpad8 Numpad9'),
    ...row(0x5d, 'IntlYen IntlRo NumpadComma F5 F6 F7 F3 F8 F9 Lang2 F11 Lang1 F13 F16 F14'),
    ...{ F10: 0x6d, ContextMenu: 0x6e, F12: 0x6f, F15: 0x71 },
    ...row(0x72, 'Help Home PageUp Delete F4 End F2 PageDown F1 ArrowLeft ArrowRight ArrowDown ArrowUp'),
  }),
);

function row(first: number, codes: string): Record<string, number> {
  return Object.fromEntries(codes.split(' ').map((code, at) => [code, first + at]));
}

/** Names that other keyboards or older browsers have for the same key. */
const ALIASES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    Insert: 'Help',
    OSLeft: 'MetaLeft',
    OSRight: 'MetaRight',
    VolumeMute: 'AudioVolumeMute',
    VolumeDown: 'AudioVolumeDown',
    VolumeUp: 'AudioVolumeUp',
  }),
);

// Power, Sleep, WakeUp and Eject are left out on purpose: nobody should switch off a computer from afar by a key.

/** The virtual key of a DOM code, undefined when there is no such key. */
export function keyOf(code: string): number | undefined {
  return CODES.get(ALIASES.get(code) ?? code);
}

/** Every DOM code in the table. */
export function knownCodes(): string[] {
  return [...CODES.keys()];
}

/** CGEventTypes.h, kCGEventFlagMask*. */
export const FLAG = { shift: 0x20000, control: 0x40000, alternate: 0x80000, command: 0x100000 } as const;

/** The flag of either side, and that of the one key (IOKit, IOLLEvent.h, NX_DEVICE*KEYMASK). */
const MODIFIERS: ReadonlyMap<string, number> = new Map([
  ['ControlLeft', FLAG.control | 0x1],
  ['ShiftLeft', FLAG.shift | 0x2],
  ['ShiftRight', FLAG.shift | 0x4],
  ['MetaLeft', FLAG.command | 0x8],
  ['MetaRight', FLAG.command | 0x10],
  ['AltLeft', FLAG.alternate | 0x20],
  ['AltRight', FLAG.alternate | 0x40],
  ['ControlRight', FLAG.control | 0x2000],
]);
const ALL_MODIFIERS = [...MODIFIERS.values()].reduce((all, flag) => all | flag, 0);

export function isModifier(code: string): boolean {
  return MODIFIERS.has(ALIASES.get(code) ?? code);
}

/** What an event of ours says of the modifiers: those held from afar and no others. The rest stays as macOS made it. */
export function withModifiers(flags: number, held: Iterable<string>): number {
  let all = flags & ~ALL_MODIFIERS;
  for (const code of held) all |= MODIFIERS.get(ALIASES.get(code) ?? code) ?? 0;
  return all;
}
