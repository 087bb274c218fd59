// int8 as bytes: vpdpbusd multiplies unsigned by signed, so the codes of rows are shifted by 128 and the sums start
// with the codes of the weights, times −128.

#define NT_INT8_ROWS 6  // 6 × 4 sums, 4 weights and the factors of 32 registers

enum { nt_int8_unit = 4, nt_int8_weight_unit = 4, nt_int8_group = 4, nt_int8_vectors = 4, nt_int8_shift = 128 };

typedef __m512i nt_int8_sum;
typedef __m512i nt_int8_weight;

static inline nt_int8_sum nt_int8_load_sum(const float *p) { return _mm512_loadu_si512(p); }
static inline void nt_int8_store_sum(float *p, nt_int8_sum sum) { _mm512_storeu_si512(p, sum); }
static inline nt_vector nt_int8_value(nt_int8_sum sum) { return _mm512_cvtepi32_ps(sum); }

static inline void nt_int8_load(const char *p, nt_int8_weight weight[nt_int8_vectors]) {
  _Pragma("unroll") for (int i = 0; i < nt_int8_vectors; i++) weight[i] = _mm512_load_si512(p + 64 * i);
}
static inline nt_int8_weight nt_int8_factor(const char *p) {
  int32_t word;
  memcpy(&word, p, sizeof word);
  return _mm512_set1_epi32(word);
}
static inline nt_int8_sum nt_int8_dot(nt_int8_sum sum, nt_int8_weight factor, nt_int8_weight weight) {
  return _mm512_dpbusd_epi32(sum, factor, weight);
}

static inline __m128i nt_int8_bytes(nt_vector scaled) { return _mm512_cvtepi32_epi8(_mm512_cvtps_epi32(scaled)); }
static inline void nt_int8_row_words(nt_vector scaled, char *words) {
  _mm_storeu_si128((__m128i *)words, _mm_xor_si128(nt_int8_bytes(scaled), _mm_set1_epi8(-128)));
}
static inline void nt_int8_weight_words(nt_vector scaled, char *words) {
  _mm_storeu_si128((__m128i *)words, nt_int8_bytes(scaled));
}
