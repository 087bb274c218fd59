// bf16 where vdpbf16ps multiplies pairs of it: rows are rounded too. It counts subnormal values as zero.

#define NT_BF16_ROWS 12  // 12 × 2 sums, 2 weights and the factor of 32 registers

enum {
  nt_bf16_unit = 4,
  nt_bf16_vectors = 2,
  nt_bf16_width = nt_bf16_vectors * nt_lanes,
  nt_bf16_step_bytes = nt_bf16_width * 4,
  nt_bf16_panel_head = 0,
};

typedef __m512 nt_bf16_sum;
typedef __m512i nt_bf16_weight;

static inline nt_bf16_sum nt_bf16_load_sum(const float *p) { return _mm512_loadu_ps(p); }
static inline void nt_bf16_store_sum(float *p, nt_bf16_sum sum) { _mm512_storeu_ps(p, sum); }
static inline void nt_bf16_load(const char *p, nt_bf16_weight weight[nt_bf16_vectors]) {
  weight[0] = _mm512_load_si512(p);
  weight[1] = _mm512_load_si512(p + 64);
}
static inline nt_bf16_weight nt_bf16_factor(const char *p) {
  int32_t word;
  memcpy(&word, p, sizeof word);
  return _mm512_set1_epi32(word);
}
static inline nt_bf16_sum nt_bf16_dot(nt_bf16_sum sum, nt_bf16_weight factor, nt_bf16_weight weight) {
  return _mm512_dpbf16_ps(sum, (__m512bh)factor, (__m512bh)weight);
}
/// nt_lanes values rounded to bfloat16.
static inline void nt_bf16_round(nt_vector values, char *out) {
  const __m256bh rounded = _mm512_cvtneps_pbh(values);
  memcpy(out, &rounded, sizeof rounded);
}
