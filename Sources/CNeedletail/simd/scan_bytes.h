// Scans of rows of 8-bit and of 4-bit codes: exact sums of whole numbers.

typedef struct {
  nt_scan_register low, high;
} nt_scan_pair;

static inline nt_scan_pair nt_scan_nibbles(nt_scan_register row) {
  return (nt_scan_pair){nt_scan_low(row), nt_scan_high(row)};
}

/// The codes of rows are multiplied with 128 added where the instruction wants them unsigned.
static inline void nt_scan_finish_i8(const nt_scan_register sum[4], int32_t total, int32_t out[4]) {
  nt_scan_four_i32(sum, out);
  for (size_t i = 0; i < 4; i++) out[i] -= nt_scan_excess * total;
}
/// Codes stand for odd numbers from −15 to 15: 2 · code − 15.
static inline void nt_scan_finish_i4(const nt_scan_register sum[4], int32_t total, int32_t out[4]) {
  nt_scan_four_i32(sum, out);
  for (size_t i = 0; i < 4; i++) out[i] = 2 * out[i] - 15 * total;
}

#define NT_S_QUERY int8_t
#define NT_S_RESULT int32_t
#define NT_S_STEP nt_scan_bytes
#define NT_S_SUM nt_scan_register
#define NT_S_ZERO nt_scan_zero()

#define NT_S(name) nt_scan_dot_i8_##name
#define NT_S_ROW uint8_t
#define NT_S_LOADED nt_scan_register
#define NT_S_ASKED nt_scan_register
#define NT_S_LOAD(p) nt_scan_codes(nt_scan_load(p))
#define NT_S_LOAD_PART(p, count) nt_scan_codes(nt_scan_load_part(p, count))
#define NT_S_ASK(p, d) nt_scan_load(p)
#define NT_S_ASK_PART(p, count, d) nt_scan_load_part(p, count)
#define NT_S_GROW(sum, a, b) nt_scan_dot(sum, a, b)
#define NT_S_FINISH nt_scan_finish_i8
#include "scan_tile.h"
#undef NT_S_LOADED
#undef NT_S_ASKED
#undef NT_S_ASK
#undef NT_S_ASK_PART
#undef NT_S_FINISH

#define NT_S(name) nt_scan_dot_i4_##name
#define NT_S_ROW uint8_t
#define NT_S_LOADED nt_scan_pair
#define NT_S_ASKED nt_scan_pair
#define NT_S_LOAD(p) nt_scan_nibbles(nt_scan_load(p))
#define NT_S_LOAD_PART(p, count) nt_scan_nibbles(nt_scan_load_part(p, count))
#define NT_S_ASK(p, d) ((nt_scan_pair){nt_scan_load(p), nt_scan_load((p) + (d))})
#define NT_S_ASK_PART(p, count, d) ((nt_scan_pair){nt_scan_load_part(p, count), nt_scan_load_part((p) + (d), count)})
#define NT_S_GROW(sum, a, b) nt_scan_dot_nibbles(sum, (a).low, (a).high, (b).low, (b).high)
#define NT_S_FINISH nt_scan_finish_i4
#include "scan_tile.h"
#undef NT_S_LOADED
#undef NT_S_ASKED
#undef NT_S_ASK
#undef NT_S_ASK_PART
#undef NT_S_FINISH

#undef NT_S_QUERY
#undef NT_S_RESULT
#undef NT_S_STEP
#undef NT_S_SUM
#undef NT_S_ZERO

#include "scan_turned.h"

static void nt_scan_dot_i8(const int8_t *queries, size_t q, const uint8_t *rows, size_t m, size_t bytes,
                           const int32_t *totals, int32_t *out, size_t ldo) {
  const size_t done = nt_turned_i8(queries, q, rows, m, bytes, totals, out, ldo);
  nt_scan_dot_i8_rows(queries, bytes, q, rows + done * bytes, bytes, m - done, bytes, totals, out + done, ldo);
}
static void nt_scan_dot_i4(const int8_t *queries, size_t q, const uint8_t *rows, size_t m, size_t bytes,
                           const int32_t *totals, int32_t *out, size_t ldo) {
  const size_t done = nt_turned_i4(queries, q, rows, m, bytes, totals, out, ldo);
  nt_scan_dot_i4_rows(queries, 2 * bytes, q, rows + done * bytes, bytes, m - done, bytes, totals, out + done, ldo);
}
