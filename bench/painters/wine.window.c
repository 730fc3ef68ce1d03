/*
 * painted.exe X Y WIDTH HEIGHT CELL COLUMNS RATE: a window without a frame, with the strip of barcode.ts in its upper left
 * corner, that changes its colour whenever it is pressed. RATE times a second a bar moves on and the strip names the next
 * frame; with 0 all stands still and the strip says no time, so that it is not taken for one that moves.
 */
#include <windows.h>

#include <shellapi.h>
#include <wchar.h>

enum { BITS = 48, PAYLOAD = 40, BAR_WIDTH = 48, BAR_STEP = 12 };

static const COLORREF colours[] = {RGB(0x1f, 0x2a, 0x38), RGB(0xe8, 0xdc, 0xc0)};
static int width, height, cell, columns, rate;
static unsigned presses, counter;
static HDC frame;

/* Milliseconds since 1970. */
static unsigned long long now(void) {
  FILETIME time;
  GetSystemTimeAsFileTime(&time);
  return (((unsigned long long)time.dwHighDateTime << 32 | time.dwLowDateTime) - 116444736000000000ULL) / 10000;
}

/* The most significant bit first: 16 of the counter, 24 of the time, 8 of the CRC. */
static unsigned long long strip(void) {
  unsigned long long payload = (unsigned long long)(counter & 0xffff) << 24 | (rate > 0 ? now() & 0xffffff : 0);
  unsigned crc = 0xff;
  for (int bit = PAYLOAD - 1; bit >= 0; bit--) {
    unsigned carry = (crc >> 7 & 1) ^ (unsigned)(payload >> bit & 1);
    crc = (crc << 1 & 0xff) ^ (carry ? 0x07 : 0);
  }
  return payload << 8 | crc;
}

static void fill(int x, int y, int wide, int high, COLORREF colour) {
  RECT area = {x, y, x + wide, y + high};
  SetBkColor(frame, colour);
  ExtTextOutW(frame, 0, 0, ETO_OPAQUE, &area, L"", 0, 0);
}

/* Whole before it is on the screen, so that nobody sees half of it. */
static void paint(HDC screen) {
  unsigned long long bits = strip();
  int below = BITS / columns * cell;
  fill(0, 0, width, height, colours[presses % 2]);
  for (int bit = 0; bit < BITS; bit++)
    fill(bit % columns * cell, bit / columns * cell, cell, cell, bits >> (BITS - 1 - bit) & 1 ? RGB(255, 255, 255) : 0);
  fill(counter * BAR_STEP % (width - BAR_WIDTH), below, BAR_WIDTH, height - below, colours[(presses + 1) % 2]);
  BitBlt(screen, 0, 0, width, height, frame, 0, 0, SRCCOPY);
  GdiFlush();
}

static void repaint(HWND window) {
  HDC screen = GetDC(window);
  paint(screen);
  ReleaseDC(window, screen);
}

static LRESULT CALLBACK procedure(HWND window, UINT message, WPARAM w, LPARAM l) {
  if (message == WM_DESTROY) ExitProcess(0);
  if (message == WM_LBUTTONDOWN) {
    presses++;
    repaint(window);
  }
  if (message == WM_PAINT) {
    PAINTSTRUCT painting;
    paint(BeginPaint(window, &painting));
    EndPaint(window, &painting);
    return 0;
  }
  return DefWindowProcW(window, message, w, l);
}

/* At a steady rate; what is late is not made up for. */
static void run(HWND window) {
  double due = 0;
  LARGE_INTEGER frequency, at;
  QueryPerformanceFrequency(&frequency);
  for (;;) {
    QueryPerformanceCounter(&at);
    double ms = 1000.0 * at.QuadPart / frequency.QuadPart;
    if (rate > 0 && ms >= due) {
      due = (due + 1000.0 / rate > ms ? due : ms) + 1000.0 / rate;
      counter++;
      repaint(window);
    }
    DWORD wait = rate > 0 ? (DWORD)(due > ms ? due - ms : 0) : INFINITE;
    MsgWaitForMultipleObjects(0, 0, FALSE, wait, QS_ALLINPUT);
    for (MSG message; PeekMessageW(&message, 0, 0, 0, PM_REMOVE);) DispatchMessageW(&message);
  }
}

int WINAPI wWinMain(HINSTANCE instance, HINSTANCE none, PWSTR line, int show) {
  int count;
  WCHAR **given = CommandLineToArgvW(GetCommandLineW(), &count);
  if (count != 8) return 2;
  int x = _wtoi(given[1]), y = _wtoi(given[2]);
  width = _wtoi(given[3]), height = _wtoi(given[4]);
  cell = _wtoi(given[5]), columns = _wtoi(given[6]), rate = _wtoi(given[7]);
  HDC screen = GetDC(0);
  frame = CreateCompatibleDC(screen);
  SelectObject(frame, CreateCompatibleBitmap(screen, width, height));
  ReleaseDC(0, screen);
  WNDCLASSW description = {0, procedure, 0, 0, instance, 0, LoadCursor(0, IDC_ARROW), 0, 0, L"PaintedWindow"};
  RegisterClassW(&description);
  HWND window = CreateWindowExW(0, description.lpszClassName, L"Painted", WS_POPUP | WS_VISIBLE, x, y, width, height, 0, 0,
                                instance, 0);
  run(window);
  return 0;
}
