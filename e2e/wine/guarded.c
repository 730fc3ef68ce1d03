/*
 * guarded.exe TITLE X Y WIDTH HEIGHT FILE: what a program with administrator rights is to one without: it can be seen, and
 * not asked what it is. It has a field for text on blue (#2a6f97), and writes all that is in it into the file whenever it
 * changes.
 */
#include <windows.h>

#include <shellapi.h>
#include <wchar.h>

static HWND field;
static WCHAR *file;

static void write_text(void) {
  static WCHAR text[1000];
  static char bytes[4000];
  DWORD written;
  HANDLE out = CreateFileW(file, GENERIC_WRITE, FILE_SHARE_READ, 0, CREATE_ALWAYS, FILE_ATTRIBUTE_NORMAL, 0);
  int length = GetWindowTextW(field, text, 1000);
  int size = WideCharToMultiByte(CP_UTF8, 0, text, length, bytes, sizeof bytes, 0, 0);
  WriteFile(out, bytes, (DWORD)size, &written, 0);
  CloseHandle(out);
}

static LRESULT CALLBACK procedure(HWND window, UINT message, WPARAM w, LPARAM l) {
  if (message == WM_DESTROY) ExitProcess(0);
  if (message == WM_SETFOCUS) SetFocus(field);
  if (message == WM_COMMAND && HIWORD(w) == EN_CHANGE) write_text();
  return DefWindowProcW(window, message, w, l);
}

/* An access list with nobody in it. */
static void close_to_others(void) {
  static ACL nobody;
  SECURITY_DESCRIPTOR rules;
  InitializeAcl(&nobody, sizeof nobody, ACL_REVISION);
  InitializeSecurityDescriptor(&rules, SECURITY_DESCRIPTOR_REVISION);
  SetSecurityDescriptorDacl(&rules, TRUE, &nobody, FALSE);
  if (!SetKernelObjectSecurity(GetCurrentProcess(), DACL_SECURITY_INFORMATION, &rules)) ExitProcess(3);
}

int WINAPI wWinMain(HINSTANCE instance, HINSTANCE none, PWSTR line, int show) {
  int count;
  WCHAR **given = CommandLineToArgvW(GetCommandLineW(), &count);
  if (count < 7) return 2;
  int x = _wtoi(given[2]), y = _wtoi(given[3]), width = _wtoi(given[4]), height = _wtoi(given[5]);
  file = given[6];
  close_to_others();
  WNDCLASSW description = {0, procedure, 0, 0, instance, 0, LoadCursor(0, IDC_ARROW), CreateSolidBrush(RGB(0x2a, 0x6f, 0x97)), 0,
                           L"GuardedWindow"};
  RegisterClassW(&description);
  HWND window = CreateWindowExW(0, description.lpszClassName, given[1], WS_OVERLAPPEDWINDOW | WS_VISIBLE, x, y, width,
                                height, 0, 0, instance, 0);
  field = CreateWindowExW(0, L"Edit", L"", WS_CHILD | WS_VISIBLE | WS_BORDER | ES_MULTILINE, 10, 10, width - 40,
                          height - 70, window, 0, instance, 0);
  MSG message;
  while (GetMessageW(&message, 0, 0, 0) > 0) {
    TranslateMessage(&message);
    DispatchMessageW(&message);
  }
  return 0;
}
