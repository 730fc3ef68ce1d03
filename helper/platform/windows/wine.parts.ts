/** What runs programs of ours under Wine, for tests: Node and native parts for Windows, the same as in the packaged helper. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { windowThread } from './window.thread.bundle.ts';

const SCRIPT = fileURLToPath(new URL('../../../ops/package/windows-parts.ts', import.meta.url));

/** Paths on this disk. Throws when they are not here and cannot be fetched. */
export function windowsParts(): Record<'node' | 'koffi' | 'nodeAv', string> {
  // The script prints this.
  return JSON.parse(execFileSync(process.execPath, [SCRIPT], { encoding: 'utf8' })) as ReturnType<typeof windowsParts>;
}

/** A program of ours as one file that Node for Windows runs, with native parts from there. */
export async function bundleForWine(entry: string): Promise<string> {
  const { koffi, nodeAv } = windowsParts();
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
        name: 'natives-for-windows',
        setup: ({ onLoad, onResolve }) => {
          onResolve({ filter: /^koffi$/ }, ({ path }) => ({ path, namespace: 'windows' }));
          onLoad({ filter: /.*/, namespace: 'windows' }, () => ({
            contents: `${loaded(koffi)} module.exports = loaded.exports;`,
          }));
          onLoad({ filter: /[\\/]node-av[\\/]dist[\\/]lib[\\/]binding\.js$/ }, () => ({
            contents: `${loaded(nodeAv)} export const bindings = loaded.exports;`,
          }));
        },
      },
    ],
  });
  const [output] = outputFiles;
  if (output === undefined) throw new Error('esbuild wrote nothing');
  return output.text;
}

function loaded(path: string): string {
  return `const loaded = { exports: {} }; process.dlopen(loaded, ${JSON.stringify(`Z:${path}`)});`;
}
