/*
 * The same as launcher.linux.c for Windows, which has no nameless files: the program is unpacked into a private folder,
 * and this process waits for its end, because only another process can delete a file that runs. When the helper asks for
 * it (helper/cleanup/removal.ts) the file that the person started goes as well. Only ntdll, kernel32, advapi32 and
 * user32, which Windows takes from its own folder whatever lies beside the download; so it does with all that comes later
 * (SetDefaultDllDirectories). The manifest inside (launcher.windows.rc) keeps one that lies beside from counting.
 *
 * With administrator rights ("--elevated") nothing is taken from where programs without them can write: the folder is one
 * of administrators, the environment a new one, and the download, which is what the person's question was about, is left
 * to the launcher that runs without them.
 */
#include "removal.windows.h"

#include <sddl.h>
#include <winternl.h>

#include "container.h"

#define MAX_PATH_LENGTH 32768
#define GIVE_UP_AFTER_MS 10000
/* The helper's other process outlives a killed one, says so to the person and clears up (helper/guardian/clear-up.ts). */
#define OUTLIVED_FOR_MS 30000
#define LOOK_EVERY_MS 50
#define PATH_VARIABLE L"HANDRAIL_LAUNCHER_PATH"
/* As helper/elevation/elevated.run.ts knows them. */
#define ELEVATED_ARGUMENT L"--elevated"
#define ELEVATED_PREFIX L"elevated-"
/*
 * Administrators and the system alone. Whoever owns a file may change its list otherwise, and Windows may make the person
 * the owner of what an administrator's program writes: the rights of owners (S-1-3-4) are to read the list.
 */
#define ELEVATED_RULES L"O:BAD:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;RC;;;S-1-3-4)"

NTSTATUS NTAPI NtAreMappedFilesTheSame(PVOID image, PVOID file);
extern IMAGE_DOS_HEADER __ImageBase;

static BOOL is_elevated;
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
  /* The person was asked about the file that runs: another may have its name by now. */
  if (is_elevated && NtAreMappedFilesTheSame(&__ImageBase, (PVOID)content) < 0) die("cannot read its own file");
  CloseHandle(mapping);
  CloseHandle(file);
  *size = size_without_signature(content, (u64)length.QuadPart);
  return content;
}

/* For this person and the system alone. */
static void write_own_rules(WCHAR *rules) {
  static u8 user[sizeof(TOKEN_USER) + SECURITY_MAX_SID_SIZE];
  HANDLE token;
  DWORD size;
  WCHAR *sid;
  if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token) ||
      !GetTokenInformation(token, TokenUser, user, sizeof user, &size) ||
      !ConvertSidToStringSidW(((TOKEN_USER *)(void *)user)->User.Sid, &sid))
    die("no temporary folder");
  append(append(append(rules, L"D:P(A;OICI;FA;;;SY)(A;OICI;FA;;;"), sid), L")");
  CloseHandle(token);
  LocalFree(sid);
}

/* Whatever the folder around it allows. */
static SECURITY_ATTRIBUTES *private(void) {
  static SECURITY_ATTRIBUTES attributes = {sizeof attributes, 0, FALSE};
  static WCHAR rules[512];
  if (attributes.lpSecurityDescriptor != 0) return &attributes;
  if (is_elevated) append(rules, ELEVATED_RULES);
  else write_own_rules(rules);
  if (!ConvertStringSecurityDescriptorToSecurityDescriptorW(rules, SDDL_REVISION_1, &attributes.lpSecurityDescriptor, 0))
    die("no temporary folder");
  return &attributes;
}

/*
 * RtlGenRandom, which advapi32 has from another library. For that Windows would look beside the download first: it is
 * loaded before. Wine has no such library.
 */
static BOOL fill_randomly(u8 *target, ULONG size) {
  LoadLibraryExW(L"cryptbase.dll", 0, LOAD_LIBRARY_SEARCH_SYSTEM32);
  FARPROC found = GetProcAddress(GetModuleHandleW(L"advapi32.dll"), "SystemFunction036");
  return found != 0 && ((BOOLEAN(NTAPI *)(PVOID, ULONG))(void *)found)(target, size);
}

/* Not by a variable, which the person's programs set for those of administrators too. */
static WCHAR *write_windows_folder(WCHAR *path) {
  UINT length = GetSystemWindowsDirectoryW(path, MAX_PATH_LENGTH - 128);
  if (length == 0 || length >= MAX_PATH_LENGTH - 128) die("no temporary folder");
  return path + length;
}

static WCHAR *write_root(void) {
  if (is_elevated) return append(write_windows_folder(folder), L"\\Temp\\");
  return folder + GetTempPathW(MAX_PATH_LENGTH - 128, folder);
}

static void make_folder(void) {
  u8 random[9];
  WCHAR *at = write_root();
  if (at == folder || !fill_randomly(random, sizeof random)) die("no temporary folder");
  at = append(append(at, L"handrail-run-"), is_elevated ? ELEVATED_PREFIX : L"");
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

static int starts_with(const WCHAR *text, const WCHAR *prefix) {
  for (; *prefix; text++, prefix++)
    if ((*text | (*text >= 'A' && *text <= 'Z' ? 32 : 0)) != *prefix) return 0;
  return 1;
}

/*
 * Many a library loads what a variable names, and the person's programs set variables for those of administrators as well.
 * Those that stay are Wine's own, which Windows does not know.
 */
static int is_dropped(const WCHAR *variable) {
  if (!is_elevated) return starts_with(variable, L"node_");
  return !starts_with(variable, L"wine") && !starts_with(variable, L"display=") && !starts_with(variable, L"xauthority=");
}

static void set_system_variables(void) {
  static WCHAR windows[MAX_PATH_LENGTH], path[2 * MAX_PATH_LENGTH];
  WCHAR drive[3] = {0};
  write_windows_folder(windows);
  append(append(append(path, windows), L"\\System32;"), windows);
  drive[0] = windows[0], drive[1] = windows[1];
  SetEnvironmentVariableW(L"SystemDrive", drive);
  SetEnvironmentVariableW(L"SystemRoot", windows);
  SetEnvironmentVariableW(L"windir", windows);
  SetEnvironmentVariableW(L"PATH", path);
  SetEnvironmentVariableW(L"TEMP", folder);
  SetEnvironmentVariableW(L"TMP", folder);
  /* Libraries are looked for there as well; that of the download would be inherited. */
  if (!SetCurrentDirectoryW(windows)) die("the system does not allow unpacked programs to run");
}

/* The environment without what would change how Node starts, and with the way back to this file. */
static void prepare_environment(void) {
  static WCHAR name[MAX_PATH_LENGTH];
  WCHAR *variables = GetEnvironmentStringsW();
  for (const WCHAR *at = variables; *at; at += lstrlenW(at) + 1) {
    int length = 0;
    if (!is_dropped(at)) continue;
    /* The first may be a `=` itself: such are the current folders of drives. */
    do name[length] = at[length], length++;
    while (at[length] != 0 && at[length] != '=' && length < MAX_PATH_LENGTH - 1);
    name[length] = 0;
    SetEnvironmentVariableW(name, 0);
  }
  FreeEnvironmentStringsW(variables);
  if (is_elevated) set_system_variables();
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
  BOOL has_console = !is_elevated && AttachConsole(ATTACH_PARENT_PROCESS);
  DWORD flags = CREATE_SUSPENDED | (has_console ? 0 : CREATE_NO_WINDOW);
  if (!CreateProcessW(program, GetCommandLineW(), 0, 0, TRUE, flags, 0, 0, &startup, &child) || !write_marker(&child)) {
    remove_folder();
    die("the system does not allow unpacked programs to run");
  }
  ResumeThread(child.hThread);
  CloseHandle(child.hThread);
  return child.hProcess;
}

/* Whether that is the first argument, as Windows separates them. */
static BOOL was_started_elevated(void) {
  const WCHAR *at = GetCommandLineW(), *wanted = ELEVATED_ARGUMENT;
  for (BOOL is_quoted = FALSE; *at && (is_quoted || (*at != ' ' && *at != '\t')); at++) is_quoted ^= *at == '"';
  while (*at == ' ' || *at == '\t') at++;
  while (*wanted && *at == *wanted) at++, wanted++;
  return *wanted == 0 && (*at == 0 || *at == ' ' || *at == '\t');
}

void start(void) {
  SetDefaultDllDirectories(LOAD_LIBRARY_SEARCH_SYSTEM32);
  is_elevated = was_started_elevated();
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
  BOOL is_asked = is_over && !is_elevated && GetFileAttributesW(request) != INVALID_FILE_ATTRIBUTES;
  remove_folder();
  if (is_asked) remove_own_file(own_path, copy);
  ExitProcess(code);
}
