/** What runs programs of ours under Wine, for tests: Node and koffi for Windows, the same as in the packaged helper. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const SCRIPT = fileURLToPath(new URL('../../../ops/package/windows-parts.ts', import.meta.url));

/** Paths on this disk. Throws when they are not here and cannot be fetched. */
export function windowsParts(): { node: string; koffi: string } {
  // The script prints this.
  return JSON.parse(execFileSync(process.execPath, [SCRIPT], { encoding: 'utf8' })) as { node: string; koffi: string };
}
