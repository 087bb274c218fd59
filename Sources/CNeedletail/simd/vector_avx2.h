// Eight floats in a 256-bit register.

#define NT_BITS 256
#define NT_TILE_ROWS 6  // 6 × 2 sums, 2 weights and 1 factor fill 15 of 16 registers

/// Keeps the compiler from moving what makes `v` across other such places.
#define NT_KEEP(v) __asm__ volatile("" : "+x"(v))

enum {
  nt_lanes = 8,
  nt_tile_vectors = 2,
  nt_block = 8,         // side of the square that nt_transpose turns
};

typedef __m256 nt_vector;

static const int32_t nt_mask_source[16] = {-1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0};

static inline __m256i nt_mask(size_t count) {
  return _mm256_loadu_si256((const __m256i *)(nt_mask_source + 8 - count));
}

static inline nt_vector nt_splat(float x) { return _mm256_set1_ps(x); }
static inline nt_vector nt_load(const float *p) { return _mm256_loadu_ps(p); }
static inline void nt_store(float *p, nt_vector v) { _mm256_storeu_ps(p, v); }
/// The first `count` lanes, the others zero; touches no byte past them.
static inline nt_vector nt_load_part(const float *p, size_t count) { return _mm256_maskload_ps(p, nt_mask(count)); }
static inline void nt_store_part(float *p, nt_vector v, size_t count) { _mm256_maskstore_ps(p, nt_mask(count), v); }
/// The first `count` lanes of `v`, the others from `other`.
static inline nt_vector nt_first(nt_vector v, size_t count, nt_vector other) {
  return _mm256_blendv_ps(other, v, _mm256_castsi256_ps(nt_mask(count)));
}

/// a · b + c, rounded once.
static inline nt_vector nt_fma(nt_vector a, nt_vector b, nt_vector c) { return _mm256_fmadd_ps(a, b, c); }
/// The larger; `b` where either is not a number.
static inline nt_vector nt_max(nt_vector a, nt_vector b) { return _mm256_max_ps(a, b); }
static inline nt_vector nt_min(nt_vector a, nt_vector b) { return _mm256_min_ps(a, b); }
static inline nt_vector nt_abs(nt_vector v) { return _mm256_andnot_ps(_mm256_set1_ps(-0.0f), v); }
/// a < b ? x : y in each lane.
static inline nt_vector nt_if_less(nt_vector a, nt_vector b, nt_vector x, nt_vector y) {
  return _mm256_blendv_ps(y, x, _mm256_cmp_ps(a, b, _CMP_LT_OQ));
}
/// The low bits of each lane moved up into the exponent field.
static inline nt_vector nt_as_exponent(nt_vector v) {
  return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_castps_si256(v), 23));
}
/// v · 2^n, where n stands in the low bits of each lane of `shifted`; no result may leave the range of the exponent.
static inline nt_vector nt_add_exponent(nt_vector v, nt_vector shifted) {
  const __m256i exponent = _mm256_slli_epi32(_mm256_castps_si256(shifted), 23);
  return _mm256_castsi256_ps(_mm256_add_epi32(_mm256_castps_si256(v), exponent));
}

static inline float nt_sum(nt_vector v) {
  __m128 half = _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
  half = _mm_add_ps(half, _mm_movehl_ps(half, half));
  return _mm_cvtss_f32(_mm_add_ss(half, _mm_movehdup_ps(half)));
}
static inline float nt_highest(nt_vector v) {
  __m128 half = _mm_max_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
  half = _mm_max_ps(half, _mm_movehl_ps(half, half));
  return _mm_cvtss_f32(_mm_max_ss(half, _mm_movehdup_ps(half)));
}

static inline nt_vector nt_load_i8(const int8_t *p) {
  return _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_loadl_epi64((const __m128i *)p)));
}
static inline nt_vector nt_load_f16(const uint16_t *p) {
  return _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)p));
}
static inline nt_vector nt_load_bf16(const uint16_t *p) {
  const __m256i wide = _mm256_cvtepu16_epi32(_mm_loadu_si128((const __m128i *)p));
  return _mm256_castsi256_ps(_mm256_slli_epi32(wide, 16));
}

/// In each lane the larger of two sizes as bits, in which infinities and NaN are larger than numbers.
static inline nt_vector nt_larger_bits(nt_vector a, nt_vector b) {
  return _mm256_castsi256_ps(_mm256_max_epi32(_mm256_castps_si256(a), _mm256_castps_si256(b)));
}
/// The bfloat16 in the low or in the high half of each lane.
static inline nt_vector nt_low_halves(nt_vector v) {
  return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_castps_si256(v), 16));
}
static inline nt_vector nt_high_halves(nt_vector v) {
  return _mm256_and_ps(v, _mm256_castsi256_ps(_mm256_set1_epi32((int)0xffff0000)));
}
