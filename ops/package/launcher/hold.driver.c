/* For the tests, as a virus scanner: hold PATH lets nobody delete that file until PATH.release is there. */
#include <stdio.h>
#include <windows.h>

int main(int count, char **arguments) {
  char held[MAX_PATH], release[MAX_PATH];
  if (count != 2) return 2;
  snprintf(held, sizeof held, "%s.held", arguments[1]);
  snprintf(release, sizeof release, "%s.release", arguments[1]);
  HANDLE file = CreateFileA(arguments[1], GENERIC_READ, FILE_SHARE_READ, 0, OPEN_EXISTING, 0, 0);
  if (file == INVALID_HANDLE_VALUE) return 1;
  CloseHandle(CreateFileA(held, GENERIC_WRITE, 0, 0, CREATE_NEW, 0, 0));
  while (GetFileAttributesA(release) == INVALID_FILE_ATTRIBUTES) Sleep(20);
  CloseHandle(file);
  return 0;
}
