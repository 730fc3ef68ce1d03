import { randomUUID } from 'node:crypto';
import { createReadStream, mkdirSync } from 'node:fs';
import { open, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';

/** Files under names that we chose: nothing a person typed ever becomes part of a path. */
export interface AttachmentStore {
  /** Resolves when the bytes are on disk, to the name they have there. */
  write(bytes: Uint8Array): Promise<string>;
  read(storedAs: string): ReadableStream<Uint8Array>;
  remove(storedAs: string): Promise<void>;
}

export function createAttachmentStore(directory: string): AttachmentStore {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  return {
    write: async (bytes) => {
      const storedAs = randomUUID();
      const file = await open(join(directory, storedAs), 'wx', 0o600);
      try {
        await file.writeFile(bytes);
        await file.sync();
      } finally {
        await file.close();
      }
      return storedAs;
    },
    read: (storedAs) => {
      const stream = createReadStream(join(directory, storedAs));
      // Node's and the DOM's declarations of the same class do not unify.
      return Readable.toWeb(stream) as ReadableStream<Uint8Array>;
    },
    remove: (storedAs) => unlink(join(directory, storedAs)),
  };
}
