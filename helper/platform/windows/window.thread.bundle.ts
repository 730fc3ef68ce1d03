/**
 * The thread of the windows (window.thread.ts) within the helper's one file: its code is bundled
 * by itself and started from a string. It loads koffi's native part from where the main thread has it.
 */
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';

const THREAD = fileURLToPath(new URL('./window.thread.ts', import.meta.url));

const loadedKoffi: Plugin = {
  name: 'loaded-koffi',
  setup: ({ onLoad, onResolve }) => {
    onResolve({ filter: /^koffi$/ }, ({ path }) => ({ path, namespace: 'loaded' }));
    onLoad({ filter: /.*/, namespace: 'loaded' }, () => ({
      contents: `const { workerData } = require('node:worker_threads');
        const loaded = { exports: {} };
        process.dlopen(loaded, workerData.koffi);
        module.exports = loaded.exports;`,
    }));
  },
};

export const windowThread: Plugin = {
  name: 'window-thread',
  setup: ({ onLoad }) => {
    onLoad({ filter: /[\\/]window\.thread\.start\.ts$/ }, async () => ({
      contents: `import { Worker } from 'node:worker_threads';
        const code = ${JSON.stringify(await bundleThread())};
        export const startThread = (options) => new Worker(code, { ...options, eval: true });`,
    }));
  },
};

async function bundleThread(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [THREAD],
    bundle: true,
    write: false,
    format: 'cjs',
    platform: 'node',
    target: 'node22',
    minifySyntax: true,
    minifyWhitespace: true,
    plugins: [loadedKoffi],
    logLevel: 'error',
  });
  const [output] = outputFiles;
  if (output === undefined) throw new Error('esbuild wrote nothing');
  return output.text;
}
