/** A download as a browser makes it whose connection breaks in the middle: it goes on where it stopped (RFC 9110, 14.2). */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import type { Page } from 'playwright-core';

/** What that page's own browser would have on its disk in the end. */
export async function downloadBroken(page: Page, address: string, breakAt: number): Promise<Buffer> {
  const url = new URL(address, page.url());
  const cookies = await page.context().cookies(url.href);
  const cookie = cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
  const first = await get(url, { cookie });
  const { etag = '' } = first.headers;
  assert.equal(first.headers['accept-ranges'], 'bytes');
  assert.doesNotMatch(etag, /^$|^W/, 'nothing says what the rest must be of');
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of first as AsyncIterable<Buffer>) {
    parts.push(part);
    length += part.length;
    if (length >= breakAt) break;
  }
  assert.ok(length < Number(first.headers['content-length']), 'all had come already');
  const rest = await get(url, { cookie, range: `bytes=${length}-`, 'if-range': etag });
  assert.equal(rest.statusCode, 206);
  for await (const part of rest as AsyncIterable<Buffer>) parts.push(part);
  return Buffer.concat(parts);
}

async function get(url: URL, headers: Record<string, string>): Promise<IncomingMessage> {
  const asked = request(url, { headers, rejectUnauthorized: false, agent: false }).end();
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  return answer;
}
