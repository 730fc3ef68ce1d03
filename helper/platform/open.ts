/** Opens the platform this program runs on; the only place that knows which there are. */
import type { Platform } from './platform.ts';

/** Why this desktop cannot be shared. */
export class PlatformError extends Error {
  override name = 'PlatformError';
}

export async function openPlatform(options: { onError: (error: Error) => void }): Promise<Platform> {
  if (process.platform !== 'linux') throw new PlatformError(`no support for ${process.platform} yet`);
  const display = process.env['DISPLAY'];
  if (display === undefined || display === '') throw new PlatformError('no X11 display (DISPLAY is not set)');
  const { openLinuxPlatform } = await import('./linux/linux.platform.ts');
  try {
    return await openLinuxPlatform({ display, ...options });
  } catch (cause) {
    throw new PlatformError(`the display ${display} cannot be opened`, { cause });
  }
}
