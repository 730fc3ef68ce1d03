/**
 * How Node runs the server, wherever it is started: by `npm start`, by the tests, in the image. Measured in
 * docs/bench.md; docs/decisions/0012-operation.md says why.
 */

/** Half of the heap that V8 takes by itself is room for young objects (three times this, in MB), which we do not need. */
export const SERVER_FLAGS = ['--max-semi-space-size=2'];

/**
 * A password is hashed in 19 MiB. The allocator of glibc learns from the first one that such pieces are usual, and then
 * keeps them, in each thread that ever hashed one; with a threshold that is set, it gives them back.
 */
export const SERVER_ENVIRONMENT = { MALLOC_MMAP_THRESHOLD_: '131072' };
