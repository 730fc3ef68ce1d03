/**
 * Desktop Duplication (DXGI 1.2, Windows 8): the graphics card tells which parts of a screen are new and copies those. Nobody
 * has seen it work: Wine has none (docs/platforms.md).
 */
import type { Rect, Screen } from '../platform.ts';
import { ComObject, throwIfFailed, type ComMethod } from './com.object.ts';
import type { Duplication } from './duplicated.screen.ts';
import { findOutput, GraphicsDevice, StagedPicture } from './graphics.device.ts';
import { CODE, DUPLICATION, IID, LAYOUT, OUTPUT } from './graphics.interfaces.ts';

/** Rejects with why there is none. */
export async function openDuplication(screen: Screen): Promise<Duplication> {
  const { output, adapter } = findOutput(screen);
  try {
    const device = await GraphicsDevice.open(adapter);
    try {
      const duplication = ComObject.from('DuplicateOutput', (found) =>
        output.call(OUTPUT.DuplicateOutput, device.device.address, found),
      );
      return new OutputDuplication(duplication, device, screen.bounds);
    } catch (cause) {
      device.close();
      throw cause;
    }
  } finally {
    output.release();
    adapter.release();
  }
}

/** Takes over what it is given. */
export class OutputDuplication implements Duplication {
  readonly #duplication: ComObject;
  readonly #device: GraphicsDevice;
  readonly #staged: StagedPicture;
  readonly #whole: Rect;
  #hasPicture = false;

  constructor(duplication: ComObject, device: GraphicsDevice, { width, height }: Rect) {
    this.#duplication = duplication;
    this.#device = device;
    this.#whole = { x: 0, y: 0, width, height };
    this.#staged = new StagedPicture(device, this.#whole);
  }

  next(): Rect[] {
    const info = Buffer.alloc(LAYOUT.DXGI_OUTDUPL_FRAME_INFO.size);
    const resource: unknown[] = [null];
    const code = this.#duplication.call(DUPLICATION.AcquireNextFrame, 0, info, resource);
    if (code >>> 0 === CODE.DXGI_ERROR_WAIT_TIMEOUT) return [];
    throwIfFailed('AcquireNextFrame', code);
    const frame = new ComObject(resource[0]);
    try {
      // Else only the pointer moved, which is followed elsewhere.
      if (info.readBigInt64LE(LAYOUT.DXGI_OUTDUPL_FRAME_INFO.LastPresentTime) === 0n) return [];
      return this.#take(frame, info.readUInt32LE(LAYOUT.DXGI_OUTDUPL_FRAME_INFO.TotalMetadataBufferSize));
    } finally {
      frame.release();
      this.#duplication.call(DUPLICATION.ReleaseFrame);
    }
  }

  read(rects: readonly Rect[], pixels: Uint8Array): Promise<void> {
    return this.#staged.read(rects, pixels);
  }

  close(): void {
    this.#staged.close();
    this.#duplication.release();
    this.#device.close();
  }

  #take(frame: ComObject, metadataBytes: number): Rect[] {
    const texture = frame.as(IID.ID3D11Texture2D);
    try {
      this.#staged.checkLike(texture);
      const changes = this.#hasPicture ? this.#changes(metadataBytes) : [this.#whole];
      this.#staged.take(texture, changes);
      this.#hasPicture = true;
      return changes;
    } finally {
      texture.release();
    }
  }

  /** Where something was painted, and where something was moved to. */
  #changes(metadataBytes: number): Rect[] {
    const { DXGI_OUTDUPL_MOVE_RECT, RECT } = LAYOUT;
    const moved = this.#told(DUPLICATION.GetFrameMoveRects, metadataBytes, DXGI_OUTDUPL_MOVE_RECT.size);
    const painted = this.#told(DUPLICATION.GetFrameDirtyRects, metadataBytes, RECT.size);
    return [
      ...moved.map((each) => rectAt(each, DXGI_OUTDUPL_MOVE_RECT.DestinationRect)),
      ...painted.map((each) => rectAt(each, 0)),
    ];
  }

  /** What such a method writes, one after the other. */
  #told(method: ComMethod, metadataBytes: number, size: number): Buffer[] {
    const told = Buffer.alloc(Math.max(metadataBytes, size));
    const used = [0];
    this.#duplication.do(method, told.length, told, used);
    return Array.from({ length: Math.floor((used[0] ?? 0) / size) }, (_, at) =>
      told.subarray(at * size, (at + 1) * size),
    );
  }
}

/** A RECT within a structure. */
function rectAt(bytes: Buffer, offset: number): Rect {
  const { left, top, right, bottom } = LAYOUT.RECT;
  const [x, y] = [bytes.readInt32LE(offset + left), bytes.readInt32LE(offset + top)];
  return { x, y, width: bytes.readInt32LE(offset + right) - x, height: bytes.readInt32LE(offset + bottom) - y };
}
