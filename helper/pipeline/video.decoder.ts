/** Pictures of one video, decoded in this process: what a viewer would see of what an encoder made. */
import {
  AVCOL_RANGE_JPEG,
  AVCOL_SPC_RGB,
  AV_CODEC_FLAG_LOW_DELAY,
  AV_CODEC_ID_H264,
  AV_PIX_FMT_BGR0,
} from 'node-av/constants';
import { Codec, CodecContext, FFmpegError, Frame, Packet, SoftwareScaleContext } from 'node-av/lib';
import { Pixels } from './pixels.ts';
import type { Size } from './video.encoder.ts';

export class VideoDecoder {
  readonly #size: Size;
  readonly #context = new CodecContext();

  constructor(size: Size) {
    this.#size = size;
    const codec = Codec.findDecoder(AV_CODEC_ID_H264);
    this.#context.allocContext3(codec);
    this.#context.setFlags(AV_CODEC_FLAG_LOW_DELAY);
    this.#context.threadCount = 1;
    FFmpegError.throwIfError(this.#context.open2Sync(codec, null), 'open decoder');
  }

  /** Rejects when this access unit does not give one picture of our size at once. */
  async decode(accessUnit: Uint8Array): Promise<Pixels> {
    const packet = new Packet();
    packet.alloc();
    const frame = new Frame();
    frame.alloc();
    try {
      packet.data = Buffer.from(accessUnit);
      FFmpegError.throwIfError(await this.#context.sendPacket(packet), 'send packet');
      FFmpegError.throwIfError(await this.#context.receiveFrame(frame), 'receive frame');
      const { width, height } = this.#size;
      if (frame.width !== width || frame.height !== height) throw new Error('video of another size');
      return toPixels(frame);
    } finally {
      packet.free();
      frame.free();
    }
  }

  close(): void {
    this.#context.freeContext();
  }
}

function toPixels(frame: Frame): Pixels {
  const rgb = new Frame();
  rgb.alloc();
  const scaler = new SoftwareScaleContext();
  scaler.allocContext();
  try {
    rgb.width = frame.width;
    rgb.height = frame.height;
    rgb.format = AV_PIX_FMT_BGR0;
    FFmpegError.throwIfError(rgb.getBuffer(0), 'getBuffer');
    rgb.colorSpace = AVCOL_SPC_RGB;
    rgb.colorRange = AVCOL_RANGE_JPEG;
    rgb.colorPrimaries = frame.colorPrimaries;
    rgb.colorTrc = frame.colorTrc;
    FFmpegError.throwIfError(scaler.scaleFrameSync(rgb, frame), 'scale');
    const [bytes = Buffer.alloc(0)] = rgb.data ?? [];
    const [stride = 0] = rgb.linesize;
    const pixels = new Pixels(frame.width, frame.height);
    for (let row = 0; row < pixels.height; row++) {
      pixels.bytes.set(bytes.subarray(row * stride, row * stride + pixels.width * 4), row * pixels.width * 4);
    }
    return pixels;
  } finally {
    scaler.freeContext();
    rgb.free();
  }
}
