/** node ops/package/windows-parts.ts: prints where Node and its native parts for Windows lie, fetched when they are not there yet. */
import { join, resolve } from 'node:path';
import { partsOf } from './parts.ts';

const cache = join(resolve(import.meta.dirname, '../..'), 'node_modules/.cache/handrail-helper');
const { node, natives } = partsOf('win-x64', cache);
const [koffi, nodeAv] = [await natives.koffi.path(), await natives['node-av'].path()];
console.log(JSON.stringify({ node: await node.path(), koffi, nodeAv }));
