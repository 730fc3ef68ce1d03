/** Text as pixels, however a platform draws it. */

/** Coverage 0 to 255 of each pixel, rows of `width`. */
export interface TextImage {
  width: number;
  height: number;
  /** Rows above the line that letters stand on. */
  baseline: number;
  coverage: Uint8Array;
}

export interface TextStyle {
  sizePx: number;
  isBold: boolean;
  maxWidthPx: number;
}

export interface TextRenderer {
  render(text: string, style: TextStyle): Promise<TextImage>;
}
