// What both x86 instruction sets share: prefetching, and turning a square of eight by eight floats.

static inline void nt_prefetch(const void *p) { _mm_prefetch((const char *)p, _MM_HINT_T0); }

/// to[column][row] = factor · from[row][column] for a square of side `nt_block`; from `rows` on, the last row again.
static inline __attribute__((always_inline)) void nt_transpose_scaled(const float *from, size_t ld_from, size_t rows,
                                                                      float *to, size_t ld_to, float factor) {
  __m256 r[8], t[8];
  for (size_t i = 0; i < 4; i++) {  // rows i and i + 4 share a register, so that no later step crosses its halves
    const float *low = from + (i < rows ? i : rows - 1) * ld_from;
    const float *high = from + (i + 4 < rows ? i + 4 : rows - 1) * ld_from;
    for (size_t half = 0; half < 2; half++) {
      const __m256 both = _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(low + 4 * half)),
                                               _mm_loadu_ps(high + 4 * half), 1);
      r[i + 4 * half] = both * _mm256_set1_ps(factor);
    }
  }
  for (int half = 0; half < 8; half += 4) {
    t[half] = _mm256_unpacklo_ps(r[half], r[half + 1]);
    t[half + 1] = _mm256_unpackhi_ps(r[half], r[half + 1]);
    t[half + 2] = _mm256_unpacklo_ps(r[half + 2], r[half + 3]);
    t[half + 3] = _mm256_unpackhi_ps(r[half + 2], r[half + 3]);
    _mm256_storeu_ps(to + (size_t)half * ld_to, _mm256_shuffle_ps(t[half], t[half + 2], 0x44));
    _mm256_storeu_ps(to + (size_t)(half + 1) * ld_to, _mm256_shuffle_ps(t[half], t[half + 2], 0xee));
    _mm256_storeu_ps(to + (size_t)(half + 2) * ld_to, _mm256_shuffle_ps(t[half + 1], t[half + 3], 0x44));
    _mm256_storeu_ps(to + (size_t)(half + 3) * ld_to, _mm256_shuffle_ps(t[half + 1], t[half + 3], 0xee));
  }
}

/// to[column][row] = from[row][column] for a square of side `nt_block`.
static inline void nt_transpose(const float *from, size_t ld_from, float *to, size_t ld_to) {
  nt_transpose_scaled(from, ld_from, nt_block, to, ld_to, 1.0f);
}
