/*
 * The same as launcher.linux.c for Windows, which has no nameless files: the program is unpacked into a private folder,
 * and this process waits for its end, because only another process can delete a file that runs. When the helper asks for
 * it (helper/cleanup/removal.ts) the file that the person started goes as well. Only ntdll, kernel32, advapi32 and
 * user32, which Windows takes from its own folder whatever lies beside the download.
 */
#include "removal.windows.h"

#include <sddl.h>

#include "container.h"

#define MAX_PATH_LENGTH 32768
#define GIVE_UP_AFTER_MS 10000
/* The helper's other process outlives a killed one, says so to the person and clears up (helper/guardian/clear-up.ts). */
#define OUTLIVED_FOR_MS 30000
#define LOOK_EVERY_MS 50
#define PATH_VARIABLE L"HANDRAIL_LAUNCHER_PATH"

BOOLEAN NTAPI SystemFunction036(PVOID, ULONG); /* RtlGenRandom */

static WCHAR own_path[MAX_PATH_LENGTH], folder[MAX_PATH_LENGTH];
static WCHAR copy[MAX_PATH_LENGTH], program[MAX_PATH_LENGTH], marker[MAX_PATH_LENGTH], request[MAX_PATH_LENGTH];

static WCHAR *append(WCHAR *at, const WCHAR *text) {
  while (*text) *at++ = *text++;
  *at = 0;
  return at;
}

static void join(WCHAR *path, const WCHAR *name) { append(append(append(path, folder), L"\\"), name); }

/* To whoever reads the error output; else in a window, since nobody sees the output of a double click. */
__attribute__((noreturn)) static void die(const char *why) {
  HANDLE errors = GetStdHandle(STD_ERROR_HANDLE);
  DWORD written = 0, length = (DWORD)lstrlenA(why);
  BOOL is_read = errors != 0 && errors != INVALID_HANDLE_VALUE && WriteFile(errors, why, length, &written, 0) &&
                 WriteFile(errors, "\n", 1, &written, 0);
  if (!is_read) MessageBoxA(0, why, "Handrail", MB_ICONERROR | MB_SETFOREGROUND);
  ExitProcess(126);
}

/* A signature is appended to the file; what is ours ends where it begins. */
static u64 size_without_signature(const u8 *file, u64 size) {
  u64 signature = signature_of((u8 *)file)->VirtualAddress;
  return signature != 0 && signature < size ? signature : size;
}

static const u8 *map_own_file(u64 *size) {
  HANDLE file = CreateFileW(own_path, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_DELETE, 0, OPEN_EXISTING, 0, 0);
  LARGE_INTEGER length;
  if (file == INVALID_HANDLE_VALUE || !GetFileSizeEx(file, &length)) die("cannot read its own file");
  HANDLE mapping = CreateFileMappingW(file, 0, PAGE_READONLY, 0, 0, 0);
  const u8 *content = mapping == 0 ? 0 : MapViewOfFile(mapping, FILE_MAP_READ, 0, 0, 0);
  if (content == 0) die("cannot read its own file");
  note_own_file(file);
  CloseHandle(mapping);
  CloseHandle(file);
  *size = size_without_signature(content, (u64)length.QuadPart);
  return content;
}

/* For this person and the system alone, whatever the folder around it allows. */
static SECURITY_ATTRIBUTES *private(void) {
  static SECURITY_ATTRIBUTES attributes = {sizeof attributes, 0, FALSE};
  static WCHAR rules[512];
  static u8 user[sizeof(TOKEN_USER) + SECURITY_MAX_SID_SIZE];
  HANDLE token;
  DWORD size;
  WCHAR *sid;
  if (attributes.lpSecurityDescriptor != 0) return &attributes;
  if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token) ||
      !GetTokenInformation(token, TokenUser, user, sizeof user, &size) ||
      !ConvertSidToStringSidW(((TOKEN_USER *)(void *)user)->User.Sid, &sid))
    die("no temporary folder");
  append(append(append(rules, L"D:P(A;OICI;FA;;;SY)(A;OICI;FA;;;"), sid), L")");
  if (!ConvertStringSecurityDescriptorToSecurityDescriptorW(rules, SDDL_REVISION_1, &attributes.lpSecurityDescriptor, 0))
    die("no temporary folder");
  CloseHandle(token);
  LocalFree(sid);
  return &attributes;
}

static void make_folder(void) {
  u8 random[9];
  WCHAR *at = folder + GetTempPathW(MAX_PATH_LENGTH - 128, folder);
  if (at == folder || !SystemFunction036(random, sizeof random)) die("no temporary folder");
  at = append(at, L"handrail-run-");
  for (u64 i = 0; i < sizeof random * 2; i++)
    *at++ = L"0123456789abcdef"[i % 2 ? random[i / 2] & 15 : random[i / 2] >> 4];
  *at = 0;
  if (!CreateDirectoryW(folder, private())) die("no temporary folder");
  join(program, L"handrail-helper.exe");
  join(marker, L"marker.json");
  join(request, L"remove-program");
  append(append(copy, folder), L".exe");
}

BOOL write_private_file(const WCHAR *path, const void *content, u64 size) {
  HANDLE file = CreateFileW(path, GENERIC_WRITE, 0, private(), CREATE_NEW, FILE_ATTRIBUTE_NORMAL, 0);
  if (file == INVALID_HANDLE_VALUE) return FALSE;
  BOOL is_written = TRUE;
  for (u64 at = 0; is_written && at < size;) {
    DWORD part = size - at > 1 << 24 ? 1 << 24 : (DWORD)(size - at), written = 0;
    is_written = WriteFile(file, (const u8 *)content + at, part, &written, 0) && written == part;
    at += written;
  }
  CloseHandle(file);
  return is_written;
}

/* A program that has just ended, or that a virus scanner looks at, lets go after a moment. */
static BOOL remove_file(const WCHAR *path, int give_up_after_ms) {
  SetFileAttributesW(path, FILE_ATTRIBUTE_NORMAL);
  for (int waited = 0; waited < give_up_after_ms; waited += LOOK_EVERY_MS) {
    if (DeleteFileW(path) || GetLastError() == ERROR_FILE_NOT_FOUND) return TRUE;
    Sleep(LOOK_EVERY_MS);
  }
  return FALSE;
}

/* Native parts lie beside the program, since what is loaded cannot be removed. What stays is found by its marker. */
static void remove_folder(void) {
  static WCHAR path[MAX_PATH_LENGTH];
  WIN32_FIND_DATAW entry;
  BOOL is_empty = TRUE;
  join(path, L"*");
  HANDLE search = FindFirstFileW(path, &entry);
  for (BOOL is_more = search != INVALID_HANDLE_VALUE; is_more; is_more = FindNextFileW(search, &entry)) {
    if (entry.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) continue;
    join(path, entry.cFileName);
    if (lstrcmpW(path, marker) != 0) is_empty &= remove_file(path, GIVE_UP_AFTER_MS);
  }
  if (search != INVALID_HANDLE_VALUE) FindClose(search);
  if (is_empty && remove_file(marker, GIVE_UP_AFTER_MS)) RemoveDirectoryW(folder);
}

static void unpack_program(void) {
  struct container_sizes sizes;
  u64 size;
  const u8 *container = map_own_file(&size);
  run_errand(container, size);
  const char *why_not = open_container(container, size, &sizes);
  if (why_not != 0) die(why_not);
  note_launcher(container, sizes.launcher);
  u8 *target = VirtualAlloc(0, sizes.program, MEM_COMMIT | MEM_RESERVE, PAGE_READWRITE);
  if (target == 0) die("no room to unpack");
  why_not = unpack(container, size, target);
  if (why_not != 0) die(why_not);
  make_folder();
  if (!write_private_file(program, target, sizes.program)) {
    remove_folder();
    die("no room to unpack");
  }
  VirtualFree(target, 0, MEM_RELEASE);
  UnmapViewOfFile(container);
}

static int starts_with_node(const WCHAR *text) {
  static const WCHAR PREFIX[] = L"node_";
  for (int i = 0; i < 5; i++)
    if ((text[i] | (text[i] >= 'A' && text[i] <= 'Z' ? 32 : 0)) != PREFIX[i]) return 0;
  return 1;
}

/* The environment without what would change how Node starts, and with the way back to this file. */
static void prepare_environment(void) {
  static WCHAR name[MAX_PATH_LENGTH];
  WCHAR *variables = GetEnvironmentStringsW();
  for (const WCHAR *at = variables; *at; at += lstrlenW(at) + 1) {
    int length = 0;
    if (!starts_with_node(at)) continue;
    while (at[length] != 0 && at[length] != '=' && length < MAX_PATH_LENGTH - 1) name[length] = at[length], length++;
    name[length] = 0;
    SetEnvironmentVariableW(name, 0);
  }
  FreeEnvironmentStringsW(variables);
  SetEnvironmentVariableW(PATH_VARIABLE, own_path);
}

static char *append_text(char *at, const char *text) {
  while (*text) *at++ = *text++;
  return at;
}

static char *append_number(char *at, u64 number) {
  if (number >= 10) at = append_number(at, number / 10);
  *at++ = (char)('0' + number % 10);
  return at;
}

/* As helper/cleanup/run-folder.ts reads it: the next start clears up when that process is gone and this one did not. */
static BOOL write_marker(const PROCESS_INFORMATION *process) {
  static char text[160];
  FILETIME start, other;
  if (!GetProcessTimes(process->hProcess, &start, &other, &other, &other)) return FALSE;
  char *at = append_text(text, "{\"version\":1,\"pid\":");
  at = append_text(append_number(at, process->dwProcessId), ",\"startedTicks\":\"");
  at = append_number(at, (u64)start.dwHighDateTime << 32 | start.dwLowDateTime);
  at = append_text(at, "\",\"executable\":null}");
  return write_private_file(marker, text, (u64)(at - text));
}

/* Ctrl+C reaches the helper too, which ends in order; this process has to outlive it. */
static BOOL WINAPI stay(DWORD event) { return event == CTRL_C_EVENT || event == CTRL_BREAK_EVENT; }

static HANDLE inheritable(DWORD which) {
  HANDLE handle = GetStdHandle(which);
  SetHandleInformation(handle, HANDLE_FLAG_INHERIT, HANDLE_FLAG_INHERIT);
  return handle;
}

/* Its standard handles and those that a parent handed over are the helper's; a window for text only where one is. */
static HANDLE start_program(void) {
  STARTUPINFOW startup;
  PROCESS_INFORMATION child;
  GetStartupInfoW(&startup);
  startup.dwFlags |= STARTF_USESTDHANDLES;
  startup.hStdInput = inheritable(STD_INPUT_HANDLE);
  startup.hStdOutput = inheritable(STD_OUTPUT_HANDLE);
  startup.hStdError = inheritable(STD_ERROR_HANDLE);
  DWORD flags = CREATE_SUSPENDED | (AttachConsole(ATTACH_PARENT_PROCESS) ? 0 : CREATE_NO_WINDOW);
  if (!CreateProcessW(program, GetCommandLineW(), 0, 0, TRUE, flags, 0, 0, &startup, &child) || !write_marker(&child)) {
    remove_folder();
    die("the system does not allow unpacked programs to run");
  }
  ResumeThread(child.hThread);
  CloseHandle(child.hThread);
  return child.hProcess;
}

void start(void) {
  DWORD code = 126, length = GetModuleFileNameW(0, own_path, MAX_PATH_LENGTH);
  if (length == 0 || length >= MAX_PATH_LENGTH) die("cannot read its own file");
  unpack_program();
  prepare_environment();
  SetConsoleCtrlHandler(stay, TRUE);
  HANDLE child = start_program();
  WaitForSingleObject(child, INFINITE);
  GetExitCodeProcess(child, &code);
  CloseHandle(child);
  /* Until every process of the program has ended. */
  BOOL is_over = remove_file(program, OUTLIVED_FOR_MS);
  BOOL is_asked = is_over && GetFileAttributesW(request) != INVALID_FILE_ATTRIBUTES;
  remove_folder();
  if (is_asked) remove_own_file(own_path, copy);
  ExitProcess(code);
}
