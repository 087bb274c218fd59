// Sixteen floats in a 512-bit register.

#define NT_BITS 512
#define NT_TILE_ROWS 12  // 12 × 2 sums and 2 weights of 32 registers; factors are broadcast by the multiply itself

/// Keeps the compiler from moving what makes `v` across other such places.
#define NT_KEEP(v) __asm__ volatile("" : "+v"(v))

enum {
  nt_lanes = 16,
  nt_tile_vectors = 2,
  nt_block = 8,  // side of the square that nt_transpose turns
};

typedef __m512 nt_vector;

static inline __mmask16 nt_mask(size_t count) { return (__mmask16)((1u << count) - 1); }

static inline nt_vector nt_splat(float x) { return _mm512_set1_ps(x); }
static inline nt_vector nt_load(const float *p) { return _mm512_loadu_ps(p); }
static inline void nt_store(float *p, nt_vector v) { _mm512_storeu_ps(p, v); }
/// The first `count` lanes, the others zero; touches no byte past them.
static inline nt_vector nt_load_part(const float *p, size_t count) { return _mm512_maskz_loadu_ps(nt_mask(count), p); }
static inline void nt_store_part(float *p, nt_vector v, size_t count) { _mm512_mask_storeu_ps(p, nt_mask(count), v); }
/// The first `count` lanes of `v`, the others from `other`.
static inline nt_vector nt_first(nt_vector v, size_t count, nt_vector other) {
  return _mm512_mask_blend_ps(nt_mask(count), other, v);
}

/// a · b + c, rounded once.
static inline nt_vector nt_fma(nt_vector a, nt_vector b, nt_vector c) { return _mm512_fmadd_ps(a, b, c); }
/// The larger; `b` where either is not a number.
static inline nt_vector nt_max(nt_vector a, nt_vector b) { return _mm512_max_ps(a, b); }
static inline nt_vector nt_min(nt_vector a, nt_vector b) { return _mm512_min_ps(a, b); }
static inline nt_vector nt_abs(nt_vector v) { return _mm512_abs_ps(v); }
/// a < b ? x : y in each lane.
static inline nt_vector nt_if_less(nt_vector a, nt_vector b, nt_vector x, nt_vector y) {
  return _mm512_mask_blend_ps(_mm512_cmp_ps_mask(a, b, _CMP_LT_OQ), y, x);
}
/// The low bits of each lane moved up into the exponent field.
static inline nt_vector nt_as_exponent(nt_vector v) {
  return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_castps_si512(v), 23));
}
/// v · 2^n, where n stands in the low bits of each lane of `shifted`; no result may leave the range of the exponent.
static inline nt_vector nt_add_exponent(nt_vector v, nt_vector shifted) {
  const __m512i exponent = _mm512_slli_epi32(_mm512_castps_si512(shifted), 23);
  return _mm512_castsi512_ps(_mm512_add_epi32(_mm512_castps_si512(v), exponent));
}

static inline float nt_sum(nt_vector v) { return _mm512_reduce_add_ps(v); }
static inline float nt_highest(nt_vector v) { return _mm512_reduce_max_ps(v); }

static inline nt_vector nt_load_i8(const int8_t *p) {
  return _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(_mm_loadu_si128((const __m128i *)p)));
}
static inline nt_vector nt_load_f16(const uint16_t *p) {
  return _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)p));
}
static inline nt_vector nt_load_bf16(const uint16_t *p) {
  const __m512i wide = _mm512_cvtepu16_epi32(_mm256_loadu_si256((const __m256i *)p));
  return _mm512_castsi512_ps(_mm512_slli_epi32(wide, 16));
}

/// In each lane the larger of two sizes as bits, in which infinities and NaN are larger than numbers.
static inline nt_vector nt_larger_bits(nt_vector a, nt_vector b) {
  return _mm512_castsi512_ps(_mm512_max_epi32(_mm512_castps_si512(a), _mm512_castps_si512(b)));
}
/// The bfloat16 in the low or in the high half of each lane.
static inline nt_vector nt_low_halves(nt_vector v) {
  return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_castps_si512(v), 16));
}
static inline nt_vector nt_high_halves(nt_vector v) {
  return _mm512_and_ps(v, _mm512_castsi512_ps(_mm512_set1_epi32((int)0xffff0000)));
}
