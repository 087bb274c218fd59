// int8 as bytes: sdot multiplies and adds four a lane.

#define NT_INT8_ROWS 6  // 6 × 4 sums, 4 weights and the factors of 32 registers

enum { nt_int8_unit = 4, nt_int8_group = 4, nt_int8_vectors = 4, nt_int8_shift = 0 };

typedef int32x4_t nt_int8_sum;
typedef int8x16_t nt_int8_weight;

static inline nt_int8_sum nt_int8_load_sum(const float *p) { return vreinterpretq_s32_f32(vld1q_f32(p)); }
static inline void nt_int8_store_sum(float *p, nt_int8_sum sum) { vst1q_f32(p, vreinterpretq_f32_s32(sum)); }
static inline nt_vector nt_int8_value(nt_int8_sum sum) { return vcvtq_f32_s32(sum); }

static inline void nt_int8_load(const char *p, nt_int8_weight weight[nt_int8_vectors]) {
  _Pragma("unroll") for (int i = 0; i < nt_int8_vectors; i++) weight[i] = vld1q_s8((const int8_t *)p + 16 * i);
}
static inline nt_int8_weight nt_int8_factor(const char *p) {
  int32_t word;
  memcpy(&word, p, sizeof word);
  return vreinterpretq_s8_s32(vdupq_n_s32(word));
}
static inline nt_int8_sum nt_int8_dot(nt_int8_sum sum, nt_int8_weight factor, nt_int8_weight weight) {
  return vdotq_s32(sum, factor, weight);
}
