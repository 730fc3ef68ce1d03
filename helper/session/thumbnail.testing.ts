/** Looks into the pictures that `thumbnail.ts` makes. */
import { inflateSync } from 'node:zlib';

const PREFIX = 'data:image/png;base64,';

/** Colours of a thumbnail, as six hexadecimal digits, with the number of pixels of each. */
export function coloursOf(thumbnail: string): Map<string, number> {
  const png = Buffer.from(thumbnail.slice(PREFIX.length), 'base64');
  const [width, height] = [png.readUInt32BE(16), png.readUInt32BE(20)];
  // Signature, header and one chunk of unfiltered rows.
  const rows = inflateSync(png.subarray(41, png.length - 16));
  const colours = new Map<string, number>();
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = y * (width * 3 + 1) + 1 + x * 3;
      const colour = rows.toString('hex', at, at + 3);
      colours.set(colour, (colours.get(colour) ?? 0) + 1);
    }
  }
  return colours;
}
