import manifest from '../package.json' with { type: 'json' };

/** What the server compares with the oldest version it still accepts. */
export const HELPER_VERSION: string = manifest.version;
