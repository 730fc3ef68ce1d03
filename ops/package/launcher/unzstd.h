/* Decompression of one Zstandard frame (RFC 8878) into memory that holds all of it. No libc. */
#ifndef UNZSTD_H
#define UNZSTD_H

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
/* 64 bits on Windows too, where a long has 32. */
typedef unsigned long long u64;
typedef long long i64;

/*
 * Reads the frame in `source` and writes exactly `target_size` bytes. The content checksum must be there and right.
 * `source` must be followed by 8 readable bytes. Returns 0, or -1 when the frame is damaged.
 */
int unzstd(const u8 *source, u64 source_size, u8 *target, u64 target_size);

#endif
