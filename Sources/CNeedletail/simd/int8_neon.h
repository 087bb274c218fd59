// int8 as pairs of int16: two widening multiply-adds a word.

#define NT_INT8_ROWS 8  // 8 × 2 sums, the weights and the factors of 32 registers

enum { nt_int8_unit = 4, nt_int8_weight_unit = 4, nt_int8_group = 2, nt_int8_vectors = 2, nt_int8_shift = 0 };

typedef int32x4_t nt_int8_sum;
typedef int16x8_t nt_int8_weight;  // four features, of each a pair of depths

static inline nt_int8_sum nt_int8_load_sum(const float *p) { return vreinterpretq_s32_f32(vld1q_f32(p)); }
static inline void nt_int8_store_sum(float *p, nt_int8_sum sum) { vst1q_f32(p, vreinterpretq_f32_s32(sum)); }
static inline nt_vector nt_int8_value(nt_int8_sum sum) { return vcvtq_f32_s32(sum); }

static inline void nt_int8_load(const char *p, nt_int8_weight weight[nt_int8_vectors]) {
  const int16x8x2_t pairs = vld2q_s16((const int16_t *)p);  // depth apart: four features of the first, of the second
  weight[0] = vcombine_s16(vget_low_s16(pairs.val[0]), vget_low_s16(pairs.val[1]));
  weight[1] = vcombine_s16(vget_high_s16(pairs.val[0]), vget_high_s16(pairs.val[1]));
}
static inline nt_int8_weight nt_int8_factor(const char *p) {
  int16_t pair[2];
  memcpy(pair, p, sizeof pair);
  return vcombine_s16(vdup_n_s16(pair[0]), vdup_n_s16(pair[1]));
}
static inline nt_int8_sum nt_int8_dot(nt_int8_sum sum, nt_int8_weight factor, nt_int8_weight weight) {
  return vmlal_high_s16(vmlal_s16(sum, vget_low_s16(factor), vget_low_s16(weight)), factor, weight);
}

static inline void nt_int8_row_words(nt_vector scaled, char *words) {
  vst1_s16((int16_t *)words, vmovn_s32(vcvtnq_s32_f32(scaled)));
}
static inline void nt_int8_weight_words(nt_vector scaled, char *words) { nt_int8_row_words(scaled, words); }
