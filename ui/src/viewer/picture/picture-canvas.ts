/**
 * Paints regions on a canvas. Lossless pixels are kept in memory as well: moving them there and putting them on the
 * canvas takes a fifth of the time that a canvas needs to draw itself onto itself.
 */
import { Framebuffer } from '../../../../protocol/framebuffer.ts';
import type { CopyRegion, FillRegion, Rect, TileRegion, VideoRegion } from '../../../../protocol/picture.ts';

export type AnyCanvas = HTMLCanvasElement | OffscreenCanvas;
type AnyContext = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;

function isOverlapping(a: Rect, b: Rect): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

function unite(a: Rect, b: Rect): Rect {
  const x = Math.min(a.x, b.x);
  const y = Math.min(a.y, b.y);
  return {
    x,
    y,
    width: Math.max(a.x + a.width, b.x + b.width) - x,
    height: Math.max(a.y + a.height, b.y + b.height) - y,
  };
}

function contextOf(canvas: AnyCanvas): AnyContext {
  // The two canvas types have the same method with overloads of their own, which a union cannot call; a worker does not
  // know the first of them.
  const context =
    typeof HTMLCanvasElement !== 'undefined' && canvas instanceof HTMLCanvasElement
      ? canvas.getContext('2d', { alpha: false })
      : (canvas as OffscreenCanvas).getContext('2d', { alpha: false });
  if (!context) throw new Error('this canvas has no 2d context');
  return context;
}

export class PictureCanvas {
  readonly #canvas: AnyCanvas;
  readonly #context: AnyContext;
  #buffer = new Framebuffer(1, 1);
  #image = new ImageData(1, 1);
  /** Where the canvas shows video, which is not in the buffer. */
  #filmed: Rect | undefined;

  constructor(canvas: AnyCanvas) {
    this.#canvas = canvas;
    this.#context = contextOf(canvas);
  }

  /** Starts anew in this size. */
  resize(width: number, height: number): void {
    this.#buffer = new Framebuffer(width, height);
    this.#image = new ImageData(new Uint8ClampedArray(this.#buffer.words.buffer), width, height);
    this.#filmed = undefined;
    this.#canvas.width = width;
    this.#canvas.height = height;
  }

  fill(region: FillRegion): void {
    this.#buffer.fill(region);
    this.#put(region.rect);
  }

  copy(region: CopyRegion): void {
    const source = { ...region.rect, x: region.sourceX, y: region.sourceY };
    if (this.#filmed && isOverlapping(this.#filmed, source)) this.#readBack(this.#filmed);
    this.#buffer.copy(region);
    this.#put(region.rect);
  }

  tile(region: TileRegion, plain: Uint8Array): void {
    this.#buffer.tile(region, plain);
    this.#put(region.rect);
  }

  video({ rect, coded }: VideoRegion, frame: VideoFrame): void {
    const { x, y, width, height } = rect;
    this.#context.drawImage(frame, x - coded.x, y - coded.y, width, height, x, y, width, height);
    this.#filmed = this.#filmed ? unite(this.#filmed, rect) : rect;
  }

  #put({ x, y, width, height }: Rect): void {
    this.#context.putImageData(this.#image, 0, 0, x, y, width, height);
  }

  #readBack({ x, y, width, height }: Rect): void {
    const { data } = this.#context.getImageData(x, y, width, height);
    const words = new Uint32Array(data.buffer);
    for (let row = 0; row < height; row++) {
      this.#buffer.words.set(words.subarray(row * width, (row + 1) * width), (y + row) * this.#buffer.width + x);
    }
    this.#filmed = undefined;
  }
}
