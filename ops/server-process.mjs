/**
 * How Node runs the server, wherever it is started: by `npm start`, by the tests, in the image. Measured in
 * docs/bench.md; docs/decisions/0012-operation.md says why.
 */

/**
 * By itself V8 takes up to 48 MB for young objects (three times the semi-space) and lets garbage pile up beside what is in
 * use. A server that mostly hands bytes on gains nothing from that.
 */
export const SERVER_FLAGS = ['--optimize-for-size', '--max-semi-space-size=2'];

/**
 * A password is hashed in 19 MiB. The allocator of glibc learns from the first one that such pieces are usual, and then
 * keeps them, in each thread that ever hashed one; with a threshold that is set, it gives them back.
 */
export const SERVER_ENVIRONMENT = { MALLOC_MMAP_THRESHOLD_: '131072' };
