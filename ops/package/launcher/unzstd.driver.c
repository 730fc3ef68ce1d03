/* For the tests: unzstd-driver SIZE < frame > content. Exit code 1 when the frame is refused. */
#include <stdio.h>
#include <stdlib.h>

#include "unzstd.h"

int main(int count, char **arguments) {
  static u8 source[8 << 20];
  if (count != 2) return 2;
  u64 size = strtoul(arguments[1], 0, 10);
  u8 *target = malloc(size + 1);
  u64 read = fread(source, 1, sizeof source - 8, stdin);
  int result = target == 0 || unzstd(source, read, target, size) < 0;
  if (!result) fwrite(target, 1, size, stdout);
  free(target);
  return result;
}
