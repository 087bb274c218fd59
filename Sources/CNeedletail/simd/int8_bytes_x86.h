// What the 256-bit sets share that multiply unsigned bytes of rows by signed bytes of weights: sums, words and rounding.
// The set has defined nt_int8_shift, which makes the codes of rows unsigned.

typedef __m256i nt_int8_sum;
typedef __m256i nt_int8_weight;

static inline nt_int8_sum nt_int8_load_sum(const float *p) { return _mm256_loadu_si256((const __m256i *)p); }
static inline void nt_int8_store_sum(float *p, nt_int8_sum sum) { _mm256_storeu_si256((__m256i *)p, sum); }
static inline nt_vector nt_int8_value(nt_int8_sum sum) { return _mm256_cvtepi32_ps(sum); }

static inline nt_int8_weight nt_int8_words(const char *p) { return _mm256_load_si256((const __m256i *)p); }
static inline nt_int8_weight nt_int8_factor(const char *p) {
  int32_t word;
  memcpy(&word, p, sizeof word);
  return _mm256_set1_epi32(word);
}

static inline __m128i nt_int8_bytes(nt_vector scaled) {
  const __m256i codes = _mm256_cvtps_epi32(scaled);
  const __m128i pairs = _mm_packs_epi32(_mm256_castsi256_si128(codes), _mm256_extracti128_si256(codes, 1));
  return _mm_packs_epi16(pairs, pairs);
}
static inline void nt_int8_row_words(nt_vector scaled, char *words) {
  _mm_storel_epi64((__m128i *)words, _mm_add_epi8(nt_int8_bytes(scaled), _mm_set1_epi8((char)nt_int8_shift)));
}
static inline void nt_int8_weight_words(nt_vector scaled, char *words) {
  _mm_storel_epi64((__m128i *)words, nt_int8_bytes(scaled));
}
