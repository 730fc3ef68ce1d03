/** How far a painted picture is from its source, by luma. */

/** Identical pictures have no error; this stands for it, above anything that a lossy coder reaches. */
export const identicalDb = 100;

/** Peak signal-to-noise ratio of two pictures of one byte a pixel, in dB. */
export function psnr(painted: Uint8Array, source: Uint8Array): number {
  if (painted.length !== source.length || painted.length === 0)
    throw new Error('pictures of different size cannot be compared');
  let squares = 0;
  for (let index = 0; index < painted.length; index += 1) {
    const difference = (painted[index] ?? 0) - (source[index] ?? 0);
    squares += difference * difference;
  }
  if (squares === 0) return identicalDb;
  return Math.min(identicalDb, 10 * Math.log10((255 * 255 * painted.length) / squares));
}

/** The luma (BT.601, full range) of a part of a picture of BGRX pixels, as the observer computes it from what is painted. */
export function lumaOf(
  picture: { pixels: Uint8Array; width: number },
  part: { x: number; y: number; width: number; height: number },
): Uint8Array {
  const luma = new Uint8Array(part.width * part.height);
  for (let row = 0; row < part.height; row += 1) {
    for (let column = 0; column < part.width; column += 1) {
      const at = ((part.y + row) * picture.width + part.x + column) * 4;
      const [blue = 0, green = 0, red = 0] = picture.pixels.subarray(at, at + 3);
      luma[row * part.width + column] = Math.round(0.299 * red + 0.587 * green + 0.114 * blue);
    }
  }
  return luma;
}
