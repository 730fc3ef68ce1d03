/**
 * H.264 of one rectangle of the screen, through node-av, which only this file and `video.decoder.ts` know.
 *
 * Options are set one by one: a Dictionary handed to `open2` is freed twice by node-av 6.1 and ends the process.
 */
import { availableParallelism } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import {
  AVERROR_EAGAIN,
  AVCOL_PRI_BT709,
  AVCOL_RANGE_JPEG,
  AVCOL_RANGE_MPEG,
  AVCOL_SPC_BT709,
  AVCOL_SPC_RGB,
  AVCOL_TRC_BT709,
  AV_CODEC_ID_H264,
  AV_LOG_FATAL,
  AV_PICTURE_TYPE_I,
  AV_PICTURE_TYPE_NONE,
  AV_PIX_FMT_BGR0,
  AV_PIX_FMT_NV12,
  AV_PIX_FMT_YUV420P,
  type AVPixelFormat,
  type FFEncoderCodec,
} from 'node-av/constants';
import { Codec, CodecContext, FFmpegError, Frame, Log, Packet, Rational, SoftwareScaleContext } from 'node-av/lib';
import type { Rect } from './rects.ts';
import type { Pixels } from './pixels.ts';
import { PROCESSOR_CODEC, type VideoCodec } from './video.codecs.ts';

export interface AccessUnit {
  bytes: Uint8Array;
  isKey: boolean;
}

export interface Size {
  width: number;
  height: number;
}

/** One open encoder; its size is that of the rectangle it was opened for. */
export interface VideoEncoder {
  /** As FFmpeg calls it. */
  readonly name: string;
  /** Takes the pixels of the rectangle now (before the first await) and resolves to one access unit. */
  encode(source: Pixels, rect: Rect, options: { isKey: boolean; atMs: number }): Promise<AccessUnit>;
  setBitsPerSecond(bitsPerSecond: number): void;
  close(): void;
}

/** Opens an encoder for pictures of that size, both sides even. */
export type OpenVideoEncoder = (size: Size, bitsPerSecond: number) => VideoEncoder;

const FRAMES_PER_SECOND = 30;
/** How long a burst at the full rate may be, in seconds: bounds how late a large frame can make the next one. */
const BUFFER_S = 0.25;
/** More slices cost compression, and the sharer needs the other cores. */
const MAX_THREADS = 2;
/** Pictures between two keys that nobody asked for, where an encoder cannot do without. */
const KEY_EVERY = 6000;
/** A graphics card may have its picture ready a little after it was asked for. */
const ASK_AGAIN_MS = 2;
const ASK_TIMES = 50;

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

const PIXEL_FORMATS = { yuv420p: AV_PIX_FMT_YUV420P, nv12: AV_PIX_FMT_NV12 } as const;

interface Prepared {
  codec: Codec;
  context: CodecContext;
  threads: number;
}

/** Everything up to the opening. Throws when this FFmpeg does not have the encoder or the encoder not the option. */
function prepare({ name, pixels, options }: VideoCodec, size: Size, bitsPerSecond: number): Prepared {
  // What fails says so by its code; encoders that are tried in vain would write to the sharer's console.
  Log.setLevel(AV_LOG_FATAL);
  // The list of names in node-av's types is one of constants.
  const codec = Codec.findEncoderByName(name as FFEncoderCodec);
  if (!codec) throw new Error(`this build of FFmpeg has no ${name}`);
  if (codec.id !== AV_CODEC_ID_H264) throw new Error(`${name} makes no H.264`);
  const threads = Math.min(MAX_THREADS, availableParallelism());
  const context = new CodecContext();
  context.allocContext3(codec);
  context.width = size.width;
  context.height = size.height;
  context.pixelFormat = PIXEL_FORMATS[pixels];
  context.timeBase = new Rational(1, 1000);
  context.framerate = new Rational(FRAMES_PER_SECOND, 1);
  context.maxBFrames = 0;
  context.threadCount = threads;
  context.colorSpace = AVCOL_SPC_BT709;
  context.colorRange = AVCOL_RANGE_MPEG;
  context.colorPrimaries = AVCOL_PRI_BT709;
  context.colorTrc = AVCOL_TRC_BT709;
  if (name !== PROCESSOR_CODEC.name) {
    context.bitRate = BigInt(Math.round(bitsPerSecond));
    context.gopSize = KEY_EVERY;
  }
  setRate(context, bitsPerSecond);
  for (const [option, value] of Object.entries(options)) {
    FFmpegError.throwIfError(context.setOption(option, value), option);
  }
  return { codec, context, threads };
}

/** On the processor, at once. */
export const openVideoEncoder: OpenVideoEncoder = (size, bitsPerSecond) => {
  const prepared = prepare(PROCESSOR_CODEC, size, bitsPerSecond);
  FFmpegError.throwIfError(prepared.context.open2Sync(prepared.codec, null), 'open libx264');
  return encoderOf(PROCESSOR_CODEC, size, prepared);
};

/** Any encoder, on a thread of Node's pool: drivers take their time. Rejects when it is not to be had. */
export async function openVideoCodec(codec: VideoCodec, size: Size, bitsPerSecond: number): Promise<VideoEncoder> {
  const prepared = prepare(codec, size, bitsPerSecond);
  try {
    FFmpegError.throwIfError(await prepared.context.open2(prepared.codec, null), `open ${codec.name}`);
  } catch (cause) {
    prepared.context.freeContext();
    throw cause;
  }
  return encoderOf(codec, size, prepared);
}

function encoderOf({ name, pixels }: VideoCodec, size: Size, { context, threads }: Prepared): VideoEncoder {
  const scaler = openScaler(threads);
  const rgb = newFrame(AV_PIX_FMT_BGR0, size.width, size.height);
  const yuv = newFrame(PIXEL_FORMATS[pixels], size.width, size.height);
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
    let code = await context.receivePacket(packet);
    for (let times = 0; code === AVERROR_EAGAIN && times < ASK_TIMES; times++) {
      await pause(ASK_AGAIN_MS);
      code = await context.receivePacket(packet);
    }
    FFmpegError.throwIfError(code, 'receive packet');
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
    name,
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
}
