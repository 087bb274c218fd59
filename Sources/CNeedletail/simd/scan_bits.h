// Scans of rows of bits, eight rows side by side in 64-bit lanes: no sum crosses lanes.

enum {
  nt_scan_lanes = sizeof(nt_scan_register) / 8,  // 64-bit lanes of a register
  nt_scan_parts = 8 / nt_scan_lanes,             // registers that the words of a group fill
  nt_scan_ahead = 8192,                          // how many bytes before their use words are asked for
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
      const char *soon = (const char *)(rows + 8 * groups * word) + nt_scan_ahead;                                  \
      _Pragma("unroll") for (size_t i = 0; count == 1 && i < groups; i++) nt_prefetch(soon + 64 * i);               \
      _Pragma("unroll") for (size_t j = 0; j < count; j++) {                                                        \
        const nt_scan_register query = nt_scan_splat_u64(queries[j * words + word]);                                \
        _Pragma("unroll") for (size_t i = 0; i < parts; i++)                                                        \
          sum[j][i] = nt_scan_count(sum[j][i], operation(row[i], query));                                           \
      }                                                                                                             \
    }                                                                                                               \
    _Pragma("unroll") for (size_t j = 0; j < count; j++)                                                            \
      _Pragma("unroll") for (size_t i = 0; i < parts; i += 2)                                                       \
        nt_scan_store_counts(out + j * ldo + i * nt_scan_lanes, sum[j][i], sum[j][i + 1]);                          \
  }

#define NT_SCAN_BITS(name, operation)                                                                               \
  NT_TILE(nt_scan_##name##_one, operation, 1, NT_SCAN_BIT_GROUPS)                                                   \
  NT_TILE(nt_scan_##name##_few, operation, 1, 2 * NT_SCAN_BIT_GROUPS)                                               \
  NT_TILE(nt_scan_##name##_many, operation, NT_SCAN_BIT_QUERIES, NT_SCAN_BIT_GROUPS)                                \
  static void nt_scan_##name(const uint64_t *queries, size_t q, const uint64_t *rows, size_t groups, size_t words,  \
                             int32_t *out, size_t ldo) {                                                            \
    enum { step = NT_SCAN_BIT_GROUPS };                                                                             \
    size_t group = 0;                                                                                               \
    for (; q == 1 && group + 2 * step <= groups; group += 2 * step)                                                 \
      nt_scan_##name##_few(queries, words, rows + 8 * words * group, out + 8 * group, ldo);                         \
    for (; group + step <= groups; group += step) {                                                                 \
      const uint64_t *some = rows + 8 * words * group;                                                              \
      size_t j = 0;                                                                                                 \
      for (; j + NT_SCAN_BIT_QUERIES <= q; j += NT_SCAN_BIT_QUERIES)                                                \
        nt_scan_##name##_many(queries + j * words, words, some, out + j * ldo + 8 * group, ldo);                    \
      for (; j < q; j++) nt_scan_##name##_one(queries + j * words, words, some, out + j * ldo + 8 * group, ldo);    \
    }                                                                                                               \
    for (; group < groups; group++)                                                                                 \
      for (size_t j = 0; j < q; j++)                                                                                \
        nt_scan_last(queries + j * words, words, rows + 8 * words * group, nt_scan_##name##_bits,                   \
                     out + j * ldo + 8 * group);                                                                    \
  }

static inline nt_scan_register nt_scan_differing_bits(nt_scan_register row, nt_scan_register query) {
  return nt_scan_xor(row, query);
}
static inline nt_scan_register nt_scan_common_bits(nt_scan_register row, nt_scan_register query) {
  return nt_scan_and(row, query);
}

/// The scores of a group that has no other beside it.
static inline void nt_scan_last(const uint64_t *query, size_t words, const uint64_t *group,
                                nt_scan_register (*operation)(nt_scan_register, nt_scan_register), int32_t out[8]) {
  for (size_t i = 0; i < 8; i += nt_scan_lanes) {
    nt_scan_register sum = nt_scan_zero();
    for (size_t word = 0; word < words; word++) {
      const nt_scan_register row = nt_scan_load(group + 8 * word + i);
      sum = nt_scan_count(sum, operation(row, nt_scan_splat_u64(query[word])));
    }
    uint64_t counts[nt_scan_lanes];
    memcpy(counts, &sum, sizeof counts);
    for (size_t lane = 0; lane < nt_scan_lanes; lane++) out[i + lane] = (int32_t)counts[lane];
  }
}

NT_SCAN_BITS(differing, nt_scan_xor)
NT_SCAN_BITS(common, nt_scan_and)

#undef NT_SCAN_BITS
#undef NT_TILE
