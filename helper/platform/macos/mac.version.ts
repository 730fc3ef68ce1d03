/** Which Macs this is written for: pictures on demand came with macOS 14, and messages are those of Apple silicon. */
import { release } from 'node:os';
import { arch } from 'node:process';

/** Darwin 23 is macOS 14. */
const FIRST_DARWIN = 23;

export function isMacSupported(processor: string, darwin: string): boolean {
  return processor === 'arm64' && Number.parseInt(darwin, 10) >= FIRST_DARWIN;
}

export function requireMac(): void {
  if (!isMacSupported(arch, release())) throw new Error('this needs macOS 14 or newer on Apple silicon');
}
