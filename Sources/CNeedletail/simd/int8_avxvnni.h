// int8 as bytes: vpdpbusd multiplies unsigned by signed, so the codes of rows are shifted by 128 and the sums start
// with the codes of the weights, times −128.

#define NT_INT8_ROWS 6  // 6 × 2 sums, 2 weights and the factor of 16 registers

enum { nt_int8_unit = 4, nt_int8_weight_unit = 4, nt_int8_group = 4, nt_int8_vectors = 2, nt_int8_shift = 128 };

#include "int8_bytes_x86.h"

static inline void nt_int8_load(const char *p, nt_int8_weight weight[nt_int8_vectors]) {
  weight[0] = nt_int8_words(p);
  weight[1] = nt_int8_words(p + 32);
}
static inline nt_int8_sum nt_int8_dot(nt_int8_sum sum, nt_int8_weight factor, nt_int8_weight weight) {
  return _mm256_dpbusd_avx_epi32(sum, factor, weight);
}
