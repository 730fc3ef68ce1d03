/**
 * Moving pictures for the video scene, made here so that no footage has to be shipped: a "dead leaves" picture (shapes of
 * all sizes hiding one another, the usual model of the statistics of photographs) under a moving and zooming camera,
 * with things passing in front of it and the grain of a sensor. The same seed gives the same bytes everywhere.
 */

export const footageSize = { width: 1280, height: 720 };
/** The path of the camera closes after this many frames, so that the loop has no cut. */
export const footageFrames = 90;

/** BGRX, four bytes a pixel. */
type Pixels = Uint8Array;

interface Texture {
  width: number;
  height: number;
  pixels: Pixels;
}

/** A small seeded generator (mulberry32), numbers in [0, 1). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** One shaded disc with a rough surface. */
function paintLeaf(target: Texture, leaf: { x: number; y: number; radius: number }, random: () => number): void {
  const { x, y, radius } = leaf;
  const base = 30 + random() * 190;
  const tint = [random() * 60 - 30, random() * 40 - 20, random() * 60 - 30];
  const shade = ((random() - 0.5) * 60) / radius;
  const slope = ((random() - 0.5) * 60) / radius;
  const roughness = random() < 0.5 ? 4 : 22;
  for (let row = Math.max(0, Math.floor(y - radius)); row < Math.min(target.height, y + radius); row += 1) {
    const half = Math.sqrt(Math.max(0, radius * radius - (row - y) * (row - y)));
    const end = Math.min(target.width, Math.ceil(x + half));
    for (let column = Math.max(0, Math.ceil(x - half)); column < end; column += 1) {
      const light = base + (column - x) * shade + (row - y) * slope + (random() - 0.5) * roughness;
      const at = (row * target.width + column) * 4;
      for (let channel = 0; channel < 3; channel += 1) {
        target.pixels[at + channel] = Math.max(0, Math.min(255, light + (tint[channel] ?? 0)));
      }
    }
  }
}

/** Leaves from the largest to the smallest, their radii spread by a power law. */
function paintLeaves(size: { width: number; height: number }, leaves: number, random: () => number): Texture {
  const texture = { ...size, pixels: new Uint8Array(size.width * size.height * 4) };
  const [smallest, largest] = [6, 260];
  const radii = Array.from({ length: leaves }, () => {
    const share = random();
    return 1 / Math.sqrt((1 - share) / smallest ** 2 + share / largest ** 2);
  });
  const backdrop = { x: size.width / 2, y: size.height / 2, radius: size.width };
  paintLeaf(texture, backdrop, random);
  for (const radius of radii.toSorted((a, b) => b - a)) {
    paintLeaf(texture, { x: random() * size.width, y: random() * size.height, radius }, random);
  }
  return texture;
}

/** Fills `target` from `texture` seen by a camera at `view`, bilinear, positions in 1/256 pixel. */
function project(target: Texture, texture: Texture, view: { left: number; top: number; scale: number }): void {
  const step = Math.round(view.scale * 256);
  const stride = texture.width * 4;
  for (let row = 0; row < target.height; row += 1) {
    const sourceY = Math.round(view.top * 256) + row * step;
    const lower = sourceY & 255;
    const line = (sourceY >> 8) * stride;
    let to = row * target.width * 4;
    let sourceX = Math.round(view.left * 256);
    for (let column = 0; column < target.width; column += 1, sourceX += step, to += 4) {
      const right = sourceX & 255;
      const at = line + (sourceX >> 8) * 4;
      for (let channel = 0; channel < 3; channel += 1) {
        const from = at + channel;
        const upperMix = (texture.pixels[from] ?? 0) * (256 - right) + (texture.pixels[from + 4] ?? 0) * right;
        const lowerMix =
          (texture.pixels[from + stride] ?? 0) * (256 - right) + (texture.pixels[from + stride + 4] ?? 0) * right;
        target.pixels[to + channel] = (upperMix * (256 - lower) + lowerMix * lower) >> 16;
      }
    }
  }
}

/** Copies an ellipse of `texture` into the frame: something that passes in front of the camera. */
function passBy(
  target: Texture,
  texture: Texture,
  shape: { x: number; y: number; width: number; height: number },
): void {
  for (let row = 0; row < shape.height; row += 1) {
    const y = Math.round(shape.y) + row;
    if (y < 0 || y >= target.height) continue;
    const reach = (2 * row) / shape.height - 1;
    const half = (shape.width / 2) * Math.sqrt(1 - reach * reach);
    const inset = Math.round(shape.width / 2 - half);
    const left = Math.max(0, Math.round(shape.x) + inset);
    const right = Math.min(target.width, Math.round(shape.x + shape.width) - inset);
    if (right <= left) continue;
    const from = (row * texture.width + left - Math.round(shape.x)) * 4;
    target.pixels.set(texture.pixels.subarray(from, from + (right - left) * 4), (y * target.width + left) * 4);
  }
}

/** Adds the grain of a sensor: the same shift on all three channels. */
function addGrain(target: Texture, grain: Int8Array, offset: number): void {
  let at = offset % grain.length;
  for (let pixel = 0; pixel < target.pixels.length; pixel += 4) {
    at = at + 1 === grain.length ? 0 : at + 1;
    const shift = grain[at] ?? 0;
    for (let channel = pixel; channel < pixel + 3; channel += 1) {
      target.pixels[channel] = Math.max(0, Math.min(255, (target.pixels[channel] ?? 0) + shift));
    }
  }
}

/** Yields the frames of one loop, BGRX; the array is reused, so copy what must last. */
export function* renderFootage(seed: number): Generator<Pixels> {
  const random = randomFrom(seed);
  const scene = paintLeaves({ width: 1900, height: 1200 }, 5000, random);
  const passers = paintLeaves({ width: 420, height: 420 }, 600, random);
  const grain = Int8Array.from({ length: 65_521 }, () => Math.round((random() + random() - 1) * 3));
  const frame = { ...footageSize, pixels: new Uint8Array(footageSize.width * footageSize.height * 4) };
  for (let index = 0; index < footageFrames; index += 1) {
    const angle = (2 * Math.PI * index) / footageFrames;
    const scale = 1.08 + 0.06 * Math.sin(angle);
    project(frame, scene, { left: 220 + 80 * Math.cos(angle), top: 180 + 60 * Math.sin(2 * angle), scale });
    for (let passer = 0; passer < 3; passer += 1) {
      const share = (index / footageFrames + passer / 3) % 1;
      passBy(frame, passers, {
        x: share * 1700 - 420,
        y: 80 + passer * 170,
        width: 180 + passer * 90,
        height: 180 + passer * 60,
      });
    }
    addGrain(frame, grain, index * 7919);
    yield frame.pixels;
  }
}
