/** Text as it is typed, on every system where characters are events. */

/** Characters that programs expect as keys: DOM codes of those. */
const CONTROL_KEYS: ReadonlyMap<string, string> = new Map([
  ['\b', 'Backspace'],
  ['\t', 'Tab'],
  ['\n', 'Enter'],
]);

export function charactersOf(text: string): string[] {
  return [...text.replace(/\r\n?/g, '\n')];
}

/** DOM code of the key that a character is; empty for all others. */
export function keyCodeOf(character: string): string {
  return CONTROL_KEYS.get(character) ?? '';
}

/** Control characters that are no keys are left out. */
export function isTyped(character: string): boolean {
  return !/\p{Cc}/u.test(character);
}
