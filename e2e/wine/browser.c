/*
 * Stands where Chrome would be, since no browser for Windows runs under Wine: one window of the size that is asked for, a
 * profile whose files are open, and a second process with the profile in its arguments. It shows no page, but a shade of
 * what must be in no paint (forbidden.ts) that no other window has.
 */
#include <windows.h>

#include <shellapi.h>
#include <stdio.h>
#include <wchar.h>

/* Behind an option of that name; else the other value. */
static const WCHAR *option(int count, WCHAR **given, const WCHAR *name, const WCHAR *otherwise) {
  size_t length = wcslen(name);
  for (int i = 1; i < count; i++)
    if (wcsncmp(given[i], name, length) == 0) return given[i] + length;
  return otherwise;
}

/* As a browser does: nobody else may open it until this process is gone. */
static void hold_file(const WCHAR *profile, const WCHAR *name) {
  WCHAR path[MAX_PATH];
  swprintf(path, MAX_PATH, L"%ls\\%ls", profile, name);
  CreateFileW(path, GENERIC_READ | GENERIC_WRITE, 0, 0, CREATE_ALWAYS, FILE_ATTRIBUTE_NORMAL, 0);
}

static void start_child(const WCHAR *profile) {
  static WCHAR own[MAX_PATH], line[2 * MAX_PATH];
  STARTUPINFOW startup = {sizeof startup};
  PROCESS_INFORMATION child;
  GetModuleFileNameW(0, own, MAX_PATH);
  swprintf(line, 2 * MAX_PATH, L"\"%ls\" --type=renderer --user-data-dir=\"%ls\"", own, profile);
  CreateProcessW(own, line, 0, 0, FALSE, 0, 0, 0, &startup, &child);
}

static LRESULT CALLBACK procedure(HWND window, UINT message, WPARAM w, LPARAM l) {
  if (message == WM_DESTROY) ExitProcess(0);
  return DefWindowProcW(window, message, w, l);
}

int WINAPI wWinMain(HINSTANCE instance, HINSTANCE none, PWSTR line, int show) {
  int count, width = 800, height = 600;
  WCHAR **given = CommandLineToArgvW(GetCommandLineW(), &count);
  const WCHAR *profile = option(count, given, L"--user-data-dir=", L".");
  if (*option(count, given, L"--type=", L"") != 0) {
    hold_file(profile, L"Cache");
    Sleep(INFINITE);
  }
  hold_file(profile, L"lockfile");
  hold_file(profile, L"Default\\Cookies");
  start_child(profile);
  swscanf(option(count, given, L"--window-size=", L""), L"%d,%d", &width, &height);
  HBRUSH background = CreateSolidBrush(RGB(0xd8, 0x18, 0xc0));
  WNDCLASSW description = {0, procedure, 0, 0, instance, 0, 0, background, 0, L"Chrome_WidgetWin_1"};
  RegisterClassW(&description);
  CreateWindowExW(0, description.lpszClassName, L"Handrail", WS_OVERLAPPEDWINDOW | WS_VISIBLE, CW_USEDEFAULT,
                  CW_USEDEFAULT, width, height, 0, 0, instance, 0);
  MSG message;
  while (GetMessageW(&message, 0, 0, 0) > 0) DispatchMessageW(&message);
  return 0;
}
