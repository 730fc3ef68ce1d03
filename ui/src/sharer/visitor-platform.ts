import type { HelperPlatform } from '../../../protocol/api/sessions.ts';

/** As their makers call them, in every language. */
export const SYSTEMS: Readonly<Record<HelperPlatform, string>> = {
  'linux-x64': 'Linux',
  'linux-arm64': 'Linux (ARM)',
  'win-x64': 'Windows',
  'macos-arm64': 'macOS',
};

/**
 * What the visitor sits at, as far as the browser tells; undefined for phones and what nobody knows. Browsers do not tell
 * an ARM processor reliably.
 */
export function visitorPlatform(userAgent: string): HelperPlatform | undefined {
  if (/Android|iPhone|iPad|CrOS/.test(userAgent)) return undefined;
  if (userAgent.includes('Windows NT')) return 'win-x64';
  if (userAgent.includes('Macintosh')) return 'macos-arm64';
  if (!userAgent.includes('Linux')) return undefined;
  return /aarch64|arm64/.test(userAgent) ? 'linux-arm64' : 'linux-x64';
}
