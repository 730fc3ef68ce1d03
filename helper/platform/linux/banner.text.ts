/**
 * Text of the banner as pixels. X core fonts know no Chinese, a bundled font with it weighs 8 MB or more in a single-file
 * helper, and a rasteriser of our own would need shaping and font search besides. So: Pango with cairo, by koffi. Every
 * GTK, GNOME, Xfce, Cinnamon and MATE desktop has both, and so has any with Firefox or a KDE that runs GTK programs; they
 * find the user's own fonts and fall back per character. Where they are missing the server's fonts are used, 18x18ja with
 * many Chinese characters where installed, else "fixed", which every X server has: name, number, time and the red button
 * with its square stay legible.
 */
import koffi from 'koffi';
import type { TextImage, TextRenderer, TextStyle } from '../paint/text.ts';
import type { XConnection } from './x11.connection.ts';

/** Pango where the device has it, the X server's fonts otherwise. */
export function createTextRenderer(x: XConnection): TextRenderer {
  const pango = loadPango();
  return pango ? new PangoText(pango) : new CoreFontText(x);
}

const CAIRO_FORMAT_A8 = 2;
/** Pango units per pixel. */
const PANGO_SCALE = 1024;
const PANGO_ELLIPSIZE_END = 3;
const PANGO_WEIGHT = { normal: 400, bold: 700 } as const;

type Handle = unknown;
interface Pango {
  createSurface(format: number, width: number, height: number): Handle;
  createContext(surface: Handle): Handle;
  destroyContext(context: Handle): void;
  destroySurface(surface: Handle): void;
  flush(surface: Handle): void;
  pixels(surface: Handle): Handle;
  stride(surface: Handle): number;
  createLayout(context: Handle): Handle;
  showLayout(context: Handle, layout: Handle): void;
  setText(layout: Handle, text: string, bytes: number): void;
  setWidth(layout: Handle, units: number): void;
  setEllipsize(layout: Handle, mode: number): void;
  setSingleParagraph(layout: Handle, isSingle: number): void;
  setFont(layout: Handle, font: Handle): void;
  pixelSize(layout: Handle, width: number[], height: number[]): void;
  baseline(layout: Handle): number;
  newFont(family: string): Handle;
  setFontSize(font: Handle, units: number): void;
  setFontWeight(font: Handle, weight: number): void;
  freeFont(font: Handle): void;
  unref(object: Handle): void;
}

function loadPango(): Pango | undefined {
  try {
    const cairo = koffi.load('libcairo.so.2');
    const pango = koffi.load('libpango-1.0.so.0');
    const bridge = koffi.load('libpangocairo-1.0.so.0');
    const gobject = koffi.load('libgobject-2.0.so.0');
    return {
      createSurface: cairo.func('void *cairo_image_surface_create(int format, int width, int height)'),
      createContext: cairo.func('void *cairo_create(void *surface)'),
      destroyContext: cairo.func('void cairo_destroy(void *context)'),
      destroySurface: cairo.func('void cairo_surface_destroy(void *surface)'),
      flush: cairo.func('void cairo_surface_flush(void *surface)'),
      pixels: cairo.func('void *cairo_image_surface_get_data(void *surface)'),
      stride: cairo.func('int cairo_image_surface_get_stride(void *surface)'),
      createLayout: bridge.func('void *pango_cairo_create_layout(void *context)'),
      showLayout: bridge.func('void pango_cairo_show_layout(void *context, void *layout)'),
      setText: pango.func('void pango_layout_set_text(void *layout, const char *text, int bytes)'),
      setWidth: pango.func('void pango_layout_set_width(void *layout, int width)'),
      setEllipsize: pango.func('void pango_layout_set_ellipsize(void *layout, int mode)'),
      setSingleParagraph: pango.func('void pango_layout_set_single_paragraph_mode(void *layout, int isSingle)'),
      setFont: pango.func('void pango_layout_set_font_description(void *layout, void *font)'),
      pixelSize: pango.func('void pango_layout_get_pixel_size(void *layout, _Out_ int *width, _Out_ int *height)'),
      baseline: pango.func('int pango_layout_get_baseline(void *layout)'),
      newFont: pango.func('void *pango_font_description_from_string(const char *family)'),
      setFontSize: pango.func('void pango_font_description_set_absolute_size(void *font, double size)'),
      setFontWeight: pango.func('void pango_font_description_set_weight(void *font, int weight)'),
      freeFont: pango.func('void pango_font_description_free(void *font)'),
      unref: gobject.func('void g_object_unref(void *object)'),
    };
  } catch (error) {
    if (error instanceof Error) return undefined; // a library or a function is missing: the caller has another way
    throw error;
  }
}

/** Exported for the test that a desktop without Pango is served. */
export class PangoText implements TextRenderer {
  readonly #pango: Pango;

  constructor(pango: Pango) {
    this.#pango = pango;
  }

  render(text: string, style: TextStyle): Promise<TextImage> {
    const p = this.#pango;
    const probe = this.#layOut(text, style, { width: 1, height: 1 });
    const [widths, heights] = [[0], [0]];
    p.pixelSize(probe.layout, widths, heights);
    probe.free();
    const width = Math.max(1, widths[0] ?? 0);
    const height = Math.max(1, heights[0] ?? 0);
    const drawn = this.#layOut(text, style, { width, height });
    p.showLayout(drawn.context, drawn.layout);
    p.flush(drawn.surface);
    const baseline = Math.round(p.baseline(drawn.layout) / PANGO_SCALE);
    const image = { width, height, baseline, coverage: this.#readCoverage(drawn.surface, width, height) };
    drawn.free();
    return Promise.resolve(image);
  }

  #layOut(text: string, style: TextStyle, size: { width: number; height: number }): PangoDrawing {
    const p = this.#pango;
    const surface = p.createSurface(CAIRO_FORMAT_A8, size.width, size.height);
    const context = p.createContext(surface);
    const layout = p.createLayout(context);
    const font = p.newFont('sans-serif');
    p.setFontSize(font, style.sizePx * PANGO_SCALE);
    p.setFontWeight(font, style.isBold ? PANGO_WEIGHT.bold : PANGO_WEIGHT.normal);
    p.setFont(layout, font);
    p.freeFont(font);
    p.setSingleParagraph(layout, 1);
    p.setWidth(layout, style.maxWidthPx * PANGO_SCALE);
    p.setEllipsize(layout, PANGO_ELLIPSIZE_END);
    // A string ends at its first NUL in C.
    p.setText(layout, text.replaceAll('\0', ''), -1);
    const free = (): void => {
      p.unref(layout);
      p.destroyContext(context);
      p.destroySurface(surface);
    };
    return { surface, context, layout, free };
  }

  /** Copied, since the surface is freed. */
  #readCoverage(surface: Handle, width: number, height: number): Uint8Array {
    const stride = this.#pango.stride(surface);
    const bytes = new Uint8Array(koffi.decode(this.#pango.pixels(surface), 'uint8_t', stride * height));
    const coverage = new Uint8Array(width * height);
    for (let y = 0; y < height; y++) coverage.set(bytes.subarray(y * stride, y * stride + width), y * width);
    return coverage;
  }
}

interface PangoDrawing {
  surface: Handle;
  context: Handle;
  layout: Handle;
  free(): void;
}

/** Fonts of the X server, the best first; "fixed" is built in. */
const CORE_FONTS = ['-misc-fixed-medium-r-normal-ja-18-*-*-*-*-*-iso10646-1', '9x15bold', 'fixed'];

/** Draws on a pixmap with the server's fonts and reads it back. */
export class CoreFontText implements TextRenderer {
  readonly #x: XConnection;
  #font: Promise<number> | undefined;

  constructor(x: XConnection) {
    this.#x = x;
  }

  async render(text: string, style: TextStyle): Promise<TextImage> {
    this.#font ??= this.#openFont();
    const font = await this.#font;
    const extents = await this.#extents(font, text);
    const fitting = Math.floor((text.length * style.maxWidthPx) / Math.max(1, extents.overallWidth));
    const shown = text.slice(0, Math.min(text.length, 255, fitting)); // ImageText16 takes 255 characters
    const { overallWidth, fontAscent, fontDescent } = await this.#extents(font, shown);
    const size = { width: Math.max(1, overallWidth), height: fontAscent + fontDescent };
    return this.#draw(shown, { ...size, font, baseline: fontAscent });
  }

  async #openFont(): Promise<number> {
    for (const name of CORE_FONTS) {
      const font = this.#x.client.AllocID();
      const [opened] = await Promise.allSettled([this.#x.ask((done) => this.#x.client.OpenFont(font, name, done))]);
      if (opened.status === 'fulfilled') return font;
    }
    throw new Error('the X server has no font at all');
  }

  #extents(font: number, text: string): Promise<{ fontAscent: number; fontDescent: number; overallWidth: number }> {
    return this.#x.ask((done) => this.#x.client.QueryTextExtents(font, text, done));
  }

  async #draw(
    text: string,
    { width, height, font, baseline }: { width: number; height: number; font: number; baseline: number },
  ): Promise<TextImage> {
    const { client, root, screen } = this.#x;
    const [pixmap, gc] = [client.AllocID(), client.AllocID()];
    client.CreatePixmap(pixmap, root, screen.root_depth, width, height);
    client.CreateGC(gc, pixmap, { foreground: 0, background: 0, font });
    client.PolyFillRectangle(pixmap, gc, [0, 0, width, height]);
    client.ChangeGC(gc, { foreground: 0xffffff });
    client.ImageText16(pixmap, gc, 0, baseline, text);
    const image = await this.#x.ask<{ data: Buffer }>((done) =>
      client.GetImage(2, pixmap, 0, 0, width, height, 0xffffffff, done),
    );
    client.FreeGC(gc);
    client.FreePixmap(pixmap);
    const coverage = new Uint8Array(width * height);
    for (let i = 0; i < coverage.length; i++) coverage[i] = image.data[i * 4] ?? 0;
    return { width, height, baseline, coverage };
  }
}
