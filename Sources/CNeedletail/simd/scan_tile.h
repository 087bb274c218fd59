// A scan of one kind of rows: some queries times four rows, all sums in registers, each a chain over the values in
// order, so that no score depends on what is computed beside it. Whoever includes this has defined
//
//   NT_S(name)            the name of this scan's functions
//   NT_S_ROW, NT_S_QUERY  the types of what rows and queries consist of, NT_S_RESULT that of scores
//   NT_S_STEP             how many of them a step takes
//   NT_S_LOAD(p)          a step of a row, an NT_S_LOADED; NT_S_LOAD_PART(p, count) has the first `count`, then zeros
//   NT_S_ASK(p, d)        a step of a query, an NT_S_ASKED; NT_S_ASK_PART(p, count, d)
//   NT_S_SUM, NT_S_ZERO   sums of many lanes, and their start
//   NT_S_GROW(sum, a, b)  a step more
//   NT_S_FINISH           (sum[4], total of the query, out[4]): the scores of four rows

enum {
  NT_S(panel) = 16,    // rows that stay in the first-level cache while the queries pass
  NT_S(ahead) = 8192,  // how many bytes before their use rows are asked for, one after another as memory likes it
};

/// out[j · ldo + i] for `count` queries and the `left` ≤ 4 rows that start at rows[0], rows[1] … Memory `ahead` bytes after
/// that of the rows, if they lie one after another, is asked for.
#define NT_TILE(count)                                                                                              \
  static void NT_S(tile_##count)(const NT_S_QUERY *queries, size_t ldq, const NT_S_ROW *const rows[4], size_t d,    \
                                 const int32_t *totals, NT_S_RESULT *out, size_t ldo, size_t left, size_t ahead) {  \
    const NT_S_ROW *const row0 = rows[0], *const row1 = rows[1], *const row2 = rows[2], *const row3 = rows[3];      \
    NT_S_SUM sum[count][4];                                                                                         \
    _Pragma("unroll") for (size_t j = 0; j < count; j++)                                                            \
      _Pragma("unroll") for (size_t i = 0; i < 4; i++) sum[j][i] = NT_S_ZERO;                                       \
    size_t at = 0;                                                                                                  \
    for (; at + NT_S_STEP <= d; at += NT_S_STEP) {                                                                  \
      const char *soon = (const char *)(row0 + 4 * at) + ahead;                                                     \
      _Pragma("unroll") for (size_t i = 0; i < 4 * NT_S_STEP * sizeof(NT_S_ROW); i += 64) nt_prefetch(soon + i);      \
      const NT_S_LOADED row[4] = {NT_S_LOAD(row0 + at), NT_S_LOAD(row1 + at), NT_S_LOAD(row2 + at),                 \
                                  NT_S_LOAD(row3 + at)};                                                            \
      _Pragma("unroll") for (size_t j = 0; j < count; j++) {                                                        \
        const NT_S_ASKED query = NT_S_ASK(queries + j * ldq + at, d);                                               \
        _Pragma("unroll") for (size_t i = 0; i < 4; i++) sum[j][i] = NT_S_GROW(sum[j][i], row[i], query);           \
      }                                                                                                             \
    }                                                                                                               \
    if (at < d) {                                                                                                   \
      const size_t some = d - at;                                                                                   \
      const NT_S_LOADED row[4] = {NT_S_LOAD_PART(row0 + at, some), NT_S_LOAD_PART(row1 + at, some),                 \
                                  NT_S_LOAD_PART(row2 + at, some), NT_S_LOAD_PART(row3 + at, some)};                \
      _Pragma("unroll") for (size_t j = 0; j < count; j++) {                                                        \
        const NT_S_ASKED query = NT_S_ASK_PART(queries + j * ldq + at, some, d);                                    \
        _Pragma("unroll") for (size_t i = 0; i < 4; i++) sum[j][i] = NT_S_GROW(sum[j][i], row[i], query);           \
      }                                                                                                             \
    }                                                                                                               \
    _Pragma("unroll") for (size_t j = 0; j < count; j++) {                                                          \
      NT_S_RESULT four[4];                                                                                          \
      NT_S_FINISH(sum[j], totals == NULL ? 0 : totals[j], four);                                                    \
      if (left == 4) {                                                                                              \
        memcpy(out + j * ldo, four, sizeof four);                                                                   \
      } else {                                                                                                      \
        memcpy(out + j * ldo, four, left * sizeof *four);                                                           \
      }                                                                                                             \
    }                                                                                                               \
  }

NT_TILE(1) NT_TILE(2)
#if NT_SCAN_QUERIES > 2
NT_TILE(3) NT_TILE(4)
#endif

#undef NT_TILE

static void NT_S(rows)(const NT_S_QUERY *queries, size_t ldq, size_t q, const NT_S_ROW *rows, size_t ldr, size_t m,
                       size_t d, const int32_t *totals, NT_S_RESULT *out, size_t ldo) {
  for (size_t first = 0; first < m; first += NT_S(panel)) {
    const size_t end = m - first < NT_S(panel) ? m : first + NT_S(panel);
    for (size_t j = 0; j < q; j += NT_SCAN_QUERIES) {
      const size_t some = q - j < NT_SCAN_QUERIES ? q - j : NT_SCAN_QUERIES;
      const NT_S_QUERY *asked = queries + j * ldq;
      const int32_t *their = totals == NULL ? NULL : totals + j;
      for (size_t row = first; row < end; row += 4) {
        const size_t left = end - row < 4 ? end - row : 4;
        const NT_S_ROW *four[4];
        for (size_t i = 0; i < 4; i++) four[i] = rows + (row + (i < left ? i : left - 1)) * ldr;
        NT_S_RESULT *to = out + j * ldo + row;
        const size_t ahead = (m - row) * ldr * sizeof(NT_S_ROW) > NT_S(ahead) ? NT_S(ahead) : 0;
        switch (some) {
          case 1: NT_S(tile_1)(asked, ldq, four, d, their, to, ldo, left, ahead); break;
          case 2: NT_S(tile_2)(asked, ldq, four, d, their, to, ldo, left, ahead); break;
#if NT_SCAN_QUERIES > 2
          case 3: NT_S(tile_3)(asked, ldq, four, d, their, to, ldo, left, ahead); break;
          default: NT_S(tile_4)(asked, ldq, four, d, their, to, ldo, left, ahead); break;
#endif
        }
      }
    }
  }
}

#undef NT_S
#undef NT_S_ROW
#undef NT_S_LOAD
#undef NT_S_LOAD_PART
#undef NT_S_GROW
