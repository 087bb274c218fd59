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

#define NT_N(name) nt_bf16_##name
#define NT_N_ROWS NT_BF16_ROWS
#include "narrow.h"
#undef NT_N
#undef NT_N_ROWS

static void nt_bf16_pack(const float *weight, size_t n, size_t k, size_t first, size_t count, void *packed) {
  enum { chunk = 64 };
  const size_t steps = nt_bf16_steps(k);
  for (size_t panel = first; panel < first + count; panel++) {
    const size_t feature = panel * nt_bf16_width;
    float *out = (float *)((char *)packed + panel * nt_bf16_panel_bytes(k));
    for (size_t step = 0; step < steps; step += chunk) {
      const size_t some = steps - step < chunk ? steps - step : chunk;
      float block[nt_bf16_words][chunk] __attribute__((aligned(64)));
      for (size_t column = 0; column < nt_bf16_words; column++) {
        nt_bf16_some_words(weight + feature * k, n - feature, k, column, step, some, (uint32_t *)block[column]);
      }
      size_t i = 0;
      for (; i + nt_block <= some; i += nt_block) {
        for (size_t column = 0; column < nt_bf16_words; column += nt_block) {
          nt_transpose(block[column] + i, chunk, out + (step + i) * nt_bf16_words + column, nt_bf16_words);
        }
      }
      for (; i < some; i++) {
        for (size_t column = 0; column < nt_bf16_words; column++) {
          memcpy(out + (step + i) * nt_bf16_words + column, block[column] + i, 4);
        }
      }
    }
  }
}
