// int8 as bytes: vpmaddubsw multiplies unsigned by signed and adds two products in 16 bits. Rows of 160 codes, and scales
// of weights that leave room for four products (nt_int8_run_size), keep it from ever saturating: the sums are exact.

#define NT_INT8_RUNS
#define NT_INT8_ROWS 6  // by threes: 3 × 2 sums, as many of runs, 2 weights, the factor and ones of 16 registers

enum { nt_int8_unit = 8, nt_int8_weight_unit = 8, nt_int8_group = 8, nt_int8_vectors = 2, nt_int8_shift = 80 };

#include "int8_bytes_x86.h"

static inline nt_int8_weight nt_int8_products(nt_int8_weight factor, nt_int8_weight weight) {
  return _mm256_maddubs_epi16(factor, weight);
}
static inline nt_int8_weight nt_int8_join(nt_int8_weight a, nt_int8_weight b) { return _mm256_add_epi16(a, b); }
static inline nt_int8_sum nt_int8_widen(nt_int8_sum sum, nt_int8_weight run) {
  return _mm256_add_epi32(sum, _mm256_madd_epi16(run, _mm256_set1_epi16(1)));
}
