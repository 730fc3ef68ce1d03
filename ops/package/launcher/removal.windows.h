/* Removing the file that the person started, although it is the one that runs. */
#ifndef REMOVAL_WINDOWS_H
#define REMOVAL_WINDOWS_H

#define WIN32_LEAN_AND_MEAN
#define _WIN32_WINNT 0x0A00
#include <windows.h>

#include "unzstd.h"

/* In launcher.windows.c: a new file for its owner and the system alone. */
BOOL write_private_file(const WCHAR *path, const void *content, u64 size);

/* Where the header of a program says that its signature (Authenticode) is: in the fifth data directory. */
IMAGE_DATA_DIRECTORY *signature_of(u8 *program);

/* Which file it is that runs. */
void note_own_file(HANDLE file);

/* The first bytes of that file: all that a copy needs. */
void note_launcher(const u8 *launcher, u64 size);

/*
 * Removes the file at `path` if it is still the one noted, at the latest a moment after the end of this process: by a copy
 * of the launcher, which is written to `copy` and goes as well.
 */
void remove_own_file(const WCHAR *path, const WCHAR *copy);

/* When `content` is such a copy: does its errand and does not return. */
void run_errand(const u8 *content, u64 size);

#endif
