/** Windows of our own that show a picture, as a system has them; banner and outlines are made of these. */
import type { TextRenderer } from '../paint/text.ts';
import type { Rect, Screen } from '../platform.ts';

/** A window that shows a picture and nothing else. */
export interface Surface {
  id: number;
  place: Rect;
  /** BGRA, each colour multiplied by its alpha, rows without padding; undefined leaves what it shows. */
  picture?: Uint8Array;
  /** For lists of windows and screen readers. */
  title: string;
  /** In its own coordinates. With a button the local person presses and drags it; without one it is only looked at. */
  button?: Rect;
}

export type SurfaceNews =
  /** The local person pressed the button of a surface. */
  | { type: 'pressed'; id: number }
  /** The local person drags a surface; its corner belongs there. */
  | { type: 'dragged'; id: number; to: { x: number; y: number } }
  | { type: 'screens' };

export interface SurfaceHost {
  /** A number for a surface that no other has. */
  nextId(): number;
  /** Shows a surface above all windows, moves it, or changes it. Rejects when it cannot be shown. */
  put(surface: Surface): Promise<unknown>;
  takeAway(id: number): Promise<unknown>;
  /** Returns how to stop listening. */
  onNews(listener: (news: SurfaceNews) => void): () => void;
  /** The primary one first. */
  screens(): Screen[];
  /** All screens together. */
  desktop(): Rect;
  /** Pixels for one at 96 dpi. */
  scale(): number;
  text: TextRenderer;
}
