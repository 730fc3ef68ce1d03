/**
 * H.264 of one rectangle of the screen, through node-av (libx264). The only file that knows node-av.
 *
 * Options are set one by one: a Dictionary handed to `open2` is freed twice by node-av 6.1 and ends the process.
 */
import { availableParallelism } from 'node:os';
import {
  AVCOL_PRI_BT709,
  AVCOL_RANGE_JPEG,
  AVCOL_RANGE_MPEG,
  AVCOL_SPC_BT709,
  AVCOL_SPC_RGB,
  AVCOL_TRC_BT709,
  AV_LOG_ERROR,
  AV_PICTURE_TYPE_I,
  AV_PICTURE_TYPE_NONE,
  AV_PIX_FMT_BGR0,
  AV_PIX_FMT_YUV420P,
  type AVPixelFormat,
  type FFEncoderCodec,
} from 'node-av/constants';
import { Codec, CodecContext, FFmpegError, Frame, Log, Packet, Rational, SoftwareScaleContext } from 'node-av/lib';
import type { Rect } from './rects.ts';
import type { Pixels } from './pixels.ts';

export interface AccessUnit {
  bytes: Uint8Array;
  isKey: boolean;
}

/** One open encoder; its size is that of the rectangle it was opened for. */
export interface VideoEncoder {
  /** Takes the pixels of the rectangle now (before the first await) and resolves to one access unit. */
  encode(source: Pixels, rect: Rect, options: { isKey: boolean; atMs: number }): Promise<AccessUnit>;
  setBitsPerSecond(bitsPerSecond: number): void;
  close(): void;
}

/** Opens an encoder for pictures of that size, both sides even. */
export type OpenVideoEncoder = (size: { width: number; height: number }, bitsPerSecond: number) => VideoEncoder;

const FRAMES_PER_SECOND = 30;
/** x264's quality scale: 18 cannot be told from the original, 28 is visibly soft. The rate limit comes on top. */
const CONSTANT_RATE_FACTOR = '23';
/** How long a burst at the full rate may be, in seconds: bounds how late a large frame can make the next one. */
const BUFFER_S = 0.25;
/** More slices cost compression, and the sharer needs the other cores. */
const MAX_THREADS = 2;

function newFrame(format: AVPixelFormat, width: number, height: number): Frame {
  const frame = new Frame();
  frame.alloc();
  frame.width = width;
  frame.height = height;
  frame.format = format;
  FFmpegError.throwIfError(frame.getBuffer(0), 'getBuffer');
  frame.colorPrimaries = AVCOL_PRI_BT709;
  frame.colorTrc = AVCOL_TRC_BT709;
  frame.colorSpace = format === AV_PIX_FMT_BGR0 ? AVCOL_SPC_RGB : AVCOL_SPC_BT709;
  frame.colorRange = format === AV_PIX_FMT_BGR0 ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG;
  return frame;
}

function openScaler(threads: number): SoftwareScaleContext {
  const scaler = new SoftwareScaleContext();
  scaler.allocContext();
  FFmpegError.throwIfError(scaler.setOption('threads', threads), 'threads');
  FFmpegError.throwIfError(scaler.setOption('sws_flags', 'fast_bilinear'), 'sws_flags');
  return scaler;
}

function setRate(context: CodecContext, bitsPerSecond: number): void {
  context.rcMaxRate = BigInt(Math.round(bitsPerSecond));
  context.rcBufferSize = Math.round(bitsPerSecond * BUFFER_S);
}

function openContext(size: { width: number; height: number }, bitsPerSecond: number, threads: number): CodecContext {
  // The list of names in node-av's types is one of constants; libx264 is in its FFmpeg.
  const codec = Codec.findEncoderByName('libx264' as FFEncoderCodec);
  if (!codec) throw new Error('this build of FFmpeg has no libx264');
  const context = new CodecContext();
  context.allocContext3(codec);
  context.width = size.width;
  context.height = size.height;
  context.pixelFormat = AV_PIX_FMT_YUV420P;
  context.timeBase = new Rational(1, 1000);
  context.framerate = new Rational(FRAMES_PER_SECOND, 1);
  context.maxBFrames = 0;
  context.threadCount = threads;
  context.colorSpace = AVCOL_SPC_BT709;
  context.colorRange = AVCOL_RANGE_MPEG;
  context.colorPrimaries = AVCOL_PRI_BT709;
  context.colorTrc = AVCOL_TRC_BT709;
  setRate(context, bitsPerSecond);
  const options = {
    preset: 'superfast',
    tune: 'zerolatency',
    crf: CONSTANT_RATE_FACTOR,
    'forced-idr': '1',
    'x264-params': 'keyint=infinite:scenecut=0',
  };
  for (const [name, value] of Object.entries(options)) FFmpegError.throwIfError(context.setOption(name, value), name);
  FFmpegError.throwIfError(context.open2Sync(codec, null), 'open libx264');
  return context;
}

export const openVideoEncoder: OpenVideoEncoder = (size, bitsPerSecond) => {
  Log.setLevel(AV_LOG_ERROR);
  const threads = Math.min(MAX_THREADS, availableParallelism());
  const context = openContext(size, bitsPerSecond, threads);
  const scaler = openScaler(threads);
  const rgb = newFrame(AV_PIX_FMT_BGR0, size.width, size.height);
  const yuv = newFrame(AV_PIX_FMT_YUV420P, size.width, size.height);
  const packet = new Packet();
  packet.alloc();
  const [plane] = rgb.data ?? [];
  const [stride = 0] = rgb.linesize;
  if (plane === undefined) throw new Error('no memory for a video frame');
  let lastAtMs = -1;
  let working: Promise<unknown> = Promise.resolve();

  /** The frame loaded last, encoded in a thread of its own. */
  async function encodeLoaded(): Promise<AccessUnit> {
    FFmpegError.throwIfError(await context.sendFrame(yuv), 'send frame');
    FFmpegError.throwIfError(await context.receivePacket(packet), 'receive packet');
    const unit = { bytes: new Uint8Array(packet.data ?? []), isKey: packet.isKeyframe };
    packet.unref();
    return unit;
  }

  function free(): void {
    packet.free();
    yuv.free();
    rgb.free();
    scaler.freeContext();
    context.freeContext();
  }

  function load({ bytes, width }: Pixels, rect: Rect, target: Uint8Array): void {
    for (let row = 0; row < size.height; row++) {
      const from = ((rect.y + row) * width + rect.x) * 4;
      target.set(bytes.subarray(from, from + size.width * 4), row * stride);
    }
  }

  return {
    encode(source, rect, { isKey, atMs }) {
      load(source, rect, plane);
      FFmpegError.throwIfError(scaler.scaleFrameSync(yuv, rgb), 'scale');
      lastAtMs = Math.max(lastAtMs + 1, Math.round(atMs));
      yuv.pts = BigInt(lastAtMs);
      yuv.pictType = isKey ? AV_PICTURE_TYPE_I : AV_PICTURE_TYPE_NONE;
      const unit = encodeLoaded();
      working = unit;
      return unit;
    },
    setBitsPerSecond(bits) {
      setRate(context, bits);
    },
    close() {
      // Not under the feet of the thread that still encodes.
      void working.then(free, free);
    },
  };
};
