/*
 * Windows deletes no file that runs, and there are two ways round it. On NTFS of Windows 10 1709 and newer the content is
 * renamed into another stream of the file, whose name can then go. Everywhere else another process does it when this one
 * has ended: a copy of the launcher, which was opened to be deleted with its last handle, and so goes with its own end.
 *
 * No name is trusted: what is removed is what an open handle stands for, and only if that is the file that was started.
 */
#include "removal.windows.h"

#include <winternl.h>

#define GIVE_UP_AFTER_MS 10000
#define LOOK_EVERY_MS 50
#define MAX_LAUNCHER_SIZE (128 * 1024)
#define SHARE_ALL (FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE)
/* Of Windows 10 1709 and newer; older headers lack them. */
#define RENAME_INFORMATION 10
#define DISPOSITION_INFO_EX 21
#define DISPOSITION_DELETE_POSIX (1 | 2 | 0x10) /* delete, POSIX semantics, ignore read-only */
#define ERRAND_WORD 0x4c41564f4d455221ull       /* "!REMOVAL" */

NTSTATUS NTAPI NtSetInformationFile(HANDLE, IO_STATUS_BLOCK *, PVOID, ULONG, FILE_INFORMATION_CLASS);

/* What stands behind the launcher in a copy of it, where a helper's file has the footer of the container. */
struct errand {
  u64 file; /* a handle that the copy inherits */
  u64 magic;
};

static struct {
  BY_HANDLE_FILE_INFORMATION file;
  u64 launcher_size;
  u8 launcher[MAX_LAUNCHER_SIZE + sizeof(struct errand)];
} own;

IMAGE_DATA_DIRECTORY *signature_of(u8 *program) {
  const IMAGE_DOS_HEADER *dos = (const IMAGE_DOS_HEADER *)program;
  IMAGE_NT_HEADERS64 *headers = (IMAGE_NT_HEADERS64 *)(program + dos->e_lfanew);
  return &headers->OptionalHeader.DataDirectory[IMAGE_DIRECTORY_ENTRY_SECURITY];
}

void note_own_file(HANDLE file) { GetFileInformationByHandle(file, &own.file); }

void note_launcher(const u8 *launcher, u64 size) {
  if (size > MAX_LAUNCHER_SIZE) return;
  own.launcher_size = size;
  __builtin_memcpy(own.launcher, launcher, size);
  /* A signature is for the whole file. */
  *signature_of(own.launcher) = (IMAGE_DATA_DIRECTORY){0, 0};
}

/* By volume and number; where the file system numbers no files nothing is known to be the same. */
static BOOL is_own_file(HANDLE file) {
  BY_HANDLE_FILE_INFORMATION found;
  return GetFileInformationByHandle(file, &found) && found.dwVolumeSerialNumber == own.file.dwVolumeSerialNumber &&
         found.nFileIndexHigh == own.file.nFileIndexHigh && found.nFileIndexLow == own.file.nFileIndexLow &&
         (found.nFileIndexHigh | found.nFileIndexLow) != 0;
}

/* To be deleted; a virus scanner may hold it for a moment. A link in its place is opened itself, and is another file. */
static HANDLE open_own_file(const WCHAR *path, BOOL is_inherited) {
  SECURITY_ATTRIBUTES attributes = {sizeof attributes, 0, is_inherited};
  HANDLE file = INVALID_HANDLE_VALUE;
  for (int waited = 0; waited < GIVE_UP_AFTER_MS; waited += LOOK_EVERY_MS) {
    file = CreateFileW(path, DELETE | SYNCHRONIZE | FILE_READ_ATTRIBUTES, SHARE_ALL, &attributes, OPEN_EXISTING,
                       FILE_FLAG_OPEN_REPARSE_POINT, 0);
    if (file != INVALID_HANDLE_VALUE || GetLastError() != ERROR_SHARING_VIOLATION) break;
    Sleep(LOOK_EVERY_MS);
  }
  if (file == INVALID_HANDLE_VALUE || is_own_file(file)) return file;
  CloseHandle(file);
  return INVALID_HANDLE_VALUE;
}

static BOOL mark_deleted(HANDLE file) {
  FILE_DISPOSITION_INFO disposition = {TRUE};
  return SetFileInformationByHandle(file, FileDispositionInfo, &disposition, sizeof disposition);
}

/* The name can go once the content that runs is called differently. */
static void rename_content(HANDLE file) {
  static struct {
    FILE_RENAME_INFO info;
    WCHAR rest[16];
  } rename;
  static const WCHAR STREAM[] = L":handrail";
  IO_STATUS_BLOCK status;
  rename.info.FileNameLength = sizeof STREAM - sizeof *STREAM;
  __builtin_memcpy(rename.info.FileName, STREAM, sizeof STREAM);
  /* Not by SetFileInformationByHandle: Wine's would take the stream for a file in the current folder. */
  NtSetInformationFile(file, &status, &rename, sizeof rename, RENAME_INFORMATION);
}

static BOOL remove_running(const WCHAR *path) {
  DWORD flags = DISPOSITION_DELETE_POSIX;
  HANDLE file = open_own_file(path, FALSE);
  if (file == INVALID_HANDLE_VALUE) return FALSE;
  BOOL is_gone = mark_deleted(file);
  if (!is_gone) rename_content(file);
  CloseHandle(file);
  if (is_gone || (file = open_own_file(path, FALSE)) == INVALID_HANDLE_VALUE) return is_gone;
  is_gone = SetFileInformationByHandle(file, DISPOSITION_INFO_EX, &flags, sizeof flags);
  CloseHandle(file);
  return is_gone;
}

/* No other handle reaches it, so nobody who waits for the end of the helper's output waits for the copy. */
static void start_copy(const WCHAR *copy, HANDLE *handles, SIZE_T handles_size) {
  static u8 attributes[256];
  static WCHAR command_line[] = L"handrail-remove";
  SIZE_T size = sizeof attributes;
  STARTUPINFOEXW startup = {0};
  PROCESS_INFORMATION child;
  startup.StartupInfo.cb = sizeof startup;
  startup.StartupInfo.dwFlags = STARTF_FORCEOFFFEEDBACK; /* no busy pointer */
  startup.lpAttributeList = (LPPROC_THREAD_ATTRIBUTE_LIST)attributes;
  if (!InitializeProcThreadAttributeList(startup.lpAttributeList, 1, 0, &size) ||
      !UpdateProcThreadAttribute(startup.lpAttributeList, 0, PROC_THREAD_ATTRIBUTE_HANDLE_LIST, handles, handles_size, 0, 0))
    return;
  CreateProcessW(copy, command_line, 0, 0, TRUE, EXTENDED_STARTUPINFO_PRESENT, 0, 0, &startup.StartupInfo, &child);
}

/* Without a copy, because nothing may run from there, the file stays. */
static void leave_to_copy(const WCHAR *path, const WCHAR *copy) {
  SECURITY_ATTRIBUTES inherited = {sizeof inherited, 0, TRUE};
  HANDLE file = open_own_file(path, TRUE);
  struct errand errand = {(u64)(UINT_PTR)file, ERRAND_WORD};
  if (file == INVALID_HANDLE_VALUE || own.launcher_size == 0) return;
  __builtin_memcpy(own.launcher + own.launcher_size, &errand, sizeof errand);
  if (!write_private_file(copy, own.launcher, own.launcher_size + sizeof errand)) return;
  /* By the last end of a process that has this handle, whatever ends it. */
  HANDLE goes = CreateFileW(copy, DELETE | SYNCHRONIZE, FILE_SHARE_READ, &inherited, OPEN_EXISTING, FILE_FLAG_DELETE_ON_CLOSE, 0);
  HANDLE handles[] = {file, goes};
  if (goes == INVALID_HANDLE_VALUE) DeleteFileW(copy);
  else start_copy(copy, handles, sizeof handles);
}

void remove_own_file(const WCHAR *path, const WCHAR *copy) {
  if (!remove_running(path)) leave_to_copy(path, copy);
}

void run_errand(const u8 *content, u64 size) {
  struct errand errand;
  if (size < sizeof errand) return;
  __builtin_memcpy(&errand, content + size - sizeof errand, sizeof errand);
  if (errand.magic != ERRAND_WORD) return;
  UnmapViewOfFile(content);
  /* Refused while the other process runs or a virus scanner looks at the file. */
  for (int waited = 0; waited < GIVE_UP_AFTER_MS && !mark_deleted((HANDLE)(UINT_PTR)errand.file); waited += LOOK_EVERY_MS)
    Sleep(LOOK_EVERY_MS);
  ExitProcess(0);
}
