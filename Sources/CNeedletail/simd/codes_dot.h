// Dot products of a query of signed bytes with four rows of 4-bit codes, in the registers of scans.

typedef struct {
  nt_scan_register sum[4];
} nt_nibble_sums;

/// Adds the products of a register of each row. `first` goes with the low halves of its bytes, `second` with the high ones.
static inline void nt_nibble_grow(nt_nibble_sums *sums, const nt_scan_register rows[4], nt_scan_register first,
                                  nt_scan_register second) {
  _Pragma("unroll") for (size_t i = 0; i < 4; i++)
    sums->sum[i] = nt_scan_dot_nibbles(sums->sum[i], nt_scan_low(rows[i]), nt_scan_high(rows[i]), first, second);
}

/// out[i] = Σ code · query over d features of rows[i], a row of a plane; d is a multiple of 64.
static inline void nt_nibble_dots(const uint8_t *const rows[4], const int8_t *query, size_t d, int32_t out[4]) {
  nt_nibble_sums sums;
  _Pragma("unroll") for (size_t i = 0; i < 4; i++) sums.sum[i] = nt_scan_zero();
  const uint8_t *const row0 = rows[0], *const row1 = rows[1], *const row2 = rows[2], *const row3 = rows[3];
  size_t at = 0;
  for (; d - 2 * at >= 128;) {
    const int8_t *asked = query + 2 * at;
    _Pragma("unroll") for (size_t j = 0; j < 64; j += nt_scan_bytes, at += nt_scan_bytes) {
      const nt_scan_register four[4] = {nt_scan_load(row0 + at), nt_scan_load(row1 + at), nt_scan_load(row2 + at),
                                        nt_scan_load(row3 + at)};
      nt_nibble_grow(&sums, four, nt_scan_load(asked + j), nt_scan_load(asked + 64 + j));
    }
  }
  if (2 * at < d) {
    // 64 features that are left over fill 32 bytes.
    enum { step = nt_scan_bytes < 32 ? nt_scan_bytes : 32 };
    const int8_t *asked = query + 2 * at;
    for (size_t j = 0; j < 32; j += step, at += step) {
      const nt_scan_register four[4] = {nt_scan_load_part(row0 + at, step), nt_scan_load_part(row1 + at, step),
                                        nt_scan_load_part(row2 + at, step), nt_scan_load_part(row3 + at, step)};
      nt_nibble_grow(&sums, four, nt_scan_load_part(asked + j, step), nt_scan_load_part(asked + 32 + j, step));
    }
  }
  nt_scan_four_i32(sums.sum, out);
}
