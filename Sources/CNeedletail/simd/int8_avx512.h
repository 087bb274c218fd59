// int8 as pairs of int16, which vpmaddwd multiplies and adds without any saturation. Weights are stored as bytes and
// widened in registers: that costs nothing beside the products, and half the memory is read.

#define NT_INT8_ROWS 12  // 12 × 2 sums, 2 weights, the factor and one product of 32 registers

enum { nt_int8_unit = 4, nt_int8_weight_unit = 2, nt_int8_group = 2, nt_int8_vectors = 2, nt_int8_shift = 0 };

typedef __m512i nt_int8_sum;
typedef __m512i nt_int8_weight;

static inline nt_int8_sum nt_int8_load_sum(const float *p) { return _mm512_loadu_si512(p); }
static inline void nt_int8_store_sum(float *p, nt_int8_sum sum) { _mm512_storeu_si512(p, sum); }
static inline nt_vector nt_int8_value(nt_int8_sum sum) { return _mm512_cvtepi32_ps(sum); }

static inline void nt_int8_load(const char *p, nt_int8_weight weight[nt_int8_vectors]) {
  weight[0] = _mm512_cvtepi8_epi16(_mm256_load_si256((const __m256i *)p));
  weight[1] = _mm512_cvtepi8_epi16(_mm256_load_si256((const __m256i *)p + 1));
}
static inline nt_int8_weight nt_int8_factor(const char *p) {
  int32_t word;
  memcpy(&word, p, sizeof word);
  return _mm512_set1_epi32(word);
}
static inline nt_int8_sum nt_int8_dot(nt_int8_sum sum, nt_int8_weight factor, nt_int8_weight weight) {
  return _mm512_add_epi32(sum, _mm512_madd_epi16(factor, weight));
}

static inline void nt_int8_row_words(nt_vector scaled, char *words) {
  _mm256_storeu_si256((__m256i *)words, _mm512_cvtepi32_epi16(_mm512_cvtps_epi32(scaled)));
}
static inline void nt_int8_weight_words(nt_vector scaled, char *words) {
  _mm_storeu_si128((__m128i *)words, _mm512_cvtepi32_epi8(_mm512_cvtps_epi32(scaled)));
}
