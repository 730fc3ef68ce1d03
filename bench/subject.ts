/**
 * What the bench needs from a remote-screen product. A subject starts the product on a display that already shows a
 * scene, brings up its viewer in a browser page, and says which processes do the work; everything that is measured is
 * measured by the bench, the same way for every subject.
 */
import type { Page } from 'playwright-core';
import type { ByteCounter } from './byte-counter.ts';

/** Pixels. */
export interface Size {
  width: number;
  height: number;
}

/** A position on the remote screen, in its pixels. */
export interface Point {
  x: number;
  y: number;
}

/** What the bench hands to a subject. */
export interface Stage {
  /** The X display to share, such as `:78`. */
  display: string;
  screenSize: Size;
  /**
   * Starts a fresh browser whose connections to `localhost:serverPort` pass the byte counter. `canvasSelector` names the
   * canvas whose bitmap is the remote screen, one bitmap pixel per remote pixel.
   */
  openBrowser(options: { serverPort: number; canvasSelector: string }): Promise<ViewerBrowser>;
}

/**
 * A fresh browser for one viewer. Every page of its contexts carries the observer from its first script on.
 * Addresses stay `localhost:serverPort`, so certificates, Host and Origin are those of the product without the bench.
 */
export interface ViewerBrowser {
  /** A page in a context of its own, large enough for the screen at one page pixel per remote pixel. */
  newPage(): Promise<Page>;
  toViewer: ByteCounter;
  close(): Promise<void>;
}

/** A viewer that is showing, or about to show, the remote screen. */
export interface OpenViewer {
  page: Page;
  canvasSelector: string;
  /** Where a remote pixel is on the page, in CSS pixels, at this moment. */
  toPage(remote: Point): Promise<Point>;
  /** When the act that started the picture happened, milliseconds since the epoch: Start clicked, address entered. */
  startedAtMs: number;
  /** Bytes that reached the browser from the server, on all its connections. */
  toViewer: ByteCounter;
  /** Processes that capture and encode, and processes that only serve and forward; those that live at this moment. */
  processIds(): Promise<{ capture: number[]; server: number[] }>;
  close(): Promise<void>;
}

export interface Subject {
  readonly name: string;
  /** Starts the product where it is not running yet, opens the viewer and returns without waiting for a picture. */
  open(stage: Stage): Promise<OpenViewer>;
  /** Ends whatever outlives a viewer. */
  stop(): Promise<void>;
}

/** The usual mapping: the canvas shows the remote screen scaled to its box on the page. */
export async function pointOnCanvas(page: Page, canvasSelector: string, remote: Point): Promise<Point> {
  return await page.locator(canvasSelector).evaluate((element, { x, y }) => {
    if (!(element instanceof HTMLCanvasElement)) throw new Error('the viewer is not a canvas');
    const box = element.getBoundingClientRect();
    return {
      x: box.left + ((x + 0.5) * box.width) / element.width,
      y: box.top + ((y + 0.5) * box.height) / element.height,
    };
  }, remote);
}
