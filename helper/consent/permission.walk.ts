/**
 * Before anything is asked: what the system's settings have to allow is said in the window, its place is opened, and it goes
 * on by itself once all is there. Closing the window is a no.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { PERMISSIONS, type Permissions } from '../platform/platform.ts';
import type { ConsentWindow } from './consent.window.ts';

export interface PermissionWalkOptions {
  permissions: Permissions;
  openWindow: () => Promise<Pick<ConsentWindow, 'show' | 'onAction' | 'onClosed' | 'close'>>;
  /** How long between two questions to the system. */
  everyMs?: number;
}

const EVERY_MS = 1500;

/** Whether all is allowed. False when the person does not want to. */
export async function walkThroughPermissions(options: PermissionWalkOptions): Promise<boolean> {
  const { permissions, openWindow, everyMs = EVERY_MS } = options;
  let missing = await permissions.missing();
  if (missing.length === 0) return true;
  const window = await openWindow();
  const over = new AbortController();
  window.onClosed(() => over.abort());
  window.onAction((action) => {
    if (action.type === 'decline') over.abort();
    if (action.type === 'open-settings') permissions.openSettings(action.permission);
  });
  try {
    while (!over.signal.aborted) {
      window.show({ step: 'permissions', needed: PERMISSIONS, missing });
      // Once all is there the person sees that before it goes on.
      await sleep(everyMs, undefined, { signal: over.signal }).catch(() => undefined); // ended early: looked at above
      if (missing.length === 0) return !over.signal.aborted;
      missing = await permissions.missing();
    }
    return false;
  } finally {
    await window.close();
  }
}
