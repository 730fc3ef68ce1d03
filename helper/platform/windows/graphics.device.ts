/** A device of Direct3D 11, the screen it shows, and memory into which parts of a picture are copied to be read. */
import koffi from 'koffi';
import type { KoffiFunc } from 'koffi';
import type { Rect, Screen } from '../platform.ts';
import { callAsync, ComError, ComObject, throwIfFailed } from './com.object.ts';
import { ADAPTER, CODE, CONTEXT, DEVICE, FACTORY, IID, LAYOUT, OUTPUT, TEXTURE, VALUE } from './graphics.interfaces.ts';
import { fromWide, winLibrary } from './win32.ts';

const BYTES_PER_PIXEL = 4;

type AnyFunction = KoffiFunc<(...args: unknown[]) => unknown>;

const dxgi = winLibrary<{ CreateDXGIFactory1: AnyFunction }>('dxgi', {
  CreateDXGIFactory1: 'int32_t CreateDXGIFactory1(void *iid, _Out_ void **factory)',
});

const d3d11 = winLibrary<{ D3D11CreateDevice: AnyFunction }>('d3d11', {
  D3D11CreateDevice:
    'int32_t D3D11CreateDevice(void *adapter, int driver, void *software, uint32_t flags, void *levels, uint32_t levelCount, uint32_t version, _Out_ void **device, void *level, _Out_ void **context)',
});

/** One monitor as DXGI knows it, and the graphics card that shows it. */
export interface Output {
  output: ComObject;
  adapter: ComObject;
}

/** The output with the screen's name; throws when there is none, or when its picture lies turned in memory. */
export function findOutput({ id }: Screen): Output {
  const factory = ComObject.from('CreateDXGIFactory1', (found) => dxgi.CreateDXGIFactory1(IID.IDXGIFactory1, found));
  try {
    for (const adapter of listed(factory, FACTORY.EnumAdapters1)) {
      const output = outputOf(adapter, id);
      if (output) return { adapter, output };
      adapter.release();
    }
    throw new Error(`no graphics card shows ${id}`);
  } finally {
    factory.release();
  }
}

function outputOf(adapter: ComObject, id: string): ComObject | undefined {
  for (const output of listed(adapter, ADAPTER.EnumOutputs)) {
    const description = Buffer.alloc(LAYOUT.DXGI_OUTPUT_DESC.size);
    const isTold = output.call(OUTPUT.GetDesc, description) >= 0;
    const rotation = description.readUInt32LE(LAYOUT.DXGI_OUTPUT_DESC.Rotation);
    if (!isTold || fromWide(description.subarray(0, LAYOUT.DXGI_OUTPUT_DESC.DesktopCoordinates)) !== id) {
      output.release();
      continue;
    }
    try {
      // Zero: not told.
      if (rotation > VALUE.DXGI_MODE_ROTATION_IDENTITY) throw new Error('the screen is turned');
      return output.as(IID.IDXGIOutput1);
    } finally {
      output.release();
    }
  }
  return undefined;
}

/** What is numbered from zero; whoever stops early has released what came before. */
function* listed(owner: ComObject, method: typeof FACTORY.EnumAdapters1 | typeof ADAPTER.EnumOutputs) {
  for (let number = 0; ; number++) {
    const found: unknown[] = [null];
    if (owner.call(method, number, found) < 0) return;
    yield new ComObject(found[0]);
  }
}

export class GraphicsDevice {
  readonly device: ComObject;
  readonly context: ComObject;

  private constructor(device: ComObject, context: ComObject) {
    this.device = device;
    this.context = context;
  }

  /** On that graphics card. Drivers take their time, so it is made on a thread of Node's pool. */
  static async open(adapter: ComObject): Promise<GraphicsDevice> {
    const [device, context]: unknown[][] = [[null], [null]];
    const { D3D_DRIVER_TYPE_UNKNOWN, D3D11_CREATE_DEVICE_BGRA_SUPPORT, D3D11_SDK_VERSION } = VALUE;
    const how = [adapter.address, D3D_DRIVER_TYPE_UNKNOWN, null, D3D11_CREATE_DEVICE_BGRA_SUPPORT, null, 0];
    const code = await callAsync(d3d11.D3D11CreateDevice, ...how, D3D11_SDK_VERSION, device, null, context);
    throwIfFailed('D3D11CreateDevice', code);
    return new GraphicsDevice(new ComObject(device?.[0]), new ComObject(context?.[0]));
  }

  close(): void {
    this.context.release();
    this.device.release();
  }
}

/** Memory of a picture's size that the graphics card writes and we read. */
export class StagedPicture {
  readonly #context: ComObject;
  readonly #texture: ComObject;
  readonly #width: number;
  readonly #height: number;

  constructor({ device, context }: GraphicsDevice, { width, height }: Pick<Rect, 'width' | 'height'>) {
    this.#context = context;
    this.#width = width;
    this.#height = height;
    const description = textureDescription({
      Width: width,
      Height: height,
      MipLevels: 1,
      ArraySize: 1,
      Format: VALUE.DXGI_FORMAT_B8G8R8A8_UNORM,
      SampleDesc: 1,
      Usage: VALUE.D3D11_USAGE_STAGING,
      CPUAccessFlags: VALUE.D3D11_CPU_ACCESS_READ,
    });
    this.#texture = ComObject.from('CreateTexture2D', (found) =>
      device.call(DEVICE.CreateTexture2D, description, null, found),
    );
  }

  /** Throws when the texture is not like ours: of another size, or with more than eight bits a colour. */
  checkLike(texture: ComObject): void {
    const description = Buffer.alloc(LAYOUT.D3D11_TEXTURE2D_DESC.size);
    texture.call(TEXTURE.GetDesc, description);
    const { Width, Height, Format } = LAYOUT.D3D11_TEXTURE2D_DESC;
    const [width, height, format] = [Width, Height, Format].map((at) => description.readUInt32LE(at));
    if (format !== VALUE.DXGI_FORMAT_B8G8R8A8_UNORM) throw new Error(`pictures come in format ${format}`);
    if (width !== this.#width || height !== this.#height) throw new Error(`pictures come as ${width}×${height}`);
  }

  /** Takes these parts of a texture of the same size over; the graphics card does it some time before the next `read`. */
  take(texture: ComObject, rects: readonly Rect[]): void {
    for (const { x, y, width, height } of rects) {
      const box = Buffer.alloc(LAYOUT.D3D11_BOX.size);
      const { left, top, right, bottom, back } = LAYOUT.D3D11_BOX;
      for (const [at, value] of [
        [left, x],
        [top, y],
        [right, x + width],
        [bottom, y + height],
        [back, 1],
      ] as const)
        box.writeUInt32LE(value, at);
      this.#context.call(CONTEXT.CopySubresourceRegion, this.#texture.address, 0, x, y, 0, texture.address, 0, box);
    }
  }

  /** Copies these parts into `pixels`, which is a picture of the same size without gaps between rows. */
  async read(rects: readonly Rect[], pixels: Uint8Array): Promise<void> {
    const mapped = Buffer.alloc(LAYOUT.D3D11_MAPPED_SUBRESOURCE.size);
    // Waits for the graphics card.
    throwIfFailed(
      'Map',
      await this.#context.callAsync(CONTEXT.Map, this.#texture.address, 0, VALUE.D3D11_MAP_READ, 0, mapped),
    );
    const address = mapped.readBigUInt64LE(LAYOUT.D3D11_MAPPED_SUBRESOURCE.pData);
    const pitch = mapped.readUInt32LE(LAYOUT.D3D11_MAPPED_SUBRESOURCE.RowPitch);
    const stride = this.#width * BYTES_PER_PIXEL;
    const memory = koffi.view(address, pitch * (this.#height - 1) + stride);
    try {
      const rows = new Uint8Array(memory);
      for (const { x, y, width, height } of rects) {
        for (let row = y; row < y + height; row++) {
          const from = row * pitch + x * BYTES_PER_PIXEL;
          pixels.set(rows.subarray(from, from + width * BYTES_PER_PIXEL), row * stride + x * BYTES_PER_PIXEL);
        }
      }
    } finally {
      // A reader that is late finds nothing, instead of memory that is gone.
      memory.transfer();
      this.#context.call(CONTEXT.Unmap, this.#texture.address, 0);
    }
  }

  close(): void {
    this.#texture.release();
  }
}

/** D3D11_TEXTURE2D_DESC; what is not named is zero. */
export function textureDescription(
  fields: Partial<Record<Exclude<keyof typeof LAYOUT.D3D11_TEXTURE2D_DESC, 'size'>, number>>,
): Buffer {
  const description = Buffer.alloc(LAYOUT.D3D11_TEXTURE2D_DESC.size);
  for (const [name, value] of Object.entries(fields))
    description.writeUInt32LE(value, LAYOUT.D3D11_TEXTURE2D_DESC[name as keyof typeof fields]);
  return description;
}

/** On the secure desktop nobody may look: that is no failure. */
export function isDenied(cause: unknown): boolean {
  return cause instanceof ComError && cause.code === CODE.E_ACCESSDENIED;
}

const dwmapi = winLibrary<{ DwmFlush: AnyFunction }>('dwmapi', { DwmFlush: 'int32_t DwmFlush()' });

/** Waits for the next picture that Windows puts together of all windows, where it does. */
export function untilComposed(): Promise<number> {
  return callAsync(dwmapi.DwmFlush);
}
