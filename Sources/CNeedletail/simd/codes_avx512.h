// Dot products of a query of signed bytes with 4-bit codes, 512 bits at a time.

#ifdef NT_VNNI
static inline __m512i nt_code_products(__m512i sum, __m512i codes, __m512i query) {
  return _mm512_dpbusd_epi32(sum, codes, query);
}
#else
// Two products are at most 15 · 128 · 2 in size, far below 2¹⁵: their sum never saturates.
static inline __m512i nt_code_products(__m512i sum, __m512i codes, __m512i query) {
  const __m512i pairs = _mm512_maddubs_epi16(codes, query);
  return _mm512_add_epi32(sum, _mm512_madd_epi16(pairs, _mm512_set1_epi16(1)));
}
#endif

/// Σ code · query over d features of a plane; d is a multiple of 64.
static inline int32_t nt_nibble_dot(const uint8_t *plane, const int8_t *query, size_t d) {
  const __m512i mask = _mm512_set1_epi8(15);
  __m512i low = _mm512_setzero_si512(), high = _mm512_setzero_si512();
  size_t i = 0;
  for (; i + 128 <= d; i += 128, plane += 64) {
    const __m512i pair = _mm512_loadu_si512(plane);
    low = nt_code_products(low, _mm512_and_si512(pair, mask), _mm512_loadu_si512(query + i));
    high = nt_code_products(high, _mm512_and_si512(_mm512_srli_epi16(pair, 4), mask),
                            _mm512_loadu_si512(query + i + 64));
  }
  if (i < d) {
    const __m256i pair = _mm256_loadu_si256((const __m256i *)plane);
    const __m512i both = _mm512_inserti64x4(_mm512_castsi256_si512(pair), _mm256_srli_epi16(pair, 4), 1);
    low = nt_code_products(low, _mm512_and_si512(both, mask), _mm512_loadu_si512(query + i));
  }
  return _mm512_reduce_add_epi32(_mm512_add_epi32(low, high));
}
