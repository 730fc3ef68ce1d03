import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { HelperPlatform } from '../../protocol/api/sessions.ts';
import { withoutSignature } from './pe.ts';

const SHARED = ['container.c', 'container.h', 'memory.c', 'unzstd.c', 'unzstd.h'];
const FREESTANDING =
  '-std=c11 -O2 -Wall -Wextra -Werror -ffreestanding -fno-builtin -fno-stack-protector -fno-asynchronous-unwind-tables ' +
  '-nostdlib -Wl,-s';
const LINUX = `${FREESTANDING} -static -no-pie -Wl,--build-id=none -Wl,-z,noexecstack`;
const WINDOWS = `${FREESTANDING} -Wl,-e,start -Wl,--subsystem,windows -Wl,--no-insert-timestamp`;

interface Compiler {
  command: string;
  sources: string[];
  flags: string;
  libraries: string[];
  /** What the linker takes as it is, made by another program. */
  resources?: { command: string; source: string };
  /** The Debian package that brings it. */
  debianPackage: string;
}

/** macOS has none: what is unpacked there would have to be signed on the spot. */
const COMPILERS: Partial<Record<HelperPlatform, Compiler>> = {
  'linux-x64': { command: 'cc', sources: ['launcher.linux.c'], flags: LINUX, libraries: [], debianPackage: 'gcc' },
  'linux-arm64': {
    command: 'aarch64-linux-gnu-gcc',
    sources: ['launcher.linux.c'],
    flags: LINUX,
    libraries: [],
    debianPackage: 'gcc-aarch64-linux-gnu linux-libc-dev-arm64-cross',
  },
  'win-x64': {
    command: 'x86_64-w64-mingw32-gcc',
    sources: ['launcher.windows.c', 'removal.windows.c', 'removal.windows.h'],
    flags: WINDOWS,
    resources: { command: 'x86_64-w64-mingw32-windres', source: 'launcher.windows.rc' },
    libraries: ['-lntdll', '-lkernel32', '-ladvapi32', '-luser32'],
    debianPackage: 'gcc-mingw-w64-x86-64',
  },
};

const pathOf = (name: string): string => fileURLToPath(new URL(`launcher/${name}`, import.meta.url));

/** Everything that the launcher of a platform is compiled from. */
export function launcherSources(platform: HelperPlatform): string[] {
  const compiler = COMPILERS[platform];
  if (compiler === undefined) return [];
  const { sources, resources } = compiler;
  return [...sources, ...SHARED, ...(resources === undefined ? [] : [resources.source])].map(pathOf);
}

/** Compiles the launcher. Undefined when there is no compiler for that platform here. */
export function buildLauncher(platform: HelperPlatform, scratch: string): Uint8Array | undefined {
  const compiler = COMPILERS[platform];
  if (compiler === undefined) return undefined;
  const output = join(scratch, 'launcher.bin');
  const sources = launcherSources(platform).filter((source) => source.endsWith('.c'));
  try {
    const resources = compiler.resources === undefined ? [] : [buildResources(compiler.resources, scratch)];
    const args = [...compiler.flags.split(' '), '-o', output, ...sources, ...resources, ...compiler.libraries];
    execFileSync(compiler.command, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  } catch (cause) {
    // A compiler that is there and complains is a fault of ours; none at all is a fact of the machine.
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause;
    const missing = `${compiler.command}, Debian's ${compiler.debianPackage}`;
    console.warn(`No C compiler (${missing}): ${platform} is made without its launcher and is about twice as large.`);
    return undefined;
  }
  const launcher = readFileSync(output);
  // The compiler writes a checksum into the header, which a signature would change (helper/executable.signature.ts).
  return platform === 'win-x64' ? withoutSignature(launcher) : launcher;
}

function buildResources({ command, source }: { command: string; source: string }, scratch: string): string {
  const output = join(scratch, 'launcher.resources.o');
  execFileSync(command, ['-O', 'coff', '-o', output, pathOf(source)], { stdio: ['ignore', 'ignore', 'pipe'] });
  return output;
}
