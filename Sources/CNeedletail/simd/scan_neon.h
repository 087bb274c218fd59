// What scans need of 128-bit registers: sums of four registers at once, bytes, nibbles, bits, and comparing.

#define NT_SCAN_QUERIES 4  // 4 × 4 sums, 4 rows and what a product takes of 32 registers
#define NT_SCAN_MANY 8     // 8 × 2 sums, 2 rows and their halves
#define NT_SCAN_BIT_QUERIES 4
#define NT_SCAN_BIT_GROUPS 1

enum { nt_scan_bytes = 16, nt_scan_excess = 0 };

typedef int32x4_t nt_scan_register;

/// The sums of all lanes of four registers.
static inline void nt_scan_four_f32(const nt_vector sum[4], float out[4]) {
  vst1q_f32(out, vpaddq_f32(vpaddq_f32(sum[0], sum[1]), vpaddq_f32(sum[2], sum[3])));
}
static inline void nt_scan_four_i32(const nt_scan_register sum[4], int32_t out[4]) {
  vst1q_s32(out, vpaddq_s32(vpaddq_s32(sum[0], sum[1]), vpaddq_s32(sum[2], sum[3])));
}

static inline nt_scan_register nt_scan_zero(void) { return vdupq_n_s32(0); }
static inline nt_scan_register nt_scan_load(const void *p) { return vreinterpretq_s32_s8(vld1q_s8(p)); }
/// The first `count` bytes, the others zero; touches no byte past them.
static inline nt_scan_register nt_scan_load_part(const void *p, size_t count) {
  char bytes[nt_scan_bytes] = {0};
  memcpy(bytes, p, count);
  return nt_scan_load(bytes);
}

static inline nt_scan_register nt_scan_codes(nt_scan_register row) {
  return vreinterpretq_s32_u8(veorq_u8(vreinterpretq_u8_s32(row), vdupq_n_u8(128)));
}
/// Sums of four products of signed bytes that lie side by side: each lane has its own.
static inline nt_scan_register nt_scan_dot(nt_scan_register sum, nt_scan_register row, nt_scan_register query) {
  const int8x16_t a = vreinterpretq_s8_s32(row), b = vreinterpretq_s8_s32(query);
#if defined(NT_DOT)
  return vdotq_s32(sum, a, b);
#else
  const int16x8_t low = vmull_s8(vget_low_s8(a), vget_low_s8(b)), high = vmull_high_s8(a, b);
  return vaddq_s32(sum, vpaddq_s32(vpaddlq_s16(low), vpaddlq_s16(high)));
#endif
}

static inline nt_scan_register nt_scan_low(nt_scan_register row) {
  return vreinterpretq_s32_u8(vandq_u8(vreinterpretq_u8_s32(row), vdupq_n_u8(15)));
}
static inline nt_scan_register nt_scan_high(nt_scan_register row) {
  return vreinterpretq_s32_u8(vshrq_n_u8(vreinterpretq_u8_s32(row), 4));
}
/// Sums of products of codes of 0…15 and signed bytes, low and high.
static inline nt_scan_register nt_scan_dot_nibbles(nt_scan_register sum, nt_scan_register low, nt_scan_register high,
                                                   nt_scan_register first, nt_scan_register second) {
  return nt_scan_dot(nt_scan_dot(sum, low, first), high, second);
}

static inline nt_scan_register nt_scan_splat_i32(int32_t word) { return vdupq_n_s32(word); }
static inline nt_scan_register nt_scan_splat_u64(uint64_t word) { return vreinterpretq_s32_u64(vdupq_n_u64(word)); }
static inline nt_scan_register nt_scan_xor(nt_scan_register a, nt_scan_register b) { return veorq_s32(a, b); }
static inline nt_scan_register nt_scan_and(nt_scan_register a, nt_scan_register b) { return vandq_s32(a, b); }
/// sum + the set bits of each 64-bit lane.
static inline nt_scan_register nt_scan_count(nt_scan_register sum, nt_scan_register bits) {
  const uint32x4_t words = vpaddlq_u16(vpaddlq_u8(vcntq_u8(vreinterpretq_u8_s32(bits))));
  return vreinterpretq_s32_u64(vpadalq_u32(vreinterpretq_u64_s32(sum), words));
}
static inline void nt_scan_store_counts(int32_t *out, nt_scan_register first, nt_scan_register second) {
  vst1q_s32(out, vuzp1q_s32(first, second));
}

static inline nt_vector nt_scan_value(const int32_t *p) { return vcvtq_f32_s32(vld1q_s32(p)); }
/// A bit for each lane that is not at most `threshold`; lanes that are no numbers are among them.
static inline uint32_t nt_scan_above(nt_vector scores, nt_vector threshold) {
  static const uint32_t bits[4] = {1, 2, 4, 8};
  return vaddvq_u32(vbicq_u32(vld1q_u32(bits), vcleq_f32(scores, threshold)));
}
