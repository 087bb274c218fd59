// Dot products of a query of signed bytes with 4-bit codes, 256 bits at a time.

#ifdef NT_VNNI
static inline __m256i nt_code_products(__m256i sum, __m256i codes, __m256i query) {
  return _mm256_dpbusd_avx_epi32(sum, codes, query);
}
#else
// Two products are at most 15 · 128 · 2 in size, far below 2¹⁵: their sum never saturates.
static inline __m256i nt_code_products(__m256i sum, __m256i codes, __m256i query) {
  const __m256i pairs = _mm256_maddubs_epi16(codes, query);
  return _mm256_add_epi32(sum, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
}
#endif

/// Σ code · query over d features of a plane; d is a multiple of 64.
static inline int32_t nt_nibble_dot(const uint8_t *plane, const int8_t *query, size_t d) {
  const __m256i mask = _mm256_set1_epi8(15);
  __m256i low = _mm256_setzero_si256(), high = _mm256_setzero_si256();
  for (size_t i = 0; i < d;) {
    // A piece of 64 bytes has its high halves 64 features on, the last one of 32 bytes 32 features on.
    const size_t width = d - i < 128 ? 32 : 64;
    for (size_t j = 0; j < width; j += 32, plane += 32) {
      const __m256i pair = _mm256_loadu_si256((const __m256i *)plane);
      low = nt_code_products(low, _mm256_and_si256(pair, mask), _mm256_loadu_si256((const __m256i *)(query + i + j)));
      high = nt_code_products(high, _mm256_and_si256(_mm256_srli_epi16(pair, 4), mask),
                              _mm256_loadu_si256((const __m256i *)(query + i + width + j)));
    }
    i += 2 * width;
  }
  const __m256i sum = _mm256_add_epi32(low, high);
  __m128i four = _mm_add_epi32(_mm256_castsi256_si128(sum), _mm256_extracti128_si256(sum, 1));
  four = _mm_add_epi32(four, _mm_shuffle_epi32(four, 0x4e));
  four = _mm_add_epi32(four, _mm_shuffle_epi32(four, 0xb1));
  return _mm_cvtsi128_si32(four);
}
