/* For the tests, as a program that wants more rights: swap PATH OTHER starts PATH elevated and puts OTHER in its place before it has run. */
#include <stdio.h>
#include <windows.h>

int main(int count, char **arguments) {
  char command_line[2 * MAX_PATH], moved[MAX_PATH];
  STARTUPINFOA startup = {.cb = sizeof startup};
  PROCESS_INFORMATION child;
  DWORD code = 1;
  if (count != 3) return 2;
  snprintf(command_line, sizeof command_line, "\"%s\" --elevated", arguments[1]);
  snprintf(moved, sizeof moved, "%s.moved", arguments[1]);
  if (!CreateProcessA(arguments[1], command_line, 0, 0, TRUE, CREATE_SUSPENDED, 0, 0, &startup, &child)) return 3;
  if (!MoveFileA(arguments[1], moved) || !CopyFileA(arguments[2], arguments[1], TRUE)) return 4;
  ResumeThread(child.hThread);
  WaitForSingleObject(child.hProcess, INFINITE);
  GetExitCodeProcess(child.hProcess, &code);
  return (int)code;
}
