// Scans of rows of bits, eight rows side by side in 64-bit lanes: no sum crosses lanes.

enum {
  nt_scan_lanes = sizeof(nt_scan_register) / 8,  // 64-bit lanes of a register
  nt_scan_parts = 8 / nt_scan_lanes,             // registers that the words of a group fill
  nt_scan_ahead = 512,                           // how many words before its use memory is asked for
};

/// out[j · ldo + i] for `count` queries and the rows of `groups` groups.
#define NT_TILE(name, operation, count, groups)                                                                      \
  static void name(const uint64_t *queries, size_t words, const uint64_t *rows, int32_t *out,  \
                   size_t ldo) {                                                                                    \
    enum { parts = groups * nt_scan_parts };                                                                        \
    nt_scan_register sum[count][parts];                                                                             \
    _Pragma("unroll") for (size_t j = 0; j < count; j++)                                                            \
      _Pragma("unroll") for (size_t i = 0; i < parts; i++) sum[j][i] = nt_scan_zero();                              \
    for (size_t word = 0; word < words; word++) {                                                                   \
      nt_scan_register row[parts];                                                                                  \
      _Pragma("unroll") for (size_t i = 0; i < parts; i++)                                                          \
        row[i] = nt_scan_load(rows + 8 * (i / nt_scan_parts * words + word) + i % nt_scan_parts * nt_scan_lanes);   \
      if (count == 1) nt_prefetch(rows + 8 * word + nt_scan_ahead);                                                 \
      _Pragma("unroll") for (size_t j = 0; j < count; j++) {                                                        \
        const nt_scan_register query = nt_scan_splat_u64(queries[j * words + word]);                                \
        _Pragma("unroll") for (size_t i = 0; i < parts; i++)                                                        \
          sum[j][i] = nt_scan_count(sum[j][i], operation(row[i], query));                                           \
      }                                                                                                             \
    }                                                                                                               \
    _Pragma("unroll") for (size_t j = 0; j < count; j++)                                                            \
      _Pragma("unroll") for (size_t i = 0; i < parts; i++)                                                          \
        nt_scan_store_counts(out + j * ldo + i * nt_scan_lanes, sum[j][i]);                                         \
  }

#define NT_SCAN_BITS(name, operation)                                                                               \
  NT_TILE(nt_scan_##name##_one, operation, 1, 1)                                                                    \
  NT_TILE(nt_scan_##name##_many, operation, NT_SCAN_BIT_QUERIES, NT_SCAN_BIT_GROUPS)                                \
  static void nt_scan_##name(const uint64_t *queries, size_t q, const uint64_t *rows, size_t groups, size_t words,  \
                             int32_t *out, size_t ldo) {                                                            \
    for (size_t group = 0; group < groups;) {                                                                       \
      const bool many = q >= NT_SCAN_BIT_QUERIES && groups - group >= NT_SCAN_BIT_GROUPS;                           \
      const size_t some = many ? NT_SCAN_BIT_GROUPS : 1;                                                            \
      size_t j = 0;                                                                                                 \
      for (; many && j + NT_SCAN_BIT_QUERIES <= q; j += NT_SCAN_BIT_QUERIES)                                        \
        nt_scan_##name##_many(queries + j * words, words, rows, out + j * ldo, ldo);                                \
      for (; j < q; j++)                                                                                            \
        for (size_t i = 0; i < some; i++)                                                                           \
          nt_scan_##name##_one(queries + j * words, words, rows + 8 * words * i, out + j * ldo + 8 * i, ldo);       \
      group += some, rows += 8 * words * some, out += 8 * some;                                                     \
    }                                                                                                               \
  }

NT_SCAN_BITS(differing, nt_scan_xor)
NT_SCAN_BITS(common, nt_scan_and)

#undef NT_SCAN_BITS
#undef NT_TILE
