#include "container.h"

static int is_inside(u64 offset, u64 size, u64 whole) { return offset <= whole && size <= whole - offset; }

static struct footer footer_of(const u8 *container, u64 size) {
  struct footer footer;
  __builtin_memcpy(&footer, container + size - sizeof footer, sizeof footer);
  return footer;
}

const char *open_container(const u8 *container, u64 size, struct container_sizes *sizes) {
  if (size < sizeof(struct footer)) return INCOMPLETE;
  struct footer footer = footer_of(container, size);
  if (footer.magic != MAGIC_WORD) return INCOMPLETE;
  if (footer.base_offset > size || footer.base_size > 1ull << 32 || footer.tail_size > 1ull << 32) return DAMAGED;
  sizes->launcher = footer.base_offset;
  sizes->program = footer.base_size + footer.tail_size;
  return 0;
}

const char *unpack(const u8 *container, u64 size, u8 *target) {
  struct footer footer = footer_of(container, size);
  size -= sizeof footer;
  if (!is_inside(footer.base_offset, footer.base_stored, size) || footer.patches_count > size / 16 ||
      !is_inside(footer.tail_offset, footer.tail_stored, size) ||
      !is_inside(footer.patches_offset, footer.patches_count * 16, size))
    return DAMAGED;
  if (unzstd(container + footer.base_offset, footer.base_stored, target, footer.base_size) < 0 ||
      unzstd(container + footer.tail_offset, footer.tail_stored, target + footer.base_size, footer.tail_size) < 0)
    return DAMAGED;
  const u8 *patch = container + footer.patches_offset;
  for (u64 i = 0; i < footer.patches_count; i++, patch += 16) {
    u64 offset;
    __builtin_memcpy(&offset, patch, 8);
    if (!is_inside(offset, 8, footer.base_size)) return DAMAGED;
    __builtin_memcpy(target + offset, patch + 8, 8);
  }
  return 0;
}
