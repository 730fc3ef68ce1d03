/** Starts the thread of the windows. The packager replaces this file by one that has the thread's code in it. */
import { Worker } from 'node:worker_threads';
import type { WorkerOptions } from 'node:worker_threads';

export function startThread(options: WorkerOptions): Worker {
  return new Worker(new URL('./window.thread.ts', import.meta.url), options);
}
