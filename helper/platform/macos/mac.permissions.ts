/** What a person has to allow in the settings of macOS, and what is missing of it. CGWindow.h, CGEvent.h, AXUIElement.h. */
import { execFile, spawn } from 'node:child_process';
import { promisify } from 'node:util';
import { z } from '../../../protocol/zod.ts';
import { ownProgram, PERMISSIONS_ARGUMENT } from '../../own.program.ts';
import { PERMISSIONS } from '../platform.ts';
import type { Permission, Permissions } from '../platform.ts';
import { macLibrary } from './frameworks.ts';
import { missingPermissions, SETTINGS } from './permission.facts.ts';

interface CoreGraphics {
  CGPreflightScreenCaptureAccess(): boolean;
  CGRequestScreenCaptureAccess(): boolean;
  CGPreflightPostEventAccess(): boolean;
  CGRequestPostEventAccess(): boolean;
  CGPreflightListenEventAccess(): boolean;
  CGRequestListenEventAccess(): boolean;
}

const coreGraphics = macLibrary<CoreGraphics>('CoreGraphics', {
  CGPreflightScreenCaptureAccess: 'bool CGPreflightScreenCaptureAccess()',
  CGRequestScreenCaptureAccess: 'bool CGRequestScreenCaptureAccess()',
  CGPreflightPostEventAccess: 'bool CGPreflightPostEventAccess()',
  CGRequestPostEventAccess: 'bool CGRequestPostEventAccess()',
  CGPreflightListenEventAccess: 'bool CGPreflightListenEventAccess()',
  CGRequestListenEventAccess: 'bool CGRequestListenEventAccess()',
});

const services = macLibrary<{ AXIsProcessTrusted(): number }>('ApplicationServices', {
  AXIsProcessTrusted: 'uint8_t AXIsProcessTrusted()',
});

/** As this process was told when it began: macOS tells of the screen only then. */
export function missingNow(): Permission[] {
  return missingPermissions({
    seesScreen: coreGraphics.CGPreflightScreenCaptureAccess(),
    isTrusted: services.AXIsProcessTrusted() !== 0,
    mayPost: coreGraphics.CGPreflightPostEventAccess(),
    mayListen: coreGraphics.CGPreflightListenEventAccess(),
  });
}

const ANSWER_WITHIN_MS = 10_000;
const answer = z.array(z.enum(PERMISSIONS));

/** Asked by a new process each time, which hears what was given since this one began. */
export const macPermissions: Permissions = {
  missing: async () => {
    const { file, args } = ownProgram();
    const asked = await promisify(execFile)(file, [...args, PERMISSIONS_ARGUMENT], { timeout: ANSWER_WITHIN_MS });
    return answer.parse(JSON.parse(asked.stdout));
  },
  /** Puts this program into the list of that setting, if it is not there yet, and opens it. */
  openSettings: (permission) => {
    if (permission === 'see-screen') coreGraphics.CGRequestScreenCaptureAccess();
    if (permission === 'operate') coreGraphics.CGRequestPostEventAccess();
    if (permission === 'hear-input') coreGraphics.CGRequestListenEventAccess();
    // Without the settings being opened the person still reads where to go.
    spawn('/usr/bin/open', [SETTINGS[permission]], { stdio: 'ignore' }).on('error', () => undefined);
  },
};
