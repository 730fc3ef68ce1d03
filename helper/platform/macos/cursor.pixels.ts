/** Pixels of the pointer, from what Core Graphics draws to what viewers take. Pure. */

/** BGRA with each colour multiplied by its alpha becomes RGBA with straight alpha. */
export function toStraightRgba(premultiplied: Uint8Array): Uint8Array {
  const rgba = new Uint8Array(premultiplied.length);
  for (let at = 0; at < premultiplied.length; at += 4) {
    const alpha = premultiplied[at + 3] ?? 0;
    if (alpha === 0) continue;
    for (let i = 0; i < 3; i++)
      rgba[at + i] = Math.min(255, Math.round(((premultiplied[at + 2 - i] ?? 0) * 255) / alpha));
    rgba[at + 3] = alpha;
  }
  return rgba;
}
