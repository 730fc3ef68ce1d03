/*
 * window.exe TITLE X Y WIDTH HEIGHT COLOUR HEARD [password]: a window of one colour, given as RRGGBB, that writes what
 * reaches it into the file HEARD: characters, and ! for a click; with a field for a password of that colour on white if
 * asked. It follows the mouse by its title bar and closes as others do.
 */
#include <windows.h>

#include <shellapi.h>
#include <wchar.h>

static HANDLE heard;
static HWND field;
static COLORREF colour;
static HBRUSH brush;

static void hear(char what) {
  DWORD written;
  WriteFile(heard, &what, 1, &written, 0);
}

static LRESULT CALLBACK procedure(HWND window, UINT message, WPARAM w, LPARAM l) {
  if (message == WM_DESTROY) ExitProcess(0);
  if (message == WM_LBUTTONDOWN) hear('!');
  if (message == WM_CHAR) hear((char)w);
  if (message == WM_SETFOCUS && field != 0) SetFocus(field);
  if (message == WM_CTLCOLOREDIT) {
    SetBkColor((HDC)w, colour);
    SetTextColor((HDC)w, colour);
    return (LRESULT)brush;
  }
  return DefWindowProcW(window, message, w, l);
}

int WINAPI wWinMain(HINSTANCE instance, HINSTANCE none, PWSTR line, int show) {
  int count;
  WCHAR **given = CommandLineToArgvW(GetCommandLineW(), &count);
  if (count < 8) return 2;
  int x = _wtoi(given[2]), y = _wtoi(given[3]), width = _wtoi(given[4]), height = _wtoi(given[5]);
  heard = CreateFileW(given[7], GENERIC_WRITE, FILE_SHARE_READ, 0, CREATE_ALWAYS, FILE_ATTRIBUTE_NORMAL, 0);
  unsigned long rgb = wcstoul(given[6], 0, 16);
  colour = RGB(rgb >> 16, rgb >> 8 & 255, rgb & 255);
  brush = CreateSolidBrush(colour);
  HBRUSH background = count > 8 ? GetStockObject(WHITE_BRUSH) : brush;
  WNDCLASSW description = {0, procedure, 0, 0, instance, 0, LoadCursor(0, IDC_ARROW), background, 0, L"TestWindow"};
  RegisterClassW(&description);
  HWND window = CreateWindowExW(0, description.lpszClassName, given[1], WS_OVERLAPPEDWINDOW | WS_VISIBLE, x, y, width,
                                height, 0, 0, instance, 0);
  if (count > 8) {
    field = CreateWindowExW(0, L"Edit", L"", WS_CHILD | WS_VISIBLE | WS_BORDER | ES_PASSWORD, 20, 20, 200, 24, window,
                            0, instance, 0);
    SetFocus(field);
  }
  MSG message;
  while (GetMessageW(&message, 0, 0, 0) > 0) {
    TranslateMessage(&message);
    DispatchMessageW(&message);
  }
  return 0;
}
