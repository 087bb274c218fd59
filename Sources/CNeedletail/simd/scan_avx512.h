// What scans need of 512-bit registers: sums of four registers at once, bytes, nibbles, bits, and comparing.

#define NT_SCAN_QUERIES 4  // 4 × 4 sums, 4 rows and their halves of 32 registers
#define NT_SCAN_MANY 8     // 8 × 2 sums, 2 rows and their halves
#define NT_SCAN_BIT_QUERIES 8
#define NT_SCAN_BIT_GROUPS 2

enum { nt_scan_bytes = 64 };

typedef __m512i nt_scan_register;

/// The sums of all lanes of four registers.
static inline void nt_scan_four_f32(const nt_vector sum[4], float out[4]) {
  const __m512 low = _mm512_add_ps(_mm512_unpacklo_ps(sum[0], sum[1]), _mm512_unpackhi_ps(sum[0], sum[1]));
  const __m512 high = _mm512_add_ps(_mm512_unpacklo_ps(sum[2], sum[3]), _mm512_unpackhi_ps(sum[2], sum[3]));
  const __m512 lanes = _mm512_add_ps(_mm512_shuffle_ps(low, high, 0x44), _mm512_shuffle_ps(low, high, 0xee));
  const __m256 half = _mm256_add_ps(_mm512_castps512_ps256(lanes), _mm512_extractf32x8_ps(lanes, 1));
  _mm_storeu_ps(out, _mm_add_ps(_mm256_castps256_ps128(half), _mm256_extractf128_ps(half, 1)));
}
static inline void nt_scan_four_i32(const nt_scan_register sum[4], int32_t out[4]) {
  const __m512i low = _mm512_add_epi32(_mm512_unpacklo_epi32(sum[0], sum[1]), _mm512_unpackhi_epi32(sum[0], sum[1]));
  const __m512i high = _mm512_add_epi32(_mm512_unpacklo_epi32(sum[2], sum[3]), _mm512_unpackhi_epi32(sum[2], sum[3]));
  const __m512i lanes = _mm512_add_epi32(_mm512_unpacklo_epi64(low, high), _mm512_unpackhi_epi64(low, high));
  const __m256i half = _mm256_add_epi32(_mm512_castsi512_si256(lanes), _mm512_extracti64x4_epi64(lanes, 1));
  const __m128i four = _mm_add_epi32(_mm256_castsi256_si128(half), _mm256_extracti128_si256(half, 1));
  _mm_storeu_si128((__m128i *)out, four);
}

static inline nt_scan_register nt_scan_zero(void) { return _mm512_setzero_si512(); }
static inline nt_scan_register nt_scan_load(const void *p) { return _mm512_loadu_si512(p); }
/// The first `count` bytes, the others zero; touches no byte past them.
static inline nt_scan_register nt_scan_load_part(const void *p, size_t count) {
  return _mm512_maskz_loadu_epi8(((__mmask64)1 << count) - 1, p);
}

#if defined(NT_VNNI)
enum { nt_scan_excess = 128 };  // rows are multiplied as they are stored, codes that have 128 added
static inline nt_scan_register nt_scan_codes(nt_scan_register row) { return row; }
/// Sums of four products of unsigned and signed bytes.
static inline nt_scan_register nt_scan_dot(nt_scan_register sum, nt_scan_register row, nt_scan_register query) {
  return _mm512_dpbusd_epi32(sum, row, query);
}
#else
enum { nt_scan_excess = 0 };
static inline nt_scan_register nt_scan_codes(nt_scan_register row) {
  return _mm512_xor_si512(row, _mm512_set1_epi8(-128));
}
/// Sums of products of signed bytes, by their absolute values and signs: two products of −127…127 fit 16 bits.
static inline nt_scan_register nt_scan_dot(nt_scan_register sum, nt_scan_register row, nt_scan_register query) {
  const __m512i turned = _mm512_mask_sub_epi8(query, _mm512_movepi8_mask(row), _mm512_setzero_si512(), query);
  const __m512i pairs = _mm512_maddubs_epi16(_mm512_abs_epi8(row), turned);
  return _mm512_add_epi32(sum, _mm512_madd_epi16(pairs, _mm512_set1_epi16(1)));
}
#endif

static inline nt_scan_register nt_scan_low(nt_scan_register row) {
  return _mm512_and_si512(row, _mm512_set1_epi8(15));
}
static inline nt_scan_register nt_scan_high(nt_scan_register row) {
  return _mm512_and_si512(_mm512_srli_epi16(row, 4), _mm512_set1_epi8(15));
}
/// Sums of products of codes of 0…15 and signed bytes, low and high.
static inline nt_scan_register nt_scan_dot_nibbles(nt_scan_register sum, nt_scan_register low, nt_scan_register high,
                                                   nt_scan_register first, nt_scan_register second) {
#if defined(NT_VNNI)
  return _mm512_dpbusd_epi32(_mm512_dpbusd_epi32(sum, low, first), high, second);
#else
  const __m512i pairs = _mm512_add_epi16(_mm512_maddubs_epi16(low, first), _mm512_maddubs_epi16(high, second));
  return _mm512_add_epi32(sum, _mm512_madd_epi16(pairs, _mm512_set1_epi16(1)));
#endif
}

static inline nt_scan_register nt_scan_splat_i32(int32_t word) { return _mm512_set1_epi32(word); }
static inline nt_scan_register nt_scan_splat_u64(uint64_t word) { return _mm512_set1_epi64((long long)word); }
static inline nt_scan_register nt_scan_xor(nt_scan_register a, nt_scan_register b) { return _mm512_xor_si512(a, b); }
static inline nt_scan_register nt_scan_and(nt_scan_register a, nt_scan_register b) { return _mm512_and_si512(a, b); }
/// sum + the set bits of each 64-bit lane.
static inline nt_scan_register nt_scan_count(nt_scan_register sum, nt_scan_register bits) {
#if defined(NT_VPOPCNT)
  return _mm512_add_epi64(sum, _mm512_popcnt_epi64(bits));
#else
  const __m512i counts = _mm512_broadcast_i32x4(_mm_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4));
  const __m512i bytes = _mm512_add_epi8(_mm512_shuffle_epi8(counts, nt_scan_low(bits)),
                                        _mm512_shuffle_epi8(counts, nt_scan_high(bits)));
  return _mm512_add_epi64(sum, _mm512_sad_epu8(bytes, _mm512_setzero_si512()));
#endif
}
static inline void nt_scan_store_counts(int32_t *out, nt_scan_register first, nt_scan_register second) {
  const __m512i low = _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
  _mm512_storeu_si512(out, _mm512_permutex2var_epi32(first, low, second));
}

static inline nt_vector nt_scan_value(const int32_t *p) { return _mm512_cvtepi32_ps(_mm512_loadu_si512(p)); }
/// A bit for each lane that is not at most `threshold`; lanes that are no numbers are among them.
static inline uint32_t nt_scan_above(nt_vector scores, nt_vector threshold) {
  return _mm512_cmp_ps_mask(scores, threshold, _CMP_NLE_UQ);
}
