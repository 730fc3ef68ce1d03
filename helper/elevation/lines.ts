/** Messages over a socket or a named pipe: one JSON text a line, parsed by the schema of what the other end may say. */
import type { Socket } from 'node:net';
import type { z } from '../../protocol/zod.ts';

/** With an agent's photo in it a handover is the longest. */
const MAX_LINE_BYTES = 4 * 1024 * 1024;

export class Lines<Said, Heard> {
  readonly #socket: Socket;
  readonly #listeners: ((message: Heard) => void)[] = [];
  readonly #early: Heard[] = [];
  readonly #closed: Promise<void>;
  #isOpen = true;
  #rest = Buffer.alloc(0);

  constructor(socket: Socket, schema: z.ZodType<Heard>) {
    this.#socket = socket;
    // Either end may be killed at any time; what follows is the same as after an orderly end of the line.
    socket.on('error', () => socket.destroy());
    this.#closed = new Promise((resolve) => {
      socket.on('close', () => {
        this.#isOpen = false;
        resolve();
      });
    });
    socket.on('data', (part: Buffer) => this.#take(part, schema));
  }

  /** What came before anybody listened is told at once. */
  onMessage(listener: (message: Heard) => void): void {
    this.#listeners.push(listener);
    for (const message of this.#early.splice(0)) listener(message);
  }

  /** Whoever closed it. */
  get closed(): Promise<void> {
    return this.#closed;
  }

  send(message: Said): void {
    if (this.#isOpen) this.#socket.write(`${JSON.stringify(message)}\n`);
  }

  /** What was sent is still delivered. */
  end(): void {
    this.#socket.end();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #take(part: Buffer, schema: z.ZodType<Heard>): void {
    let from = 0;
    for (let end = part.indexOf('\n'); end >= 0; end = part.indexOf('\n', from)) {
      const line = Buffer.concat([this.#rest, part.subarray(from, end)]);
      this.#rest = Buffer.alloc(0);
      from = end + 1;
      this.#hear(line, schema);
    }
    this.#rest = Buffer.concat([this.#rest, part.subarray(from)]);
    if (this.#rest.length > MAX_LINE_BYTES) this.destroy();
  }

  /** Whoever says what nobody would is not the one that we were to hear. */
  #hear(line: Buffer, schema: z.ZodType<Heard>): void {
    const message = schema.safeParse(parseJson(line.toString('utf8')));
    if (!message.success) return this.destroy();
    if (this.#listeners.length === 0) this.#early.push(message.data);
    for (const listener of this.#listeners) listener(message.data);
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The schema refuses it.
    return undefined;
  }
}
