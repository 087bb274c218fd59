// int8 as bytes: smmla multiplies two rows by two features, eight deep.

#define NT_INT8_ROWS 8  // 4 pairs × 6 sums, 6 weights and a pair of rows of 32 registers
#define NT_INT8_MATRIX

enum { nt_int8_unit = 8, nt_int8_group = 8, nt_int8_vectors = 3, nt_int8_shift = 0 };

typedef int32x4_t nt_int8_sum;
typedef int8x16_t nt_int8_weight;

static inline nt_int8_sum nt_int8_load_sum(const float *p) { return vreinterpretq_s32_f32(vld1q_f32(p)); }
static inline nt_vector nt_int8_value(nt_int8_sum sum) { return vcvtq_f32_s32(sum); }
static inline nt_int8_sum nt_int8_as_sum(float32x4_t bits) { return vreinterpretq_s32_f32(bits); }
static inline float32x4_t nt_int8_as_bits(nt_int8_sum sum) { return vreinterpretq_f32_s32(sum); }

static inline nt_int8_weight nt_int8_pair(const char *first, const char *second) {
  return vcombine_s8(vld1_s8((const int8_t *)first), vld1_s8((const int8_t *)second));
}
static inline nt_int8_weight nt_int8_both(const char *p) { return vld1q_s8((const int8_t *)p); }
static inline nt_int8_sum nt_int8_dot(nt_int8_sum sum, nt_int8_weight rows, nt_int8_weight weight) {
  return vmmlaq_s32(sum, rows, weight);
}
