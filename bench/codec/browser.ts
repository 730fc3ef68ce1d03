/** Chromium with the viewer's decoder in it, on a page served on loopback. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { chromium } from 'playwright-core';
import type { CodecPage, Shown } from './page.ts';

const CHROMIUM_ARGS = [
  '--headless=new',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export interface Browser {
  open(place: 'page' | 'worker'): Promise<void>;
  show(payloads: readonly Uint8Array[], until?: number): Promise<Shown>;
  /** RGBA of the canvas. */
  pixels(): Promise<Uint8Array>;
  photon(payload: Uint8Array, at: { x: number; y: number }): Promise<number>;
  close(): Promise<void>;
}

async function bundle(): Promise<string> {
  const entry = fileURLToPath(new URL('page.ts', import.meta.url));
  const { outputFiles } = await build({ entryPoints: [entry], bundle: true, write: false, format: 'iife' });
  return outputFiles[0]?.text ?? '';
}

function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}

declare global {
  interface Window {
    codec: CodecPage;
  }
}

export async function openBrowser(): Promise<Browser> {
  const script = await bundle();
  const server = createServer((request, response) => {
    const isScript = request.url === '/page.js';
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html');
    response.end(isScript ? script : '<!doctype html><title>codec</title><body><script src="/page.js"></script>');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // a TCP server's address is never a string
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: CHROMIUM_ARGS });
  const page = await browser.newPage({ viewport: { width: 1920, height: 1080 } });
  await page.goto(`http://127.0.0.1:${port}/`);
  return {
    open: (place) => page.evaluate((where) => window.codec.open(where), place),
    show: (payloads, until = payloads.length) =>
      page.evaluate(([texts, count]) => window.codec.show(texts, count), [payloads.map(toBase64), until] as const),
    pixels: async () => Buffer.from(await page.evaluate(() => window.codec.pixels()), 'base64'),
    photon: (payload, at) =>
      page.evaluate(([text, where]) => window.codec.photon(text, where), [toBase64(payload), at] as const),
    close: async () => {
      await browser.close();
      server.close();
    },
  };
}
