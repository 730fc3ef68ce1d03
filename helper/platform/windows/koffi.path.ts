/**
 * Where koffi's native part was loaded from; the file itself may be gone. Other threads load it again from there, since what
 * it exports belongs to one thread.
 */
import { win32 } from 'node:path';
import { fromWide, winLibrary } from './win32.ts';

/** As it is called in its package, and unpacked (helper/native.ts). */
const KOFFI = /^koffi(-[\w-]+)?\.node$/i;
const MAX_MODULES = 4096;
const HANDLE_BYTES = 8;
const MAX_PATH_CHARACTERS = 32_768;
/** GetCurrentProcess. */
const THIS_PROCESS = -1;

interface Kernel32 {
  K32EnumProcessModules(...args: [process: number, modules: Buffer, bytes: number, needed: number[]]): number;
  GetModuleFileNameW(module: number, name: Buffer, characters: number): number;
}

const kernel32 = winLibrary<Kernel32>('kernel32', {
  K32EnumProcessModules:
    'int K32EnumProcessModules(intptr_t process, void *modules, uint32_t bytes, _Out_ uint32_t *needed)',
  GetModuleFileNameW: 'uint32_t GetModuleFileNameW(intptr_t module, void *name, uint32_t characters)',
});

export function koffiPath(): string {
  const modules = Buffer.alloc(MAX_MODULES * HANDLE_BYTES);
  const needed = [0];
  kernel32.K32EnumProcessModules(THIS_PROCESS, modules, modules.length, needed);
  const name = Buffer.alloc(2 * MAX_PATH_CHARACTERS);
  for (let at = 0; at < Math.min(needed[0] ?? 0, modules.length); at += HANDLE_BYTES) {
    kernel32.GetModuleFileNameW(Number(modules.readBigUInt64LE(at)), name, MAX_PATH_CHARACTERS);
    const path = fromWide(name);
    if (KOFFI.test(win32.basename(path))) return path;
  }
  throw new Error('koffi is loaded from nowhere');
}
