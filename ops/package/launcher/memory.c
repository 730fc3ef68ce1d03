/* The compiler may call these for larger copies; there is no libc to bring them. */
#include "unzstd.h"

#ifdef __x86_64__
void *memcpy(void *restrict target, const void *restrict source, u64 size) {
  void *result = target;
  __asm__ volatile("rep movsb" : "+D"(target), "+S"(source), "+c"(size) : : "memory");
  return result;
}

void *memset(void *target, int value, u64 size) {
  void *result = target;
  __asm__ volatile("rep stosb" : "+D"(target), "+c"(size) : "a"(value) : "memory");
  return result;
}
#else
/* Or the compiler sees what the loops do, and calls them by their own names. */
#define PLAIN __attribute__((optimize("no-tree-loop-distribute-patterns")))

PLAIN void *memcpy(void *restrict target, const void *restrict source, u64 size) {
  u8 *to = target;
  const u8 *from = source;
  for (; size >= 8; size -= 8, to += 8, from += 8) *(volatile u64 *)to = *(const u64 *)from;
  while (size-- > 0) *to++ = *from++;
  return target;
}

PLAIN void *memset(void *target, int value, u64 size) {
  u8 *to = target;
  while (size-- > 0) *to++ = (u8)value;
  return target;
}
#endif
