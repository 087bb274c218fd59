// Four floats in a 128-bit register.

#define NT_BITS 128
#define NT_TILE_ROWS 8  // 8 × 3 sums, 3 weights and the factors fill 32 registers

/// Keeps the compiler from moving what makes `v` across other such places.
#define NT_KEEP(v) __asm__ volatile("" : "+w"(v))

enum {
  nt_lanes = 4,
  nt_tile_vectors = 3,
  nt_block = 4,  // side of the square that nt_transpose turns
};

typedef float32x4_t nt_vector;

static const uint32_t nt_mask_source[8] = {~0u, ~0u, ~0u, ~0u, 0, 0, 0, 0};

static inline nt_vector nt_splat(float x) { return vdupq_n_f32(x); }
static inline nt_vector nt_load(const float *p) { return vld1q_f32(p); }
static inline void nt_store(float *p, nt_vector v) { vst1q_f32(p, v); }
/// The first `count` lanes, the others zero; touches no byte past them.
static inline nt_vector nt_load_part(const float *p, size_t count) {
  float lanes[nt_lanes] = {0};
  for (size_t i = 0; i < count; i++) lanes[i] = p[i];
  return vld1q_f32(lanes);
}
static inline void nt_store_part(float *p, nt_vector v, size_t count) {
  float lanes[nt_lanes];
  vst1q_f32(lanes, v);
  for (size_t i = 0; i < count; i++) p[i] = lanes[i];
}
/// The first `count` lanes of `v`, the others from `other`.
static inline nt_vector nt_first(nt_vector v, size_t count, nt_vector other) {
  return vbslq_f32(vld1q_u32(nt_mask_source + 4 - count), v, other);
}

/// a · b + c, rounded once.
static inline nt_vector nt_fma(nt_vector a, nt_vector b, nt_vector c) { return vfmaq_f32(c, a, b); }
/// The larger; not a number where either is none.
static inline nt_vector nt_max(nt_vector a, nt_vector b) { return vmaxq_f32(a, b); }
static inline nt_vector nt_min(nt_vector a, nt_vector b) { return vminq_f32(a, b); }
static inline nt_vector nt_abs(nt_vector v) { return vabsq_f32(v); }
/// a < b ? x : y in each lane.
static inline nt_vector nt_if_less(nt_vector a, nt_vector b, nt_vector x, nt_vector y) {
  return vbslq_f32(vcltq_f32(a, b), x, y);
}
/// The low bits of each lane moved up into the exponent field.
static inline nt_vector nt_as_exponent(nt_vector v) {
  return vreinterpretq_f32_s32(vshlq_n_s32(vreinterpretq_s32_f32(v), 23));
}
/// v · 2^n, where n stands in the low bits of each lane of `shifted`; no result may leave the range of the exponent.
static inline nt_vector nt_add_exponent(nt_vector v, nt_vector shifted) {
  const int32x4_t exponent = vshlq_n_s32(vreinterpretq_s32_f32(shifted), 23);
  return vreinterpretq_f32_s32(vaddq_s32(vreinterpretq_s32_f32(v), exponent));
}

static inline float nt_sum(nt_vector v) { return vaddvq_f32(v); }
static inline float nt_highest(nt_vector v) { return vmaxvq_f32(v); }

static inline nt_vector nt_load_i8(const int8_t *p) {
  int32_t four;
  memcpy(&four, p, sizeof four);
  const int16x8_t wide = vmovl_s8(vreinterpret_s8_s32(vdup_n_s32(four)));
  return vcvtq_f32_s32(vmovl_s16(vget_low_s16(wide)));
}
static inline nt_vector nt_load_f16(const uint16_t *p) { return vcvt_f32_f16(vreinterpret_f16_u16(vld1_u16(p))); }
static inline nt_vector nt_load_bf16(const uint16_t *p) {
  return vreinterpretq_f32_u32(vshlq_n_u32(vmovl_u16(vld1_u16(p)), 16));
}
static inline void nt_prefetch(const void *p) { __builtin_prefetch(p); }

/// to[column][row] = factor · from[row][column] for a square of side `nt_block`; from `rows` on, the last row again.
static inline void nt_transpose_scaled(const float *from, size_t ld_from, size_t rows, float *to, size_t ld_to,
                                       float factor) {
  float32x4_t row[4];
  for (size_t i = 0; i < 4; i++) row[i] = vmulq_n_f32(vld1q_f32(from + (i < rows ? i : rows - 1) * ld_from), factor);
  const float32x4x2_t low = vtrnq_f32(row[0], row[1]), high = vtrnq_f32(row[2], row[3]);
  vst1q_f32(to, vcombine_f32(vget_low_f32(low.val[0]), vget_low_f32(high.val[0])));
  vst1q_f32(to + ld_to, vcombine_f32(vget_low_f32(low.val[1]), vget_low_f32(high.val[1])));
  vst1q_f32(to + 2 * ld_to, vcombine_f32(vget_high_f32(low.val[0]), vget_high_f32(high.val[0])));
  vst1q_f32(to + 3 * ld_to, vcombine_f32(vget_high_f32(low.val[1]), vget_high_f32(high.val[1])));
}

/// In each lane the larger of two sizes as bits, in which infinities and NaN are larger than numbers.
static inline nt_vector nt_larger_bits(nt_vector a, nt_vector b) {
  return vreinterpretq_f32_u32(vmaxq_u32(vreinterpretq_u32_f32(a), vreinterpretq_u32_f32(b)));
}
/// The bfloat16 in the low or in the high half of each lane.
static inline nt_vector nt_low_halves(nt_vector v) {
  return vreinterpretq_f32_u32(vshlq_n_u32(vreinterpretq_u32_f32(v), 16));
}
static inline nt_vector nt_high_halves(nt_vector v) {
  return vreinterpretq_f32_u32(vandq_u32(vreinterpretq_u32_f32(v), vdupq_n_u32(0xffff0000)));
}
/// to[column][row] = from[row][column] for a square of side `nt_block`.
static inline void nt_transpose(const float *from, size_t ld_from, float *to, size_t ld_to) {
  nt_transpose_scaled(from, ld_from, nt_block, to, ld_to, 1.0f);
}
