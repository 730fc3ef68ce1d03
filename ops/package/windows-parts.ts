/** node ops/package/windows-parts.ts: prints where Node and koffi for Windows lie, fetched when they are not there yet. */
import { join, resolve } from 'node:path';
import { partsOf } from './parts.ts';

const cache = join(resolve(import.meta.dirname, '../..'), 'node_modules/.cache/handrail-helper');
const { node, natives } = partsOf('win-x64', cache);
console.log(JSON.stringify({ node: await node.path(), koffi: await natives.koffi.path() }));
