/*
 * The first few kilobytes of the helper's file. Behind it lies, compressed, the single executable made of Node and the
 * helper. This unpacks it into a file without a name, which the kernel frees with the last process that runs it, and
 * runs it: nothing to clean up, whatever happens. No shell, no libc.
 *
 * Layout of the file (ops/package/container.ts writes it):
 *   this program · zstd(base) · zstd(tail) · patches of (u64 offset, u64 value)[] · footer
 * The base is Node, the same for every build, with 8-byte words patched; the tail is what was injected behind it.
 */
#include "container.h"

#include <asm/unistd.h>

#define AT_FDCWD (-100)
#define AT_EMPTY_PATH 0x1000
#define O_RDONLY 0
#define O_RDWR 2
#define O_CLOEXEC 02000000
#ifdef __aarch64__
#define O_TMPFILE 020040000
#else
#define O_TMPFILE 020200000
#endif
#define PROT_READ 1
#define PROT_WRITE 2
#define MAP_SHARED 1
#define MAP_PRIVATE 2
#define MAP_POPULATE 0x8000
#define MFD_CLOEXEC 1
#define ST_NOEXEC 8
#define SEEK_END 2
#define MAX_ENVIRONMENT 4096
#define FD_VARIABLE "HANDRAIL_LAUNCHER_FD="

#ifdef __aarch64__
static long call(long number, long a, long b, long c, long d, long e, long f) {
  register long x8 __asm__("x8") = number;
  register long x0 __asm__("x0") = a;
  register long x1 __asm__("x1") = b;
  register long x2 __asm__("x2") = c;
  register long x3 __asm__("x3") = d;
  register long x4 __asm__("x4") = e;
  register long x5 __asm__("x5") = f;
  __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
  return x0;
}
#else
static long call(long number, long a, long b, long c, long d, long e, long f) {
  register long r10 __asm__("r10") = d;
  register long r8 __asm__("r8") = e;
  register long r9 __asm__("r9") = f;
  long result;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                   : "rcx", "r11", "memory");
  return result;
}
#endif

static u64 length_of(const char *text) {
  u64 length = 0;
  while (text[length]) length++;
  return length;
}

static int starts_with(const char *text, const char *prefix) {
  while (*prefix && *text == *prefix) text++, prefix++;
  return *prefix == 0;
}

static char *append(char *at, const char *text) {
  while (*text) *at++ = *text++;
  *at = 0;
  return at;
}

static char *append_number(char *at, long number) {
  if (number >= 10) at = append_number(at, number / 10);
  *at++ = (char)('0' + number % 10);
  *at = 0;
  return at;
}

__attribute__((noreturn)) static void die(const char *why) {
  call(__NR_write, 2, (long)"handrail-helper: ", 17, 0, 0, 0);
  call(__NR_write, 2, (long)why, (long)length_of(why), 0, 0, 0);
  call(__NR_write, 2, (long)"\n", 1, 0, 0, 0);
  call(__NR_exit_group, 126, 0, 0, 0, 0, 0);
  __builtin_unreachable();
}

static const char *variable(char **environment, const char *prefix) {
  for (; *environment; environment++)
    if (starts_with(*environment, prefix)) return *environment + length_of(prefix);
  return 0;
}

/* struct statfs of 64-bit systems: f_flags is the eleventh word. */
static int forbids_programs(const char *folder) {
  u64 words[15];
  return call(__NR_statfs, (long)folder, (long)words, 0, 0, 0, 0) < 0 || (words[10] & ST_NOEXEC) != 0;
}

/* A nameless file of `size` bytes in that folder, or a negative number. */
static long nameless_file(const char *folder, u64 size) {
  if (folder == 0 || folder[0] != '/' || forbids_programs(folder)) return -1;
  long file = call(__NR_openat, AT_FDCWD, (long)folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0700, 0, 0);
  if (file < 0) return file;
  /* A full disk must be noticed here, not as a signal in the middle of writing. */
  if (call(__NR_fallocate, file, 0, 0, (long)size, 0, 0) >= 0) return file;
  call(__NR_close, file, 0, 0, 0, 0, 0);
  return -1;
}

static long room_for(u64 size, char **environment) {
  static char cache[4096];
  const char *home = variable(environment, "HOME=");
  if (home != 0 && length_of(home) < sizeof cache - 16) append(append(cache, home), "/.cache");
  const char *folders[] = {variable(environment, "TMPDIR="), "/tmp", "/var/tmp",
                           variable(environment, "XDG_RUNTIME_DIR="), cache};
  for (u64 i = 0; i < sizeof folders / sizeof *folders; i++) {
    long file = nameless_file(folders[i], size);
    if (file >= 0) return file;
  }
  long file = call(__NR_memfd_create, (long)"handrail-helper", MFD_CLOEXEC, 0, 0, 0, 0);
  if (file < 0 || call(__NR_ftruncate, file, (long)size, 0, 0, 0, 0) < 0) die("no room to unpack");
  return file;
}

/* A file open for writing cannot be run: it is opened again for reading, then closed for writing. */
static long reopen(long file) {
  char path[64];
  append_number(append(path, "/proc/self/fd/"), file);
  long again = call(__NR_openat, AT_FDCWD, (long)path, O_RDONLY | O_CLOEXEC, 0, 0, 0);
  if (again < 0) die("cannot open /proc/self/fd");
  call(__NR_close, file, 0, 0, 0, 0, 0);
  return again;
}

/* The environment without what would change how Node starts, and with the way back to this file. */
static char **prepare_environment(char **given, long self) {
  static char *environment[MAX_ENVIRONMENT];
  static char found[64];
  u64 count = 0;
  append_number(append(found, FD_VARIABLE), self);
  environment[count++] = found;
  for (; *given; given++) {
    if (starts_with(*given, "NODE_") || starts_with(*given, FD_VARIABLE)) continue;
    if (count == MAX_ENVIRONMENT - 1) die("too many environment variables");
    environment[count++] = *given;
  }
  return environment;
}

__attribute__((noreturn, used)) static void start(long *stack) {
  char **arguments = (char **)(stack + 1);
  char **environment = arguments + stack[0] + 1;
  long self = call(__NR_openat, AT_FDCWD, (long)"/proc/self/exe", O_RDONLY, 0, 0, 0);
  long size = call(__NR_lseek, self, 0, SEEK_END, 0, 0, 0);
  if (self < 0 || size < 0) die("cannot read its own file");
  const u8 *bytes = (const u8 *)call(__NR_mmap, 0, size, PROT_READ, MAP_PRIVATE, self, 0);
  if ((u64)bytes > -4096ul) die("cannot read its own file");
  struct container_sizes sizes;
  const char *why_not = open_container(bytes, (u64)size, &sizes);
  if (why_not != 0) die(why_not);
  long file = room_for(sizes.program, environment);
  u8 *target = (u8 *)call(__NR_mmap, 0, (long)sizes.program, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, file, 0);
  if ((u64)target > -4096ul) die("no room to unpack");
  why_not = unpack(bytes, (u64)size, target);
  if (why_not != 0) die(why_not);
  call(__NR_munmap, (long)target, (long)sizes.program, 0, 0, 0, 0);
  file = reopen(file);
  char **passed = prepare_environment(environment, self);
  call(__NR_execveat, file, (long)"", (long)arguments, (long)passed, AT_EMPTY_PATH, 0);
  die("the system does not allow unpacked programs to run");
}

__asm__(
    ".globl _start\n"
    "_start:\n"
#ifdef __aarch64__
    "  mov x0, sp\n"
    "  bl start\n");
#else
    "  xor %ebp, %ebp\n"
    "  mov %rsp, %rdi\n"
    "  and $-16, %rsp\n"
    "  call start\n");
#endif
