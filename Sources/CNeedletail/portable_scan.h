// The plain twins of scans.

static float nt_scan_pair_portable(const float *query, const float *row, const uint16_t *halves, bool apart, size_t d) {
  double sum = 0;
  for (size_t i = 0; i < d; i++) {
    const double x = (double)(row != NULL ? row[i] : nt_bits_to_float((uint32_t)halves[i] << 16)), y = (double)query[i];
    sum += apart ? (y - x) * (y - x) : y * x;
  }
  return (float)sum;
}

#define NT_SCAN(name, value, apart, row, half)                                                                       \
  static void name(const float *queries, size_t ldq, size_t q, const value *rows, size_t ldr, size_t m, size_t d,    \
                   float *out, size_t ldo) {                                                                         \
    for (size_t j = 0; j < q; j++) {                                                                                 \
      for (size_t i = 0; i < m; i++) {                                                                               \
        const value *at = rows + i * ldr;                                                                            \
        out[j * ldo + i] = nt_scan_pair_portable(queries + j * ldq, row, half, apart, d);                            \
      }                                                                                                              \
    }                                                                                                                \
  }

NT_SCAN(nt_scan_dot_f32_portable, float, false, at, NULL)
NT_SCAN(nt_scan_distance_f32_portable, float, true, at, NULL)
NT_SCAN(nt_scan_dot_bf16_portable, uint16_t, false, NULL, at)
NT_SCAN(nt_scan_distance_bf16_portable, uint16_t, true, NULL, at)

#undef NT_SCAN

static void nt_scan_dot_i8_portable(const int8_t *queries, size_t q, const uint8_t *rows, size_t m, size_t bytes,
                                    const int32_t *totals, int32_t *out, size_t ldo) {
  (void)totals;
  for (size_t j = 0; j < q; j++) {
    for (size_t i = 0; i < m; i++) {
      int32_t sum = 0;
      for (size_t k = 0; k < bytes; k++) sum += queries[j * bytes + k] * (rows[i * bytes + k] - 128);
      out[j * ldo + i] = sum;
    }
  }
}

static void nt_scan_dot_i4_portable(const int8_t *queries, size_t q, const uint8_t *rows, size_t m, size_t bytes,
                                    const int32_t *totals, int32_t *out, size_t ldo) {
  (void)totals;
  for (size_t j = 0; j < q; j++) {
    for (size_t i = 0; i < m; i++) {
      int32_t sum = 0;
      for (size_t k = 0; k < bytes; k++) {
        const uint8_t pair = rows[i * bytes + k];
        sum += queries[2 * j * bytes + k] * (2 * (pair & 15) - 15);
        sum += queries[(2 * j + 1) * bytes + k] * (2 * (pair >> 4) - 15);
      }
      out[j * ldo + i] = sum;
    }
  }
}

#define NT_SCAN(name, operation)                                                                                     \
  static void name(const uint64_t *queries, size_t q, const uint64_t *rows, size_t groups, size_t words,             \
                   int32_t *out, size_t ldo) {                                                                       \
    for (size_t j = 0; j < q; j++) {                                                                                 \
      for (size_t i = 0; i < 8 * groups; i++) {                                                                      \
        int32_t sum = 0;                                                                                             \
        for (size_t word = 0; word < words; word++) {                                                                \
          sum += __builtin_popcountll(queries[j * words + word] operation rows[(i / 8 * words + word) * 8 + i % 8]); \
        }                                                                                                            \
        out[j * ldo + i] = sum;                                                                                      \
      }                                                                                                              \
    }                                                                                                                \
  }

NT_SCAN(nt_scan_differing_portable, ^)
NT_SCAN(nt_scan_common_portable, &)

#undef NT_SCAN

#define NT_PICK(name, value)                                                                                          \
  static size_t name(const value *sums, size_t m, float factor, float shift, const float *scales,                    \
                     const float *offsets, float threshold, const uint64_t *allowed, uint32_t *indexes,              \
                     float *scores) {                                                                                \
    size_t count = 0;                                                                                                \
    for (size_t i = 0; i < m; i++) {                                                                                 \
      float score = __builtin_fmaf((float)sums[i], factor, shift);                                                   \
      if (scales != NULL) score *= scales[i];                                                                        \
      if (offsets != NULL) score += offsets[i];                                                                      \
      if (score <= threshold || (allowed != NULL && (allowed[i / 64] >> (i % 64) & 1) == 0)) continue;               \
      indexes[count] = (uint32_t)i;                                                                                  \
      scores[count++] = score;                                                                                       \
    }                                                                                                                \
    return count;                                                                                                    \
  }

NT_PICK(nt_scan_pick_f32_portable, float)
NT_PICK(nt_scan_pick_i32_portable, int32_t)

#undef NT_PICK

static uint64_t nt_probe_bits_portable(uint64_t rounds) {
  uint64_t count = 0, ones = ~(uint64_t)0;
  for (; rounds > 0; rounds--) {
    for (int i = 0; i < nt_probe_chains; i++) {
      __asm__ volatile("" : "+m"(ones));
      count += (uint64_t)__builtin_popcountll(ones);
    }
  }
  return count;
}
