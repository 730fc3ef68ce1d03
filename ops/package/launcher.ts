import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const LAUNCHER_SOURCES = ['launcher.c', 'unzstd.c', 'unzstd.h'].map((name) =>
  fileURLToPath(new URL(`launcher/${name}`, import.meta.url)),
);

const FLAGS =
  '-std=c11 -O2 -Wall -Wextra -Werror -ffreestanding -fno-builtin -fno-stack-protector -fno-asynchronous-unwind-tables ' +
  '-static -nostdlib -no-pie -Wl,--build-id=none -Wl,-z,noexecstack -Wl,-s';

/** Compiles the launcher with the system's C compiler. Undefined when there is none for this platform. */
export function buildLauncher(scratch: string): Uint8Array | undefined {
  if (process.platform !== 'linux' || process.arch !== 'x64') return undefined;
  const output = join(scratch, 'launcher');
  const sources = LAUNCHER_SOURCES.filter((source) => source.endsWith('.c'));
  try {
    execFileSync('cc', [...FLAGS.split(' '), '-o', output, ...sources], { stdio: ['ignore', 'ignore', 'pipe'] });
  } catch (cause) {
    // A compiler that is there and complains is a fault of ours; none at all is a fact of the machine.
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause;
    return undefined;
  }
  return readFileSync(output);
}
