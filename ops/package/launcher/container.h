/* What lies behind the launcher in the helper's file (ops/package/container.ts writes it), the same on every system. */
#ifndef CONTAINER_H
#define CONTAINER_H

#include "unzstd.h"

#define MAGIC_WORD 0x4c494152444e4148ull /* "HANDRAIL" */
#define INCOMPLETE "this file is incomplete; download it again"
#define DAMAGED "this file is damaged; download it again"

struct footer {
  u64 magic;
  u64 base_offset, base_stored, base_size;
  u64 tail_offset, tail_stored, tail_size;
  u64 patches_offset, patches_count;
  u8 sha256[32]; /* of everything before it; checked by the helper itself, which has a fast SHA-256 */
};

struct container_sizes {
  u64 launcher, program;
};

/* Why the container of `size` bytes, footer included, cannot be unpacked; 0 when it can, and then tells what is in it. */
const char *open_container(const u8 *container, u64 size, struct container_sizes *sizes);

/* Writes the program into `target`. Returns 0, or why not. */
const char *unpack(const u8 *container, u64 size, u8 *target);

#endif
