import manifest from '../package.json' with { type: 'json' };

/** What the server compares with the oldest version it still accepts. */
export const HELPER_VERSION: string = manifest.version;

/** As the server knows it; `protocol/api/sessions.ts` lists those that there is a helper for. */
export function platformName(system: string, arch: string): string {
  const name = system === 'win32' ? 'win' : system === 'darwin' ? 'macos' : system;
  return `${name}-${arch}`;
}
