/** Stands for the helper in the packaging's test: loads every native part and asset and says what it found. */
import { constants } from 'node:os';
import koffi from 'koffi';
import { AV_CODEC_ID_H264 } from 'node-av/constants';
import { Codec, FFmpegError, PosixError } from 'node-av/lib';
import x11 from 'x11';
import { loadPage } from '../../helper/consent/consent.page.ts';
import { removeLeftOvers, removeSelf } from '../../helper/cleanup/removal.ts';
import { findLeftOvers } from '../../helper/cleanup/run-folder.ts';
import { findOwnFile, refuseChangedFile } from '../../helper/executable.ts';

refuseChangedFile();
// The system's own function, as proof that foreign functions can be called.
const isWindows = process.platform === 'win32';
const getpid = (
  isWindows
    ? koffi.load('kernel32.dll').func('uint32_t GetCurrentProcessId()')
    : koffi.load('libc.so.6').func('int getpid()')
) as () => number;
console.log(
  JSON.stringify({
    arguments: process.argv.slice(2),
    environment: Object.keys(process.env).filter((name) => /^(NODE|HANDRAIL)_/.test(name)),
    isForeignCallRight: getpid() === process.pid,
    versions: { node: process.versions.node, koffi: koffi.version },
    // What bundle.ts puts in place of the native part's answer.
    isErrorNumberRight: FFmpegError.AVERROR(PosixError.EAGAIN) === -constants.errno.EAGAIN,
    encoder: Codec.findEncoder(AV_CODEC_ID_H264)?.name,
    isX11There: typeof x11.createClient === 'function',
    pageFiles: Object.keys(loadPage()),
    ownFile: findOwnFile()?.path,
    afterMs: Math.round(performance.now()),
  }),
);
const asked = new Set(process.argv.slice(2));
// As at the end, at the next start, and as by the task manager.
if (asked.has('--remove')) removeSelf({ executablePath: findOwnFile()?.path, temporaryFolders: [] });
if (asked.has('--clean')) removeLeftOvers(findLeftOvers());
if (asked.has('--kill-launcher')) process.kill(process.ppid, 'SIGKILL');
if (asked.has('--kill')) process.kill(process.pid, 'SIGKILL');
