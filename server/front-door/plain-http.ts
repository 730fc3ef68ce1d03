import { isCanonicalPath } from '../platform/canonical-path.ts';

/**
 * The answer to a request without TLS on a port of ours: somebody typed `http://`, and is sent to the right address; or
 * a proxy was told `http` instead of `https`, and would send its browsers round in circles.
 */
export function answerPlainHttp(line: string, to: { publicUrl: string; isFromProxy: boolean }): string {
  const [method = '', target = ''] = line.split(' ');
  const isPage = (method === 'GET' || method === 'HEAD') && !to.isFromProxy;
  const path = target.split('?')[0] ?? '';
  if (!isPage)
    return compose('400 Bad Request', [], 'This port speaks HTTPS only. A proxy connects to it with https://\n');
  const url = `${to.publicUrl}${isCanonicalPath(path) ? path : '/'}`;
  // 302, not 301: browsers keep a permanent one beyond the next change of address.
  return compose('302 Found', [`Location: ${url}`], `Handrail is at ${url}\n`);
}

function compose(status: string, headers: readonly string[], body: string): string {
  return [
    `HTTP/1.1 ${status}`,
    ...headers,
    'Content-Type: text/plain; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Cache-Control: no-store',
    'X-Content-Type-Options: nosniff',
    'Connection: close',
    '',
    body,
  ].join('\r\n');
}
