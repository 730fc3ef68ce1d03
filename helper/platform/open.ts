/** Opens the platform this program runs on; the only place that knows which there are. */
import type { DisplayGuard, Permission, Permissions, Platform, ProgramFile, Rect, StartedProgram } from './platform.ts';

/** Why this desktop cannot be shared. */
export class PlatformError extends Error {
  override name = 'PlatformError';
}

export interface PlatformOptions {
  /** Whose banner and hotkey are used. */
  guard: Pick<DisplayGuard, 'overlay' | 'hotkey'>;
  /** Path of the packaged program where it was started; undefined when run from source. */
  ownFile: string | undefined;
  onError: (error: Error) => void;
  /** The desktop's accessibility is off and is about to be switched on until the platform is closed. */
  beforeSwitchOn: () => void;
}

export async function openPlatform({ guard, ...options }: PlatformOptions): Promise<Platform> {
  if (process.platform === 'win32') {
    const { openWindowsPlatform } = await import('./windows/windows.platform.ts');
    return opened('of this person', openWindowsPlatform(options, guard));
  }
  if (process.platform === 'darwin') {
    const { openMacPlatform } = await import('./macos/mac.platform.ts');
    return opened(
      'of this person',
      Promise.resolve().then(() => openMacPlatform(options, guard)),
    );
  }
  const display = displayName();
  const { openLinuxPlatform } = await import('./linux/linux.platform.ts');
  return opened(display, openLinuxPlatform({ display, ...options }, guard));
}

export interface GuardOptions {
  onError: (error: Error) => void;
  /** Asked with every place where the banner may be, before it goes there. */
  announce: (places: readonly Rect[]) => Promise<void>;
}

export async function openDisplayGuard(options: GuardOptions): Promise<DisplayGuard> {
  if (process.platform === 'win32') {
    const { openWindowsGuard } = await import('./windows/windows.guard.ts');
    return opened('of this person', openWindowsGuard(options));
  }
  if (process.platform === 'darwin') {
    const { openMacGuard } = await import('./macos/mac.guard.ts');
    return opened(
      'of this person',
      Promise.resolve().then(() => openMacGuard(options)),
    );
  }
  const display = displayName();
  const { openLinuxGuard } = await import('./linux/linux.guard.ts');
  return opened(display, openLinuxGuard({ display, ...options }));
}

/** Starts a program with the rights of an administrator. Rejects when the person or the system does not allow it. */
export async function startElevated(file: ProgramFile, args: readonly string[]): Promise<StartedProgram> {
  if (process.platform !== 'win32') throw new PlatformError('there is no such thing on this system');
  const { runAs } = await import('./windows/windows.runas.ts');
  return runAs(file, args);
}

/** Undefined where programs need none. */
export async function openPermissions(): Promise<Permissions | undefined> {
  if (process.platform !== 'darwin') return undefined;
  const { macPermissions } = await import('./macos/mac.permissions.ts');
  return macPermissions;
}

/** What this process itself is not allowed: a system may tell it of what was given before it began, and no more. */
export async function missingPermissions(): Promise<readonly Permission[]> {
  if (process.platform !== 'darwin') return [];
  const { missingNow } = await import('./macos/mac.permissions.ts');
  return missingNow();
}

/** For whoever clears up after a process that had switched the desktop's accessibility on and was killed. */
export async function switchAccessibilityOff(): Promise<void> {
  const linux = await import('./linux/atspi.bus.ts');
  await linux.switchAccessibilityOff();
}

function displayName(): string {
  if (process.platform !== 'linux') throw new PlatformError(`no support for ${process.platform} yet`);
  const display = process.env['DISPLAY'];
  if (display === undefined || display === '') throw new PlatformError('no X11 display (DISPLAY is not set)');
  return display;
}

async function opened<T>(display: string, opening: Promise<T>): Promise<T> {
  try {
    return await opening;
  } catch (cause) {
    throw new PlatformError(`the display ${display} cannot be opened`, { cause });
  }
}
