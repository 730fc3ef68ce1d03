/** Stands for the helper in the packaging's test: loads every native part and asset and says what it found. */
import koffi from 'koffi';
import { AV_CODEC_ID_H264 } from 'node-av/constants';
import { Codec } from 'node-av/lib';
import x11 from 'x11';
import { loadPage } from '../../helper/consent/consent.page.ts';
import { checkOwnFile, findOwnFile, refuseChangedFile } from '../../helper/executable.ts';

refuseChangedFile();
// libc's own function, as proof that foreign functions can be called.
const getpid = koffi.load('libc.so.6').func('int getpid()') as () => number;
console.log(
  JSON.stringify({
    arguments: process.argv.slice(2),
    environment: Object.keys(process.env).filter((name) => /^(NODE|HANDRAIL)_/.test(name)),
    isForeignCallRight: getpid() === process.pid,
    encoder: Codec.findEncoder(AV_CODEC_ID_H264)?.name,
    isX11There: typeof x11.createClient === 'function',
    pageFiles: Object.keys(loadPage()),
    ownFile: findOwnFile()?.path,
    sha256: checkOwnFile()?.sha256,
    afterMs: Math.round(performance.now()),
  }),
);
