/** What a viewer must show, decoded without a browser: lossless regions by `Framebuffer`, video by FFmpeg. */
import { inflateRawSync } from 'node:zlib';
import {
  AVCOL_RANGE_JPEG,
  AVCOL_SPC_RGB,
  AV_CODEC_FLAG_LOW_DELAY,
  AV_CODEC_ID_H264,
  AV_PIX_FMT_RGBA,
} from 'node-av/constants';
import { Codec, CodecContext, FFmpegError, Frame, Packet, SoftwareScaleContext } from 'node-av/lib';
import { Framebuffer } from '../../../protocol/framebuffer.ts';
import { parsePicture, tileBytes, type PictureFrame, type Rect, type VideoRegion } from '../../../protocol/picture.ts';
import type { Scene } from './scene.ts';

/** Decodes access units of one coded rectangle after the other. */
class VideoReference {
  #context: CodecContext | undefined;

  /** RGBA words of the coded picture. */
  decode({ isKey, accessUnit, coded }: VideoRegion): Uint32Array {
    if (isKey) this.#open();
    if (!this.#context) throw new Error('video starts without a key');
    const packet = new Packet();
    packet.alloc();
    packet.data = Buffer.from(accessUnit);
    FFmpegError.throwIfError(this.#context.sendPacketSync(packet), 'send packet');
    const frame = new Frame();
    frame.alloc();
    FFmpegError.throwIfError(this.#context.receiveFrameSync(frame), 'receive frame');
    if (frame.width !== coded.width || frame.height !== coded.height) throw new Error('video of another size');
    return toWords(frame);
  }

  close(): void {
    this.#context?.freeContext();
    this.#context = undefined;
  }

  #open(): void {
    this.close();
    const codec = Codec.findDecoder(AV_CODEC_ID_H264);
    this.#context = new CodecContext();
    this.#context.allocContext3(codec);
    this.#context.setFlags(AV_CODEC_FLAG_LOW_DELAY);
    this.#context.threadCount = 1;
    FFmpegError.throwIfError(this.#context.open2Sync(codec, null), 'open');
  }
}

function toWords(frame: Frame): Uint32Array {
  const rgba = new Frame();
  rgba.alloc();
  rgba.width = frame.width;
  rgba.height = frame.height;
  rgba.format = AV_PIX_FMT_RGBA;
  FFmpegError.throwIfError(rgba.getBuffer(0), 'getBuffer');
  rgba.colorSpace = AVCOL_SPC_RGB;
  rgba.colorRange = AVCOL_RANGE_JPEG;
  rgba.colorPrimaries = frame.colorPrimaries;
  rgba.colorTrc = frame.colorTrc;
  const scaler = new SoftwareScaleContext();
  scaler.allocContext();
  FFmpegError.throwIfError(scaler.scaleFrameSync(rgba, frame), 'scale');
  const [bytes = Buffer.alloc(0)] = rgba.data ?? [];
  const [stride = 0] = rgba.linesize;
  const words = new Uint32Array(frame.width * frame.height);
  const target = new Uint8Array(words.buffer);
  for (let row = 0; row < frame.height; row++) {
    target.set(bytes.subarray(row * stride, row * stride + frame.width * 4), row * frame.width * 4);
  }
  return words;
}

export class ReferenceViewer {
  buffer = new Framebuffer(1, 1);
  readonly #video = new VideoReference();

  /** Paints a payload and returns what was in it. */
  paint(payload: Uint8Array): PictureFrame {
    const frame = parsePicture(payload);
    if (typeof frame === 'string') throw new Error(`payload refused: ${frame}`);
    if (frame.isKey || this.buffer.width !== frame.width || this.buffer.height !== frame.height) {
      this.buffer = new Framebuffer(frame.width, frame.height);
    }
    for (const region of frame.regions) {
      if (region.kind === 'fill') this.buffer.fill(region);
      else if (region.kind === 'copy') this.buffer.copy(region);
      else if (region.kind === 'video') this.#paintVideo(region);
      else {
        const plain = region.isDeflated
          ? inflateRawSync(region.body, { maxOutputLength: tileBytes(region) })
          : region.body;
        this.buffer.tile(region, plain);
      }
    }
    return frame;
  }

  /** Pixels that differ from the scene; `except` says which do not count. */
  wrongPixels(scene: Scene, except: readonly Rect[] = []): number {
    const { width, height } = scene;
    const shown = this.buffer.colours({ x: 0, y: 0, width, height });
    let wrong = 0;
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const isExcepted = except.some((r) => x >= r.x && x < r.x + r.width && y >= r.y && y < r.y + r.height);
        if (!isExcepted && shown[y * width + x] !== scene.colourAt(x, y)) wrong += 1;
      }
    }
    return wrong;
  }

  /** Peak signal-to-noise ratio of the luma (BT.709), in decibels. */
  lumaPsnr(scene: Scene, rect: Rect): number {
    const shown = this.buffer.colours(rect);
    let squares = 0;
    for (let row = 0; row < rect.height; row++) {
      for (let column = 0; column < rect.width; column++) {
        const error = luma(shown[row * rect.width + column] ?? 0) - luma(scene.colourAt(rect.x + column, rect.y + row));
        squares += error * error;
      }
    }
    return 10 * Math.log10((255 * 255 * rect.width * rect.height) / squares);
  }

  close(): void {
    this.#video.close();
  }

  #paintVideo(region: VideoRegion): void {
    const words = this.#video.decode(region);
    const { rect, coded } = region;
    for (let row = 0; row < rect.height; row++) {
      const from = (rect.y - coded.y + row) * coded.width + rect.x - coded.x;
      this.buffer.words.set(words.subarray(from, from + rect.width), (rect.y + row) * this.buffer.width + rect.x);
    }
  }
}

function luma(colour: number): number {
  return 0.2126 * (colour >> 16) + 0.7152 * ((colour >> 8) & 255) + 0.0722 * (colour & 255);
}
