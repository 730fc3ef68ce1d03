/** How a pseudo terminal is set (termios(3)), by libc: /proc does not tell it. */
import { closeSync, constants, openSync } from 'node:fs';
import koffi from 'koffi';

export interface TerminalMode {
  /** ECHO: what is typed is shown. */
  isEchoing: boolean;
  /** ICANON: the program gets whole lines. */
  isByLine: boolean;
  /** ISIG: Ctrl+C interrupts. */
  hasSignals: boolean;
  /** OPOST: output is processed. Programs that pass a terminal on to another one (ssh, script) switch it off. */
  isPostprocessed: boolean;
}

/** Linux include/uapi/asm-generic/termbits.h; the same on all processors that Node runs on but PowerPC. */
const [OPOST, ISIG, ICANON, ECHO] = [0o1, 0o1, 0o2, 0o10];
/** `struct termios` begins with these as 32-bit numbers: input, output, control, local. */
const [OUTPUT_FLAGS, LOCAL_FLAGS] = [1, 3];
/** Longer than the structure in any libc. */
const TERMIOS_WORDS = 32;

let getAttributes: ((descriptor: number, termios: Uint32Array) => number) | undefined;

/**
 * Undefined when the terminal is gone or another user's. To be asked only about terminals that a process uses: being the
 * first to open one and closing it again looks to its window like the end of the program in it.
 */
export function readTerminalMode(pty: number): TerminalMode | undefined {
  getAttributes ??= koffi.load(null).func('int tcgetattr(int descriptor, _Out_ uint32_t *termios)');
  const descriptor = openTerminal(`/dev/pts/${pty}`);
  if (descriptor === undefined) return undefined;
  try {
    const termios = new Uint32Array(TERMIOS_WORDS);
    if (getAttributes(descriptor, termios) !== 0) return undefined;
    const [output = 0, local = 0] = [termios[OUTPUT_FLAGS], termios[LOCAL_FLAGS]];
    return {
      isEchoing: (local & ECHO) !== 0,
      isByLine: (local & ICANON) !== 0,
      hasSignals: (local & ISIG) !== 0,
      isPostprocessed: (output & OPOST) !== 0,
    };
  } finally {
    closeSync(descriptor);
  }
}

function openTerminal(path: string): number | undefined {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NOCTTY | constants.O_NONBLOCK);
  } catch (error) {
    if (error instanceof Error && 'code' in error) return undefined; // ENOENT, EACCES, EIO, EBUSY
    throw error;
  }
}
