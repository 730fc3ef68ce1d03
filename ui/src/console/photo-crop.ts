import { ApiError } from '../api-error.ts';

const SIDE_PX = 480;

/** The middle square of a photo as a JPEG of 480 pixels: what a telephone takes is far larger than the server accepts. */
export async function cropPhoto(file: Blob): Promise<Blob> {
  const picture = await createImageBitmap(file).catch((cause: unknown) => {
    throw new ApiError('photo.invalid', { cause });
  });
  const side = Math.min(picture.width, picture.height);
  const canvas = new OffscreenCanvas(SIDE_PX, SIDE_PX);
  const context = canvas.getContext('2d');
  if (!context) throw new ApiError('photo.invalid');
  context.fillStyle = '#fff';
  context.fillRect(0, 0, SIDE_PX, SIDE_PX);
  const [left, top] = [(picture.width - side) / 2, (picture.height - side) / 2];
  context.drawImage(picture, left, top, side, side, 0, 0, SIDE_PX, SIDE_PX);
  picture.close();
  return canvas.convertToBlob({ type: 'image/jpeg', quality: 0.9 });
}
