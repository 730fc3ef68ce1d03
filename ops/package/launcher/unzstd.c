#include "unzstd.h"

#define MAGIC 0xFD2FB528u
#define MAX_BLOCK (128 * 1024)
#define MAX_HUFFMAN_BITS 11
#define MAX_FSE_BITS 9
#define SLACK 32 /* copies run over their end by less than this inside the literals buffer */

#define TRY(expression)              \
  do {                               \
    if ((expression) < 0) return -1; \
  } while (0)

/* RFC 8878 §3.1.1.3.2.1.1: baselines and extra bits of literal lengths and match lengths. */
static const u32 LL_BASE[36] = {0,  1,  2,  3,  4,  5,  6,  7,   8,   9,   10,   11,   12,   13,   14,    15,    16,    18,
                                20, 22, 24, 28, 32, 40, 48, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768, 65536};
static const u8 LL_BITS[36] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,  0,  0,  1,  1,
                               1, 1, 2, 2, 3, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
static const u32 ML_BASE[53] = {3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15,  16,  17,  18,   19,   20,
                                21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33,  34,  35,  37,   39,   41,
                                43, 47, 51, 59, 67, 83, 99, 131, 259, 515, 1027, 2051, 4099, 8195, 16387, 32771, 65539};
static const u8 ML_BITS[53] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,  0,  0,  0,  0,  0,  0,  0,  0, 0, 0, 0,
                               0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};

/* RFC 8878 §3.1.1.3.2.2: the distributions that need not be sent. */
static const short LL_DEFAULT[36] = {4, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1,  1,  2,  2,
                                     2, 2, 2, 2, 2, 2, 2, 3, 2, 1, 1, 1, 1, 1, -1, -1, -1, -1};
static const short OF_DEFAULT[29] = {1, 1, 1, 1, 1, 1, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1};
static const short ML_DEFAULT[53] = {1, 4, 3, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,  1,
                                     1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1, -1, -1};

typedef struct {
  u16 base;
  u8 symbol;
  u8 bits;
} FseCell;

typedef struct {
  int log; /* 0 with one cell: always the same symbol */
  int is_ready;
  FseCell cells[1 << MAX_FSE_BITS];
} FseTable;

typedef struct {
  u8 symbol;
  u8 bits;
} HuffmanCell;

typedef struct {
  HuffmanCell huffman[1 << MAX_HUFFMAN_BITS];
  int huffman_bits; /* 0: no table yet */
  FseTable weights, literal_lengths, offsets, match_lengths;
  u64 recent[3];
  u8 literals[MAX_BLOCK + SLACK];
  u8 *out, *out_start, *out_end;
} Decoder;

static Decoder decoder;

static u64 load64(const u8 *p) {
  u64 value;
  __builtin_memcpy(&value, p, 8);
  return value;
}

static u32 load32(const u8 *p) {
  u32 value;
  __builtin_memcpy(&value, p, 4);
  return value;
}

static int highest_bit(u32 value) { return 31 - __builtin_clz(value); }

/* ---- bits, read forwards (tables) and backwards (streams, RFC 8878 §4.1) ---- */

typedef struct {
  const u8 *start;
  i64 bit; /* forwards: next bit; backwards: number of bits not yet read, negative after reading past the start */
  i64 end;
} Bits;

static u32 read_forwards(Bits *bits, int count) {
  u32 value = (u32)(load64(bits->start + (bits->bit >> 3)) >> (bits->bit & 7)) & ((1u << count) - 1);
  bits->bit += count;
  return value;
}

/* The last byte holds the highest set bit as an end mark. */
static int open_backwards(Bits *bits, const u8 *start, i64 size) {
  if (size < 1 || start[size - 1] == 0) return -1;
  bits->start = start;
  bits->bit = (size - 1) * 8 + highest_bit(start[size - 1]);
  return 0;
}

/* Before the start of the stream all bits are zero. */
static u64 peek_backwards(const Bits *bits, int count) {
  i64 from = bits->bit - count;
  u64 mask = (1ull << count) - 1;
  if (from >= 0) return (load64(bits->start + (from >> 3)) >> (from & 7)) & mask;
  if (bits->bit <= 0) return 0;
  return (load64(bits->start) << -from) & mask;
}

static u64 read_backwards(Bits *bits, int count) {
  u64 value = peek_backwards(bits, count);
  bits->bit -= count;
  return value;
}

/* ---- finite state entropy, RFC 8878 §4.1 ---- */

static int build_fse(FseTable *table, const short *counts, int symbols, int log) {
  int size = 1 << log, high = size, position = 0, step = (size >> 1) + (size >> 3) + 3;
  u16 next[256];
  for (int symbol = 0; symbol < symbols; symbol++) {
    next[symbol] = counts[symbol] < 0 ? 1 : (u16)counts[symbol];
    if (counts[symbol] < 0) table->cells[--high].symbol = (u8)symbol;
  }
  for (int symbol = 0; symbol < symbols; symbol++)
    for (int i = 0; i < counts[symbol]; i++) {
      table->cells[position].symbol = (u8)symbol;
      do position = (position + step) & (size - 1);
      while (position >= high);
    }
  if (position != 0) return -1;
  for (int state = 0; state < size; state++) {
    FseCell *cell = &table->cells[state];
    u32 rank = next[cell->symbol]++;
    cell->bits = (u8)(log - highest_bit(rank));
    cell->base = (u16)((rank << cell->bits) - size);
  }
  table->log = log;
  table->is_ready = 1;
  return 0;
}

/* RFC 8878 §4.1.1. Returns the number of bytes read, or -1. */
static i64 read_fse(FseTable *table, const u8 *start, i64 size, int max_log, int max_symbols) {
  short counts[256];
  Bits bits = {start, 0, size * 8};
  int log = (int)read_forwards(&bits, 4) + 5, symbols = 0;
  if (size < 1 || log > max_log) return -1;
  int remaining = 1 << log;
  while (remaining > 0) {
    if (symbols >= max_symbols || bits.bit >= bits.end) return -1;
    int width = highest_bit((u32)remaining + 1) + 1;
    int value = (int)read_forwards(&bits, width), low = (1 << (width - 1)) - 1;
    int threshold = (1 << width) - 1 - (remaining + 1);
    if ((value & low) < threshold) {
      bits.bit--;
      value &= low;
    } else if (value > low) {
      value -= threshold;
    }
    int count = value - 1;
    remaining -= count < 0 ? 1 : count;
    counts[symbols++] = (short)count;
    for (u32 repeat = 3; count == 0 && repeat == 3;) {
      repeat = read_forwards(&bits, 2);
      if (symbols + (int)repeat > max_symbols || bits.bit > bits.end) return -1;
      for (u32 i = 0; i < repeat; i++) counts[symbols++] = 0;
    }
  }
  if (remaining != 0 || bits.bit > bits.end) return -1;
  TRY(build_fse(table, counts, symbols, log));
  return (bits.bit + 7) >> 3;
}

/* ---- literals, RFC 8878 §3.1.1.3.1 and §4.2 ---- */

/* Two states take turns until the stream is used up. Returns the number of weights, or -1. */
static int read_compressed_weights(u8 *weights, const u8 *start, i64 size) {
  FseTable *table = &decoder.weights;
  FseCell states[2];
  Bits bits;
  i64 used = read_fse(table, start, size, 6, 13);
  if (used < 0) return -1;
  TRY(open_backwards(&bits, start + used, size - used));
  states[0] = table->cells[read_backwards(&bits, table->log)];
  states[1] = table->cells[read_backwards(&bits, table->log)];
  for (int count = 0;; count++) {
    FseCell *state = &states[count & 1];
    if (count > 253) return -1;
    weights[count] = state->symbol;
    u64 more = read_backwards(&bits, state->bits);
    if (bits.bit < 0) {
      weights[count + 1] = states[(count + 1) & 1].symbol;
      return count + 2;
    }
    *state = table->cells[state->base + more];
  }
}

static int build_huffman(u8 *weights, int count) {
  u32 sum = 0;
  for (int i = 0; i < count; i++) {
    if (weights[i] > MAX_HUFFMAN_BITS) return -1;
    sum += weights[i] == 0 ? 0 : 1u << (weights[i] - 1);
  }
  if (sum == 0) return -1;
  int bits = highest_bit(sum) + 1;
  u32 left = (1u << bits) - sum;
  if (bits > MAX_HUFFMAN_BITS || (left & (left - 1)) != 0) return -1;
  weights[count++] = (u8)(highest_bit(left) + 1);
  int cell = 0;
  for (int weight = 1; weight <= bits; weight++)
    for (int symbol = 0; symbol < count; symbol++) {
      if (weights[symbol] != weight) continue;
      for (int i = 0; i < 1 << (weight - 1); i++, cell++)
        decoder.huffman[cell] = (HuffmanCell){(u8)symbol, (u8)(bits + 1 - weight)};
    }
  decoder.huffman_bits = bits;
  return cell == 1 << bits ? 0 : -1;
}

/* Returns the number of bytes read, or -1. */
static i64 read_huffman(const u8 *start, i64 size) {
  u8 weights[257];
  if (size < 1) return -1;
  int header = start[0], count = header - 127;
  i64 used = 1 + (header < 128 ? header : (count + 1) / 2);
  if (used > size) return -1;
  if (header < 128) {
    count = read_compressed_weights(weights, start + 1, header);
    if (count < 0) return -1;
  } else {
    for (int i = 0; i < count; i++) weights[i] = i & 1 ? start[1 + i / 2] & 15 : start[1 + i / 2] >> 4;
  }
  TRY(build_huffman(weights, count));
  return used;
}

static int read_huffman_stream(u8 *target, i64 count, const u8 *start, i64 size) {
  Bits bits;
  int width = decoder.huffman_bits;
  TRY(open_backwards(&bits, start, size));
  for (i64 i = 0; i < count; i++) {
    HuffmanCell cell = decoder.huffman[peek_backwards(&bits, width)];
    target[i] = cell.symbol;
    bits.bit -= cell.bits;
  }
  return bits.bit == 0 ? 0 : -1;
}

static int read_four_streams(u8 *target, i64 count, const u8 *start, i64 size) {
  i64 part = (count + 3) / 4, at = 6;
  if (size < 6 || part * 3 > count) return -1;
  for (int stream = 0; stream < 4; stream++) {
    i64 length = stream < 3 ? start[stream * 2] + (start[stream * 2 + 1] << 8) : size - at;
    if (length < 1 || at + length > size) return -1;
    TRY(read_huffman_stream(target + part * stream, stream < 3 ? part : count - part * 3, start + at, length));
    at += length;
  }
  return 0;
}

/* Fills `decoder.literals`, tells how many; returns the number of bytes read, or -1. */
static i64 read_literals(const u8 *start, i64 size, i64 *count) {
  if (size < 1) return -1;
  int type = start[0] & 3, format = (start[0] >> 2) & 3;
  u64 header = load64(start);
  i64 at;
  if (type < 2) {
    static const u8 SIZES[4] = {1, 2, 1, 3};
    at = SIZES[format];
    *count = (i64)(format == 1 ? (header >> 4) & 0xfff : format == 3 ? (header >> 4) & 0xfffff : (header >> 3) & 31);
    i64 stored = type == 0 ? *count : 1;
    if (*count > MAX_BLOCK || at + stored > size) return -1;
    if (type == 0) __builtin_memcpy(decoder.literals, start + at, (u64)*count);
    else __builtin_memset(decoder.literals, start[at], (u64)*count);
    return at + stored;
  }
  static const u8 SIZES[4] = {3, 3, 4, 5}, WIDTHS[4] = {10, 10, 14, 18};
  u64 mask = (1ull << WIDTHS[format]) - 1;
  *count = (i64)((header >> 4) & mask);
  i64 stored = (i64)((header >> (4 + WIDTHS[format])) & mask), tree = 0;
  at = SIZES[format];
  if (*count > MAX_BLOCK || at + stored > size) return -1;
  if (type == 2) {
    tree = read_huffman(start + at, stored);
    if (tree < 0) return -1;
  } else if (decoder.huffman_bits == 0) {
    return -1;
  }
  const u8 *streams = start + at + tree;
  TRY(format == 0 ? read_huffman_stream(decoder.literals, *count, streams, stored - tree)
                  : read_four_streams(decoder.literals, *count, streams, stored - tree));
  return at + stored;
}

/* ---- sequences, RFC 8878 §3.1.1.3.2 ---- */

typedef struct {
  const short *defaults;
  int default_symbols, default_log, max_log, max_symbols;
} FseKind;

static const FseKind LL_KIND = {LL_DEFAULT, 36, 6, 9, 36};
static const FseKind OF_KIND = {OF_DEFAULT, 29, 5, 8, 32};
static const FseKind ML_KIND = {ML_DEFAULT, 53, 6, 9, 53};

static i64 read_sequence_table(FseTable *table, int mode, const FseKind *kind, const u8 *start, i64 size) {
  switch (mode) {
    case 0:
      return build_fse(table, kind->defaults, kind->default_symbols, kind->default_log);
    case 1:
      if (size < 1 || start[0] >= kind->max_symbols) return -1;
      table->log = 0;
      table->is_ready = 1;
      table->cells[0] = (FseCell){0, start[0], 0};
      return 1;
    case 2:
      return read_fse(table, start, size, kind->max_log, kind->max_symbols);
    default:
      return table->is_ready ? 0 : -1;
  }
}

/* RFC 8878 §3.1.1.5: the three most recent offsets have short names. */
static u64 resolve_offset(u64 value, u64 literal_length) {
  u64 *recent = decoder.recent;
  u64 index = value - 1 + (literal_length == 0), offset;
  if (value > 3) {
    offset = value - 3;
    index = 3;
  } else {
    if (index == 0) return recent[0];
    offset = index < 3 ? recent[index] : recent[0] - 1;
  }
  if (index > 1) recent[2] = recent[1];
  recent[1] = recent[0];
  recent[0] = offset;
  return offset;
}

static int copy_match(u64 offset, u64 length) {
  u8 *out = decoder.out;
  if (offset == 0 || offset > (u64)(out - decoder.out_start) || length > (u64)(decoder.out_end - out)) return -1;
  const u8 *from = out - offset;
  if (offset >= 8 && length + 8 <= (u64)(decoder.out_end - out)) {
    for (u64 i = 0; i < length; i += 8) __builtin_memcpy(out + i, from + i, 8);
  } else {
    for (u64 i = 0; i < length; i++) out[i] = from[i];
  }
  decoder.out = out + length;
  return 0;
}

static int copy_literals(const u8 *from, u64 length) {
  if (length > (u64)(decoder.out_end - decoder.out)) return -1;
  if (length <= 16 && decoder.out_end - decoder.out >= 16) __builtin_memcpy(decoder.out, from, 16);
  else __builtin_memcpy(decoder.out, from, length);
  decoder.out += length;
  return 0;
}

static int run_sequences(u32 sequences, const u8 *start, i64 size, i64 literals) {
  const FseTable *ll = &decoder.literal_lengths, *of = &decoder.offsets, *ml = &decoder.match_lengths;
  i64 literal = 0;
  Bits bits;
  TRY(open_backwards(&bits, start, size));
  FseCell ll_state = ll->cells[read_backwards(&bits, ll->log)];
  FseCell of_state = of->cells[read_backwards(&bits, of->log)];
  FseCell ml_state = ml->cells[read_backwards(&bits, ml->log)];
  for (u32 i = 0;; i++) {
    u64 offset_value = (1ull << of_state.symbol) + read_backwards(&bits, of_state.symbol);
    u64 match = ML_BASE[ml_state.symbol] + read_backwards(&bits, ML_BITS[ml_state.symbol]);
    u64 length = LL_BASE[ll_state.symbol] + read_backwards(&bits, LL_BITS[ll_state.symbol]);
    if (bits.bit < 0 || literal + (i64)length > literals) return -1;
    TRY(copy_literals(decoder.literals + literal, length));
    literal += (i64)length;
    TRY(copy_match(resolve_offset(offset_value, length), match));
    if (i + 1 == sequences) break;
    ll_state = ll->cells[ll_state.base + read_backwards(&bits, ll_state.bits)];
    ml_state = ml->cells[ml_state.base + read_backwards(&bits, ml_state.bits)];
    of_state = of->cells[of_state.base + read_backwards(&bits, of_state.bits)];
  }
  if (bits.bit != 0) return -1;
  return copy_literals(decoder.literals + literal, (u64)(literals - literal));
}

static int read_block(const u8 *start, i64 size) {
  i64 literals, used = read_literals(start, size, &literals);
  if (used < 0 || used >= size) return -1;
  const u8 *at = start + used, *end = start + size;
  u32 sequences = *at++;
  if (sequences >= 128) {
    if (end - at < 2) return -1;
    if (sequences < 255) sequences = ((sequences - 128) << 8) + *at++;
    else sequences = 0x7f00u + at[0] + ((u32)at[1] << 8), at += 2;
  }
  if (sequences == 0) return at == end ? copy_literals(decoder.literals, (u64)literals) : -1;
  if (at >= end) return -1;
  int modes = *at++;
  struct {
    FseTable *table;
    const FseKind *kind;
    int mode;
  } tables[3] = {{&decoder.literal_lengths, &LL_KIND, modes >> 6},
                 {&decoder.offsets, &OF_KIND, (modes >> 4) & 3},
                 {&decoder.match_lengths, &ML_KIND, (modes >> 2) & 3}};
  for (int i = 0; i < 3; i++) {
    i64 read = read_sequence_table(tables[i].table, tables[i].mode, tables[i].kind, at, end - at);
    if (read < 0) return -1;
    at += read;
  }
  return run_sequences(sequences, at, end - at, literals);
}

/* ---- XXH64 with seed 0, of which the frame keeps the low half (RFC 8878 §3.1.1) ---- */

#define P1 0x9E3779B185EBCA87ull
#define P2 0xC2B2AE3D27D4EB4Full
#define P3 0x165667B19E3779F9ull
#define P4 0x85EBCA77C2B2AE63ull
#define P5 0x27D4EB2F165667C5ull

static u64 rotate(u64 value, int by) { return (value << by) | (value >> (64 - by)); }
static u64 mix(u64 sum, u64 word) { return rotate(sum + word * P2, 31) * P1; }

static u64 xxh64(const u8 *p, u64 size) {
  const u8 *end = p + size;
  u64 hash = P5;
  if (size >= 32) {
    u64 sums[4] = {P1 + P2, P2, 0, 0 - P1};
    for (; end - p >= 32; p += 32)
      for (int lane = 0; lane < 4; lane++) sums[lane] = mix(sums[lane], load64(p + lane * 8));
    hash = rotate(sums[0], 1) + rotate(sums[1], 7) + rotate(sums[2], 12) + rotate(sums[3], 18);
    for (int lane = 0; lane < 4; lane++) hash = (hash ^ mix(0, sums[lane])) * P1 + P4;
  }
  hash += size;
  for (; end - p >= 8; p += 8) hash = rotate(hash ^ mix(0, load64(p)), 27) * P1 + P4;
  if (end - p >= 4) hash = rotate(hash ^ (load32(p) * P1), 23) * P2 + P3, p += 4;
  for (; p < end; p++) hash = rotate(hash ^ (*p * P5), 11) * P1;
  hash = (hash ^ (hash >> 33)) * P2;
  hash = (hash ^ (hash >> 29)) * P3;
  return hash ^ (hash >> 32);
}

/* ---- frame, RFC 8878 §3.1.1 ---- */

/* Returns the length of the header, or -1. The size of the content is known from elsewhere. */
static i64 read_header(const u8 *start, i64 size) {
  static const u8 CONTENT_SIZES[4] = {0, 2, 4, 8};
  if (size < 5 || load32(start) != MAGIC) return -1;
  int flags = start[4], is_single = (flags >> 5) & 1;
  int has_checksum = flags & 4, has_dictionary = flags & 3;
  if (!has_checksum || has_dictionary) return -1;
  int content = CONTENT_SIZES[flags >> 6];
  return 5 + !is_single + (content == 0 ? is_single : content);
}

int unzstd(const u8 *source, u64 source_size, u8 *target, u64 target_size) {
  const u8 *end = source + source_size;
  i64 header = read_header(source, (i64)source_size);
  if (header < 0) return -1;
  source += header;
  decoder.huffman_bits = 0;
  decoder.literal_lengths.is_ready = decoder.offsets.is_ready = decoder.match_lengths.is_ready = 0;
  decoder.recent[0] = 1, decoder.recent[1] = 4, decoder.recent[2] = 8;
  decoder.out = decoder.out_start = target;
  decoder.out_end = target + target_size;
  for (int is_last = 0; !is_last;) {
    if (end - source < 3) return -1;
    u32 head = source[0] | (u32)source[1] << 8 | (u32)source[2] << 16;
    i64 size = head >> 3, stored = ((head >> 1) & 3) == 1 ? 1 : size;
    is_last = head & 1;
    source += 3;
    if (stored > end - source) return -1;
    switch ((head >> 1) & 3) {
      case 0:
        TRY(copy_literals(source, (u64)size));
        break;
      case 1:
        if (size > decoder.out_end - decoder.out) return -1;
        __builtin_memset(decoder.out, source[0], (u64)size);
        decoder.out += size;
        break;
      case 2:
        TRY(read_block(source, size));
        break;
      default:
        return -1;
    }
    source += stored;
  }
  if (decoder.out != decoder.out_end || end - source != 4) return -1;
  return load32(source) == (u32)xxh64(target, target_size) ? 0 : -1;
}
