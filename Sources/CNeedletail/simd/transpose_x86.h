// What both x86 instruction sets share: prefetching, and turning a square of eight by eight floats.

static inline void nt_prefetch(const void *p) { _mm_prefetch((const char *)p, _MM_HINT_T0); }

/// to[column][row] = from[row][column] for a square of side `nt_block`.
static inline void nt_transpose(const float *from, size_t ld_from, float *to, size_t ld_to) {
  __m256 r[8], t[8];
  for (int i = 0; i < 4; i++) {  // rows i and i + 4 share a register, so that no later step crosses its halves
    for (int half = 0; half < 2; half++) {
      r[i + 4 * half] = _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(from + (size_t)i * ld_from + 4 * half)),
                                             _mm_loadu_ps(from + (size_t)(i + 4) * ld_from + 4 * half), 1);
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
