/** The helper's code as one file that the single executable can hold. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';
import { windowThread } from '../../helper/platform/windows/window.thread.bundle.ts';

const NATIVE = fileURLToPath(new URL('../../helper/native.ts', import.meta.url));

/** Libraries that look for their native part on disk are given ours instead (helper/native.ts). */
const nativeParts: Plugin = {
  name: 'native-parts',
  setup: ({ onLoad, onResolve }) => {
    onLoad({ filter: /[\\/]node-av[\\/]dist[\\/]lib[\\/]binding\.js$/ }, () => ({
      contents: `import { lazyNative } from ${JSON.stringify(NATIVE)};\nexport const bindings = lazyNative('node-av');`,
      resolveDir: '/',
    }));
    // It asks the native part for error numbers while it is being imported; the operating system's own are the same.
    onLoad({ filter: /[\\/]node-av[\\/]dist[\\/]lib[\\/]error\.js$/ }, ({ path }) => {
      const source = readFileSync(path, 'utf8');
      const contents = source.replace('bindings.FFmpegError.getAverror(name)', '-constants.errno[name]');
      if (contents === source) throw new Error('node-av asks for error numbers in a new way');
      return { contents: `import { constants } from 'node:os';\n${contents}` };
    });
    onResolve({ filter: /^@koromix\/koffi-/ }, ({ path }) => ({ path, namespace: 'koffi' }));
    // It asks for the one of the system it runs on.
    onLoad({ filter: /.*/, namespace: 'koffi' }, () => ({
      contents: `module.exports = require(${JSON.stringify(NATIVE)}).loadNative('koffi');`,
      resolveDir: '/',
    }));
  },
};

/** The same for every platform. CommonJS, because single executables start with that; for the oldest Node of all. */
export async function bundleHelper(entry: string): Promise<string> {
  const result = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    format: 'cjs',
    platform: 'node',
    target: 'node22',
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'eof',
    plugins: [nativeParts, windowThread],
    // koffi asks by a `require` of its own making, which esbuild cannot see through.
    alias: { koffi: fileURLToPath(new URL('../../node_modules/koffi/index.cjs', import.meta.url)) },
    define: { 'import.meta.url': 'moduleUrl', 'import.meta.dirname': '__dirname' },
    banner: { js: "const moduleUrl = require('node:url').pathToFileURL(__filename).href;" },
    logLevel: 'error',
  });
  const [output] = result.outputFiles;
  if (output === undefined) throw new Error('esbuild wrote nothing');
  return output.text;
}
