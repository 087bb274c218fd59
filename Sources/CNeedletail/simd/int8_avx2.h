// int8 as pairs of int16, which vpmaddwd multiplies and adds without any saturation. Weights are stored as bytes and
// widened in registers: that costs nothing beside the products, and half the memory is read.

#define NT_INT8_ROWS 6  // 6 × 2 sums, 2 weights, the factor and one product fill the 16 registers

enum { nt_int8_unit = 4, nt_int8_weight_unit = 2, nt_int8_group = 2, nt_int8_vectors = 2, nt_int8_shift = 0 };

typedef __m256i nt_int8_sum;
typedef __m256i nt_int8_weight;

static inline nt_int8_sum nt_int8_load_sum(const float *p) { return _mm256_loadu_si256((const __m256i *)p); }
static inline void nt_int8_store_sum(float *p, nt_int8_sum sum) { _mm256_storeu_si256((__m256i *)p, sum); }
static inline nt_vector nt_int8_value(nt_int8_sum sum) { return _mm256_cvtepi32_ps(sum); }

static inline void nt_int8_load(const char *p, nt_int8_weight weight[nt_int8_vectors]) {
  weight[0] = _mm256_cvtepi8_epi16(_mm_load_si128((const __m128i *)p));
  weight[1] = _mm256_cvtepi8_epi16(_mm_load_si128((const __m128i *)p + 1));
}
static inline nt_int8_weight nt_int8_factor(const char *p) {
  int32_t word;
  memcpy(&word, p, sizeof word);
  return _mm256_set1_epi32(word);
}
static inline nt_int8_sum nt_int8_dot(nt_int8_sum sum, nt_int8_weight factor, nt_int8_weight weight) {
  return _mm256_add_epi32(sum, _mm256_madd_epi16(factor, weight));
}

static inline __m128i nt_int8_pairs(nt_vector scaled) {
  const __m256i codes = _mm256_cvtps_epi32(scaled);
  return _mm_packs_epi32(_mm256_castsi256_si128(codes), _mm256_extracti128_si256(codes, 1));
}
static inline void nt_int8_row_words(nt_vector scaled, char *words) {
  _mm_storeu_si128((__m128i *)words, nt_int8_pairs(scaled));
}
static inline void nt_int8_weight_words(nt_vector scaled, char *words) {
  const __m128i pairs = nt_int8_pairs(scaled);
  _mm_storel_epi64((__m128i *)words, _mm_packs_epi16(pairs, pairs));
}
