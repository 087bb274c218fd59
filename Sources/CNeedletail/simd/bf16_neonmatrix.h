// bf16: bfmmla multiplies two rows by two features, four deep; rows are rounded too.

#define NT_BF16_ROWS 8  // 4 pairs × 6 sums, 6 weights and a pair of rows of 32 registers
#define NT_BF16_MATRIX

enum {
  nt_bf16_unit = 8,
  nt_bf16_vectors = 3,
  nt_bf16_width = nt_bf16_vectors * nt_lanes,
  nt_bf16_step_bytes = nt_bf16_width * 8,
  nt_bf16_panel_head = 0,
};

typedef float32x4_t nt_bf16_sum;
typedef bfloat16x8_t nt_bf16_weight;

static inline nt_bf16_sum nt_bf16_load_sum(const float *p) { return vld1q_f32(p); }
static inline nt_bf16_sum nt_bf16_as_sum(float32x4_t bits) { return bits; }
static inline float32x4_t nt_bf16_as_bits(nt_bf16_sum sum) { return sum; }

static inline nt_bf16_weight nt_bf16_pair(const char *first, const char *second) {
  return vcombine_bf16(vld1_bf16((const bfloat16_t *)first), vld1_bf16((const bfloat16_t *)second));
}
static inline nt_bf16_weight nt_bf16_both(const char *p) { return vld1q_bf16((const bfloat16_t *)p); }
static inline nt_bf16_sum nt_bf16_dot(nt_bf16_sum sum, nt_bf16_weight rows, nt_bf16_weight weight) {
  return vbfmmlaq_f32(sum, rows, weight);
}
/// nt_lanes values rounded to bfloat16.
static inline void nt_bf16_round(nt_vector values, char *out) {
  const bfloat16x4_t rounded = vcvt_bf16_f32(values);
  memcpy(out, &rounded, sizeof rounded);
}
