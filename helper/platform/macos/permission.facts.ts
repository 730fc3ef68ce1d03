/** Which permissions of macOS are missing, and where each is given. Pure. */
import { PERMISSIONS } from '../platform.ts';
import type { Permission } from '../platform.ts';

export interface PermissionFacts {
  /** CGPreflightScreenCaptureAccess. */
  seesScreen: boolean;
  /** AXIsProcessTrusted: what programs tell by accessibility. */
  isTrusted: boolean;
  /** CGPreflightPostEventAccess: given together with it. */
  mayPost: boolean;
  /** CGPreflightListenEventAccess. */
  mayListen: boolean;
}

export function missingPermissions({ seesScreen, isTrusted, mayPost, mayListen }: PermissionFacts): Permission[] {
  const isGiven: Record<Permission, boolean> = {
    'see-screen': seesScreen,
    operate: isTrusted && mayPost,
    'hear-input': mayListen,
  };
  return PERMISSIONS.filter((permission) => !isGiven[permission]);
}

const PRIVACY = 'x-apple.systempreferences:com.apple.preference.security';
/** Panes of the settings. */
export const SETTINGS: Readonly<Record<Permission, string>> = {
  'see-screen': `${PRIVACY}?Privacy_ScreenCapture`,
  operate: `${PRIVACY}?Privacy_Accessibility`,
  'hear-input': `${PRIVACY}?Privacy_ListenEvent`,
};
