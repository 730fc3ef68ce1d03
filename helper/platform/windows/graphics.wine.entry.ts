/** Runs under Wine: a real device of Direct3D, and duplication as far as Wine goes with it. */
import assert from 'node:assert/strict';
import koffi from 'koffi';
import { after, before, describe, test } from 'node:test';
import type { Rect } from '../platform.ts';
import { ComObject, type ComMethod } from './com.object.ts';
import { openDuplication, OutputDuplication } from './desktop.duplication.ts';
import {
  findOutput,
  GraphicsDevice,
  isDenied,
  StagedPicture,
  textureDescription,
  untilComposed,
} from './graphics.device.ts';
import { DEVICE, VALUE } from './graphics.interfaces.ts';
import { graphicsVendors } from './windows.graphics.ts';
import { listScreens } from './windows.screens.ts';

const SIZE = { width: 301, height: 200 };
const UPDATE_SUBRESOURCE: ComMethod = [
  48,
  'void ID3D11DeviceContext_UpdateSubresource(void *self, void *to, uint32_t part, void *box, void *pixels, uint32_t pitch, uint32_t depth)',
];
const DXGI_FORMAT_R16G16B16A16_FLOAT = 10;

const [screen] = listScreens();

async function openDevice(): Promise<GraphicsDevice> {
  assert.ok(screen);
  const { output, adapter } = findOutput(screen);
  const device = await GraphicsDevice.open(adapter);
  output.release();
  adapter.release();
  return device;
}

describe('a device of Direct3D', () => {
  let device: GraphicsDevice;
  let staged: StagedPicture;

  before(async () => {
    device = await openDevice();
    staged = new StagedPicture(device, SIZE);
  });
  after(() => {
    staged.close();
    device.close();
  });

  function texture(size: typeof SIZE, format: number = VALUE.DXGI_FORMAT_B8G8R8A8_UNORM): ComObject {
    const { width: Width, height: Height } = size;
    const description = textureDescription({
      Width,
      Height,
      MipLevels: 1,
      ArraySize: 1,
      Format: format,
      SampleDesc: 1,
    });
    return ComObject.from('CreateTexture2D', (found) =>
      device.device.call(DEVICE.CreateTexture2D, description, null, found),
    );
  }

  /** What a picture shows at a place, different everywhere; `seed` for a later picture. */
  function paint(to: ComObject, seed: number): Buffer {
    const pixels = Buffer.alloc(SIZE.width * SIZE.height * 4);
    for (let at = 0; at < pixels.length / 4; at++) pixels.writeUInt32LE(Math.imul(at + seed, 2654435761) >>> 0, at * 4);
    device.context.call(UPDATE_SUBRESOURCE, to.address, 0, null, pixels, SIZE.width * 4, 0);
    return pixels;
  }

  function isInside({ x, y, width, height }: Rect, at: number): boolean {
    const [column, row] = [at % SIZE.width, Math.floor(at / SIZE.width)];
    return column >= x && row >= y && column < x + width && row < y + height;
  }

  test('copies the parts that are named, pixel by pixel, and leaves the others as they were', async () => {
    const shown = texture(SIZE);
    staged.checkLike(shown);
    const pixels = Buffer.alloc(SIZE.width * SIZE.height * 4);
    const whole = { x: 0, y: 0, ...SIZE };
    const first = paint(shown, 1);
    staged.take(shown, [whole]);
    await staged.read([whole], pixels);
    assert.ok(pixels.equals(first), 'the whole picture');
    const second = paint(shown, 1000);
    const parts = [
      { x: 3, y: 5, width: 70, height: 40 },
      { x: 300, y: 199, width: 1, height: 1 },
    ];
    staged.take(shown, parts);
    await staged.read(parts, pixels);
    for (let at = 0; at < pixels.length / 4; at++) {
      const from = parts.some((part) => isInside(part, at)) ? second : first;
      assert.equal(pixels.readUInt32LE(at * 4), from.readUInt32LE(at * 4), `pixel ${at}`);
    }
    // What was taken and not read is there all the same.
    staged.take(shown, [whole]);
    await staged.read([{ x: 0, y: 0, width: 9, height: 1 }], pixels);
    assert.ok(pixels.subarray(0, 36).equals(second.subarray(0, 36)));
    shown.release();
  });

  test('refuses pictures of another size or with more bits', () => {
    const other = texture({ width: 300, height: 200 });
    assert.throws(() => staged.checkLike(other), /pictures come as 300×200/);
    other.release();
    const deep = texture(SIZE, DXGI_FORMAT_R16G16B16A16_FLOAT);
    assert.throws(() => staged.checkLike(deep), /pictures come in format 10/);
    deep.release();
  });

  test('is found by the name of the screen it shows', () => {
    assert.ok(screen);
    assert.throws(() => findOutput({ ...screen, id: '\\\\.\\DISPLAY9' }), /no graphics card shows/);
  });
});

describe('without a device of ours', () => {
  test('gives no duplication under Wine, and says so', async () => {
    assert.ok(screen);
    const refusal: unknown = await openDuplication(screen).catch((cause: unknown) => cause);
    // E_NOTIMPL
    assert.equal(String(refusal), 'ComError: DuplicateOutput: 0x80004001');
    assert.equal(isDenied(refusal), false);
  });

  test('pictures that Windows puts together can be waited for', async () => {
    assert.equal(typeof (await untilComposed()), 'number');
  });

  test('makers of graphics cards are told by their numbers', () => {
    assert.deepEqual(graphicsVendors(), ['0000']);
  });
});

describe('a duplication as the headers describe it', () => {
  test('what changed is told and read, and when it is taken away', async () => {
    // `duplication.testing.c`, which says what comes in which order.
    const device = await openDevice();
    const make = koffi.load(process.argv.at(-1) ?? '').func('void *make_duplication(void *device)');
    const made = new ComObject(make(device.device.address));
    const [width, height] = [64, 32];
    const duplication = new OutputDuplication(made, device, { x: 0, y: 0, width, height });
    const pixels = Buffer.alloc(width * height * 4);
    const valueAt = (x: number, y: number): number => pixels.readUInt32LE((y * width + x) * 4);
    const shownIn = (step: number, x: number, y: number): number => step * 1_000_000 + y * width + x;
    assert.deepEqual(duplication.next(), [], 'the pointer alone has moved');
    const whole = { x: 0, y: 0, width, height };
    assert.deepEqual(duplication.next(), [whole]);
    await duplication.read([whole], pixels);
    assert.deepEqual([valueAt(0, 0), valueAt(63, 31)], [shownIn(2, 0, 0), shownIn(2, 63, 31)]);
    assert.deepEqual(duplication.next(), [], 'nothing is new');
    const changes = duplication.next();
    assert.deepEqual(changes, [
      { x: 10, y: 11, width: 5, height: 6 },
      { x: 1, y: 2, width: 3, height: 4 },
      { x: 60, y: 30, width: 4, height: 2 },
    ]);
    await duplication.read(changes, pixels);
    for (const [x, y, step] of [
      [10, 11, 4],
      [14, 16, 4],
      [15, 17, 2],
      [3, 5, 4],
      [63, 31, 4],
      [0, 0, 2],
    ] as const)
      assert.equal(valueAt(x, y), shownIn(step, x, y), `pixel ${x},${y}`);
    assert.throws(() => duplication.next(), /AcquireNextFrame: 0x887a0026/);
    duplication.close();
  });
});
