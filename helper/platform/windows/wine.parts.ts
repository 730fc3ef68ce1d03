/** What runs programs of ours under Wine, for tests: Node and koffi for Windows, the same as in the packaged helper. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { windowThread } from './window.thread.bundle.ts';

const SCRIPT = fileURLToPath(new URL('../../../ops/package/windows-parts.ts', import.meta.url));

/** Paths on this disk. Throws when they are not here and cannot be fetched. */
export function windowsParts(): { node: string; koffi: string } {
  // The script prints this.
  return JSON.parse(execFileSync(process.execPath, [SCRIPT], { encoding: 'utf8' })) as { node: string; koffi: string };
}

/** A program of ours as one file that Node for Windows runs, with koffi from there. */
export async function bundleForWine(entry: string): Promise<string> {
  const koffi = JSON.stringify(`Z:${windowsParts().koffi}`);
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    format: 'cjs',
    platform: 'node',
    target: 'node22',
    logLevel: 'error',
    plugins: [
      windowThread,
      {
        name: 'koffi-for-windows',
        setup: ({ onLoad, onResolve }) => {
          onResolve({ filter: /^koffi$/ }, ({ path }) => ({ path, namespace: 'windows' }));
          onLoad({ filter: /.*/, namespace: 'windows' }, () => ({
            contents: `const loaded = { exports: {} }; process.dlopen(loaded, ${koffi}); module.exports = loaded.exports;`,
          }));
        },
      },
    ],
  });
  const [output] = outputFiles;
  if (output === undefined) throw new Error('esbuild wrote nothing');
  return output.text;
}
