// Scans of bytes for many queries: some rows are turned so that each has a lane, and no sum crosses lanes.

enum {
  nt_turned_lanes = sizeof(nt_scan_register) / 4,  // rows of a register
  nt_turned_rows = 2 * nt_turned_lanes,            // rows that are turned together
  nt_turned_bytes = 2048,                          // bytes of a row that are turned at most
  nt_turned_queries = 16,                          // fewer are not worth it
};

static inline nt_scan_register nt_turned_word(const int8_t *p) {
  int32_t word;
  memcpy(&word, p, sizeof word);
  return nt_scan_splat_i32(word);
}

/// Sums for `count` queries and the turned rows [steps, nt_turned_rows] of four bytes.
#define NT_TILE(name, suffix, count, prepared, prepare, grow)                                                               \
  static void name##_##suffix(const int8_t *queries, size_t ldq, const char *turned, size_t steps,                  \
                             const int32_t *totals, int32_t factor, int32_t shift, int32_t *out, size_t ldo) {      \
    typedef int32_t nt_whole __attribute__((vector_size(sizeof(nt_scan_register))));                                \
    nt_scan_register sum[count][2];                                                                                 \
    _Pragma("unroll") for (size_t j = 0; j < count; j++)                                                            \
      _Pragma("unroll") for (size_t i = 0; i < 2; i++) sum[j][i] = nt_scan_zero();                                  \
    for (size_t step = 0; step < steps; step++, turned += 4 * nt_turned_rows) {                                     \
      const prepared row[2] = {prepare(nt_scan_load(turned)), prepare(nt_scan_load(turned + 4 * nt_turned_lanes))}; \
      _Pragma("unroll") for (size_t j = 0; j < count; j++) {                                                        \
        const int8_t *query = queries + j * ldq + 4 * step;                                                         \
        _Pragma("unroll") for (size_t i = 0; i < 2; i++) sum[j][i] = grow(sum[j][i], row[i], query);                \
      }                                                                                                             \
    }                                                                                                               \
    _Pragma("unroll") for (size_t j = 0; j < count; j++) {                                                          \
      _Pragma("unroll") for (size_t i = 0; i < 2; i++) {                                                            \
        const nt_whole whole = (nt_whole)sum[j][i] * factor + shift * totals[j];                                    \
        memcpy(out + j * ldo + i * nt_turned_lanes, &whole, sizeof whole);                                          \
      }                                                                                                             \
    }                                                                                                               \
  }

/// Scans whole panels of rows; returns how many rows that were.
#define NT_TURNED(name, width, prepared, prepare, grow, factor, shift)                                              \
  NT_TILE(name, one, 1, prepared, prepare, grow)                                                                         \
  NT_TILE(name, many, NT_SCAN_MANY, prepared, prepare, grow)                                                              \
  static size_t name(const int8_t *queries, size_t q, const uint8_t *rows, size_t m, size_t bytes,                  \
                     const int32_t *totals, int32_t *out, size_t ldo) {                                             \
    if (q < nt_turned_queries || bytes > nt_turned_bytes || bytes % 4 != 0) return 0;                               \
    char turned[nt_turned_rows * nt_turned_bytes] __attribute__((aligned(64)));                                     \
    size_t row = 0;                                                                                                 \
    for (; row + nt_turned_rows <= m; row += nt_turned_rows, rows += nt_turned_rows * bytes) {                      \
      nt_narrow_turn((const float *)(const void *)rows, bytes / 4, nt_turned_rows, bytes / 4, 4, turned);           \
      size_t j = 0;                                                                                                 \
      for (; j + NT_SCAN_MANY <= q; j += NT_SCAN_MANY)                                                              \
        name##_many(queries + j * width, width, turned, bytes / 4, totals + j, factor, shift,              \
                             out + j * ldo + row, ldo);                                                             \
      for (; j < q; j++)                                                                                            \
        name##_one(queries + j * width, width, turned, bytes / 4, totals + j, factor, shift, out + j * ldo + row, ldo); \
    }                                                                                                               \
    return row;                                                                                                     \
  }

#define nt_turned_grow_i8(sum, row, query) nt_scan_dot(sum, row, nt_turned_word(query))
NT_TURNED(nt_turned_i8, bytes, nt_scan_register, nt_scan_codes, nt_turned_grow_i8, 1, -nt_scan_excess)

#define nt_turned_grow_i4(sum, row, query) \
  nt_scan_dot_nibbles(sum, (row).low, (row).high, nt_turned_word(query), nt_turned_word((query) + 4 * steps))
NT_TURNED(nt_turned_i4, 2 * bytes, nt_scan_pair, nt_scan_nibbles, nt_turned_grow_i4, 2, -15)

#undef NT_TILE
#undef NT_TURNED
#undef nt_turned_grow_i8
#undef nt_turned_grow_i4
