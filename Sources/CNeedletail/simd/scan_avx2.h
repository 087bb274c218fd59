// What scans need of 256-bit registers: sums of four registers at once, bytes, nibbles, bits, and comparing.

#define NT_SCAN_QUERIES 2  // 2 × 4 sums, 4 rows and what a product takes of 16 registers
#define NT_SCAN_MANY 4     // 4 × 2 sums, 2 rows and what a product takes
#define NT_SCAN_BIT_QUERIES 4
#define NT_SCAN_BIT_GROUPS 1

enum { nt_scan_bytes = 32 };

typedef __m256i nt_scan_register;

/// The sums of all lanes of four registers.
static inline void nt_scan_four_f32(const nt_vector sum[4], float out[4]) {
  const __m256 low = _mm256_add_ps(_mm256_unpacklo_ps(sum[0], sum[1]), _mm256_unpackhi_ps(sum[0], sum[1]));
  const __m256 high = _mm256_add_ps(_mm256_unpacklo_ps(sum[2], sum[3]), _mm256_unpackhi_ps(sum[2], sum[3]));
  const __m256 lanes = _mm256_add_ps(_mm256_shuffle_ps(low, high, 0x44), _mm256_shuffle_ps(low, high, 0xee));
  _mm_storeu_ps(out, _mm_add_ps(_mm256_castps256_ps128(lanes), _mm256_extractf128_ps(lanes, 1)));
}
static inline void nt_scan_four_i32(const nt_scan_register sum[4], int32_t out[4]) {
  const __m256i low = _mm256_add_epi32(_mm256_unpacklo_epi32(sum[0], sum[1]), _mm256_unpackhi_epi32(sum[0], sum[1]));
  const __m256i high = _mm256_add_epi32(_mm256_unpacklo_epi32(sum[2], sum[3]), _mm256_unpackhi_epi32(sum[2], sum[3]));
  const __m256i lanes = _mm256_add_epi32(_mm256_unpacklo_epi64(low, high), _mm256_unpackhi_epi64(low, high));
  const __m128i four = _mm_add_epi32(_mm256_castsi256_si128(lanes), _mm256_extracti128_si256(lanes, 1));
  _mm_storeu_si128((__m128i *)out, four);
}

static inline nt_scan_register nt_scan_zero(void) { return _mm256_setzero_si256(); }
static inline nt_scan_register nt_scan_load(const void *p) { return _mm256_loadu_si256((const __m256i *)p); }
/// The first `count` bytes, the others zero; touches no byte past them.
static inline nt_scan_register nt_scan_load_part(const void *p, size_t count) {
  char bytes[nt_scan_bytes] = {0};
  memcpy(bytes, p, count);
  return nt_scan_load(bytes);
}

#if defined(NT_VNNI)
enum { nt_scan_excess = 128 };  // rows are multiplied as they are stored, codes that have 128 added
static inline nt_scan_register nt_scan_codes(nt_scan_register row) { return row; }
/// Sums of four products of unsigned and signed bytes.
static inline nt_scan_register nt_scan_dot(nt_scan_register sum, nt_scan_register row, nt_scan_register query) {
  return _mm256_dpbusd_avx_epi32(sum, row, query);
}
#else
enum { nt_scan_excess = 0 };
static inline nt_scan_register nt_scan_codes(nt_scan_register row) {
  return _mm256_xor_si256(row, _mm256_set1_epi8(-128));
}
/// Sums of products of signed bytes, by their absolute values and signs: two products of −127…127 fit 16 bits.
static inline nt_scan_register nt_scan_dot(nt_scan_register sum, nt_scan_register row, nt_scan_register query) {
  const __m256i pairs = _mm256_maddubs_epi16(_mm256_abs_epi8(row), _mm256_sign_epi8(query, row));
  return _mm256_add_epi32(sum, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
}
#endif

static inline nt_scan_register nt_scan_low(nt_scan_register row) {
  return _mm256_and_si256(row, _mm256_set1_epi8(15));
}
static inline nt_scan_register nt_scan_high(nt_scan_register row) {
  return _mm256_and_si256(_mm256_srli_epi16(row, 4), _mm256_set1_epi8(15));
}
/// Sums of products of codes of 0…15 and signed bytes, low and high.
static inline nt_scan_register nt_scan_dot_nibbles(nt_scan_register sum, nt_scan_register low, nt_scan_register high,
                                                   nt_scan_register first, nt_scan_register second) {
#if defined(NT_VNNI)
  return nt_scan_dot(nt_scan_dot(sum, low, first), high, second);
#else
  const __m256i pairs = _mm256_add_epi16(_mm256_maddubs_epi16(low, first), _mm256_maddubs_epi16(high, second));
  return _mm256_add_epi32(sum, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
#endif
}

static inline nt_scan_register nt_scan_splat_i32(int32_t word) { return _mm256_set1_epi32(word); }
static inline nt_scan_register nt_scan_splat_u64(uint64_t word) { return _mm256_set1_epi64x((long long)word); }
static inline nt_scan_register nt_scan_xor(nt_scan_register a, nt_scan_register b) { return _mm256_xor_si256(a, b); }
static inline nt_scan_register nt_scan_and(nt_scan_register a, nt_scan_register b) { return _mm256_and_si256(a, b); }
/// sum + the set bits of each 64-bit lane, four at a time from a table.
static inline nt_scan_register nt_scan_count(nt_scan_register sum, nt_scan_register bits) {
  const __m256i counts =
      _mm256_broadcastsi128_si256(_mm_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4));
  const __m256i bytes = _mm256_add_epi8(_mm256_shuffle_epi8(counts, nt_scan_low(bits)),
                                        _mm256_shuffle_epi8(counts, nt_scan_high(bits)));
  return _mm256_add_epi64(sum, _mm256_sad_epu8(bytes, _mm256_setzero_si256()));
}
static inline void nt_scan_store_counts(int32_t *out, nt_scan_register first, nt_scan_register second) {
  const __m256 low = _mm256_shuffle_ps(_mm256_castsi256_ps(first), _mm256_castsi256_ps(second), 0x88);
  _mm256_storeu_si256((__m256i *)out, _mm256_permute4x64_epi64(_mm256_castps_si256(low), 0xd8));
}

static inline nt_vector nt_scan_value(const int32_t *p) {
  return _mm256_cvtepi32_ps(_mm256_loadu_si256((const __m256i *)p));
}
/// A bit for each lane that is not at most `threshold`; lanes that are no numbers are among them.
static inline uint32_t nt_scan_above(nt_vector scores, nt_vector threshold) {
  return (uint32_t)_mm256_movemask_ps(_mm256_cmp_ps(scores, threshold, _CMP_NLE_UQ));
}
