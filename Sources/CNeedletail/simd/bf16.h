// bf16: packing weights. The instruction set has defined how words multiply, and nt_bf16_some_words.

static const float *nt_bf16_start(const char *panel, const float *bias) {
  (void)panel;
  return bias;
}

static inline nt_vector nt_bf16_finish(nt_bf16_sum sum, const char *row, const char *panel, const float *bias,
                                       size_t vector) {
  (void)row, (void)panel, (void)bias, (void)vector;
  return (nt_vector)sum;
}

#define nt_bf16_gelu nt_gelu_each
#define NT_N(name) nt_bf16_##name
#define NT_N_ROWS NT_BF16_ROWS
#if defined(NT_BF16_MATRIX)
#include "narrow_matrix_tile.h"
#else
#include "narrow_tile.h"
#endif
#include "narrow.h"
#undef NT_N
#undef NT_N_ROWS

static void nt_bf16_pack(const float *weight, size_t n, size_t k, size_t first, size_t count, void *packed) {
  enum { chunk = 64, words = chunk * nt_bf16_unit / 4, columns = nt_bf16_step_bytes / nt_bf16_unit };
  const size_t steps = nt_bf16_steps(k);
  for (size_t panel = first; panel < first + count; panel++) {
    const size_t feature = panel * nt_bf16_width;
    char *out = (char *)packed + panel * nt_bf16_panel_bytes(k);
    for (size_t step = 0; step < steps; step += chunk) {
      const size_t some = steps - step < chunk ? steps - step : chunk;
      float block[columns][words] __attribute__((aligned(64)));
      for (size_t column = 0; column < columns; column++) {
        nt_bf16_some_words(weight + feature * k, n - feature, k, column, step, some, (uint32_t *)block[column]);
      }
      nt_narrow_turn(block[0], words, columns, some, nt_bf16_unit, out + step * nt_bf16_step_bytes);
    }
  }
}
