// int8 as bytes: vpdpbusd multiplies unsigned by signed, so the codes of rows are shifted by 128 and the sums start
// with the codes of the weights, times −128.

#define NT_INT8_ROWS 6  // 6 × 2 sums, 2 weights and the factor of 16 registers

enum { nt_int8_unit = 4, nt_int8_weight_unit = 4, nt_int8_group = 4, nt_int8_vectors = 2, nt_int8_shift = 128 };

typedef __m256i nt_int8_sum;
typedef __m256i nt_int8_weight;

static inline nt_int8_sum nt_int8_load_sum(const float *p) { return _mm256_loadu_si256((const __m256i *)p); }
static inline void nt_int8_store_sum(float *p, nt_int8_sum sum) { _mm256_storeu_si256((__m256i *)p, sum); }
static inline nt_vector nt_int8_value(nt_int8_sum sum) { return _mm256_cvtepi32_ps(sum); }

static inline void nt_int8_load(const char *p, nt_int8_weight weight[nt_int8_vectors]) {
  weight[0] = _mm256_load_si256((const __m256i *)p);
  weight[1] = _mm256_load_si256((const __m256i *)p + 1);
}
static inline nt_int8_weight nt_int8_factor(const char *p) {
  int32_t word;
  memcpy(&word, p, sizeof word);
  return _mm256_set1_epi32(word);
}
static inline nt_int8_sum nt_int8_dot(nt_int8_sum sum, nt_int8_weight factor, nt_int8_weight weight) {
  return _mm256_dpbusd_avx_epi32(sum, factor, weight);
}

static inline __m128i nt_int8_bytes(nt_vector scaled) {
  const __m256i codes = _mm256_cvtps_epi32(scaled);
  const __m128i pairs = _mm_packs_epi32(_mm256_castsi256_si128(codes), _mm256_extracti128_si256(codes, 1));
  return _mm_packs_epi16(pairs, pairs);
}
static inline void nt_int8_row_words(nt_vector scaled, char *words) {
  _mm_storel_epi64((__m128i *)words, _mm_xor_si128(nt_int8_bytes(scaled), _mm_set1_epi8(-128)));
}
static inline void nt_int8_weight_words(nt_vector scaled, char *words) {
  _mm_storel_epi64((__m128i *)words, nt_int8_bytes(scaled));
}
