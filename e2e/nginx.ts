/** Debian's nginx before the product, configured with the very lines of docs/deploy.md. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually, start, type Running } from './processes.ts';

/** The address that nginx connects from, so that the product can tell it from the clients, who are at 127.0.0.1. */
export const NGINX_ADDRESS = '127.0.0.2';

const STREAM_MODULE = '/usr/lib/nginx/modules/ngx_stream_module.so';
const GUIDE = readFileSync(new URL('../docs/deploy.md', import.meta.url), 'utf8');

/** The example of the guide whose first line is `# <name>: …`. */
function exampleOf(name: string): string {
  const found = [...GUIDE.matchAll(/```nginx\n([^`]+)```/g)].find(([, text]) => text?.startsWith(`# ${name}:`));
  if (found?.[1] === undefined) throw new Error(`docs/deploy.md has no example ${name}`);
  return found[1];
}

export interface NginxFiles {
  /** PEM */
  certificate: string;
  privateKey: string;
  /** What nginx shall believe the product by. */
  productCa: string;
}

export class Nginx {
  readonly #folder: string;
  readonly #running: Running;

  private constructor(folder: string, running: Running) {
    this.#folder = folder;
    this.#running = running;
  }

  /**
   * Examples by name, `stream` in the main file and `site` within http. `changes` replaces words of the examples, the
   * addresses and names of the guide, by those of the test.
   */
  static async start(
    examples: { stream: string; site?: string },
    options: { files: NginxFiles; changes: Record<string, string>; ports: readonly number[] },
  ): Promise<Nginx> {
    const folder = mkdtempSync(join(tmpdir(), 'handrail-nginx-'));
    mkdirSync(join(folder, 'tmp'));
    const { certificate, privateKey, productCa } = options.files;
    writeFileSync(join(folder, 'desk.crt'), certificate);
    writeFileSync(join(folder, 'desk.key'), privateKey);
    writeFileSync(join(folder, 'handrail-ca.crt'), productCa);
    const changed = (name: string): string => {
      const changes = { ...options.changes, '/etc/nginx/': `${folder}/` };
      return Object.entries(changes).reduce((text, [word, by]) => text.replaceAll(word, by), exampleOf(name));
    };
    writeFileSync(join(folder, 'handrail-proxy.conf'), changed('proxy'));
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
      (kind) => `${kind}_temp_path ${folder}/tmp/${kind};`,
    );
    const main = [
      `load_module ${STREAM_MODULE};`,
      'daemon off;',
      `user root;`,
      `pid ${folder}/nginx.pid;`,
      'error_log stderr notice;',
      'events {}',
      changed(examples.stream).replace('stream {', `stream {\n    proxy_bind ${NGINX_ADDRESS};`),
      'http {',
      `access_log off; proxy_bind ${NGINX_ADDRESS};`,
      ...temporary,
      examples.site === undefined ? '' : changed(examples.site),
      '}',
    ];
    writeFileSync(join(folder, 'nginx.conf'), main.join('\n'));
    const running = start('nginx', ['-p', folder, '-c', join(folder, 'nginx.conf')]);
    const nginx = new Nginx(folder, running);
    await eventually('nginx', async () => {
      if (running.hasExited()) throw new Error(`nginx ended: ${running.output()}`);
      return (await Promise.all(options.ports.map(isOpen))).every(Boolean);
    });
    return nginx;
  }

  output(): string {
    return this.#running.output();
  }

  async stop(): Promise<void> {
    await this.#running.stop();
    rmSync(this.#folder, { recursive: true });
  }
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}
