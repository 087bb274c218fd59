// Tiles whose operands are words: one word of a row (a pair of int16 or bfloat16, four int8, or one float) in every lane
// times a few registers of weights a step. The instruction set has defined
//
//   NT_N(unit)           bytes of one row and one step: 4
//   NT_N(step_bytes)     bytes of a panel and one step
//   NT_N(vectors)        registers of a panel, NT_N(width) = vectors · nt_lanes features
//   NT_N(sum)            a register of sums, one lane a feature, with NT_N(load_sum) and NT_N(store_sum)
//   NT_N(weight)         a register of weights; NT_N(load) loads those of one step
//   NT_N(factor)         the word of a row in every lane
//   NT_N(dot)            sum + factor · weight

/// sums[rows, width] = start + rows · weights; `ld_start` of zero repeats the first row of `start`.
typedef void (*NT_N(tile))(const char *rows, size_t row_bytes, const char *weights, size_t steps, const float *start,
                           size_t ld_start, float *sums);

#define NT_TILE(rows_)                                                                                             \
  static void NT_N(tile_##rows_)(const char *rows, size_t row_bytes, const char *weights, size_t steps,             \
                                 const float *start, size_t ld_start, float *sums) {                               \
    NT_N(sum) sum[rows_][NT_N(vectors)];                                                                           \
    _Pragma("unroll") for (size_t row = 0; row < rows_; row++)                                                     \
      _Pragma("unroll") for (size_t i = 0; i < NT_N(vectors); i++)                                                 \
        sum[row][i] = NT_N(load_sum)(start + row * ld_start + i * nt_lanes);                                       \
    for (size_t step = 0; step < steps; step++) {                                                                  \
      NT_N(weight) weight[NT_N(vectors)];                                                                          \
      NT_N(load)(weights, weight);                                                                                 \
      _Pragma("unroll") for (size_t row = 0; row < rows_; row++) {                                                 \
        const NT_N(weight) factor = NT_N(factor)(rows + row * row_bytes);                                          \
        _Pragma("unroll") for (size_t i = 0; i < NT_N(vectors); i++)                                               \
          sum[row][i] = NT_N(dot)(sum[row][i], factor, weight[i]);                                                 \
      }                                                                                                            \
      rows += NT_N(unit);                                                                                          \
      weights += NT_N(step_bytes);                                                                                      \
    }                                                                                                              \
    _Pragma("unroll") for (size_t row = 0; row < rows_; row++)                                                     \
      _Pragma("unroll") for (size_t i = 0; i < NT_N(vectors); i++)                                                 \
        NT_N(store_sum)(sums + row * NT_N(width) + i * nt_lanes, sum[row][i]);                                     \
  }

#include "narrow_tiles.h"
