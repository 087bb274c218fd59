// Tiles of AArch64's matrix instructions: a register of sums is two rows by two features, a step is eight bytes of each
// row and feature. The instruction set has defined
//
//   NT_N(unit)           bytes of one row and one step: 8
//   NT_N(vectors)        NT_N(width) = vectors · nt_lanes features a panel; twice as many registers of weights
//   NT_N(pair)           the step of two rows; NT_N(both): that of two features
//   NT_N(dot)            sums + rows · featuresᵀ
//   NT_N(as_sum)         four lanes as sums; NT_N(as_bits) back

/// sums[rows, width] = start + rows · weights; `ld_start` of zero repeats the first row of `start`.
typedef void (*NT_N(tile))(const char *rows, size_t row_bytes, const char *weights, size_t steps, const float *start,
                           size_t ld_start, float *sums);

#define NT_TILE(rows_)                                                                                               \
  static void NT_N(tile_##rows_)(const char *rows, size_t row_bytes, const char *weights, size_t steps,              \
                                 const float *start, size_t ld_start, float *sums) {                                 \
    enum { pairs = (rows_ + 1) / 2 };                                                                                \
    NT_N(sum) sum[pairs][2 * NT_N(vectors)];                                                                         \
    size_t second[pairs]; /* the other row of a pair: itself where there is none */                                  \
    _Pragma("unroll") for (size_t pair = 0; pair < pairs; pair++) {                                                  \
      second[pair] = 2 * pair + 1 < rows_ ? 2 * pair + 1 : 2 * pair;                                                 \
      _Pragma("unroll") for (size_t i = 0; i < NT_N(vectors); i++) {                                                 \
        const float32x4_t one = vld1q_f32(start + 2 * pair * ld_start + i * nt_lanes);                               \
        const float32x4_t two = vld1q_f32(start + second[pair] * ld_start + i * nt_lanes);                           \
        sum[pair][2 * i] = NT_N(as_sum)(vcombine_f32(vget_low_f32(one), vget_low_f32(two)));                         \
        sum[pair][2 * i + 1] = NT_N(as_sum)(vcombine_f32(vget_high_f32(one), vget_high_f32(two)));                   \
      }                                                                                                              \
    }                                                                                                                \
    for (size_t step = 0; step < steps; step++) {                                                                    \
      NT_N(weight) weight[2 * NT_N(vectors)];                                                                        \
      _Pragma("unroll") for (size_t i = 0; i < 2 * NT_N(vectors); i++) weight[i] = NT_N(both)(weights + 16 * i);      \
      _Pragma("unroll") for (size_t pair = 0; pair < pairs; pair++) {                                                \
        const NT_N(weight) both = NT_N(pair)(rows + 2 * pair * row_bytes, rows + second[pair] * row_bytes);          \
        _Pragma("unroll") for (size_t i = 0; i < 2 * NT_N(vectors); i++)                                             \
          sum[pair][i] = NT_N(dot)(sum[pair][i], both, weight[i]);                                                   \
      }                                                                                                              \
      rows += NT_N(unit);                                                                                            \
      weights += NT_N(step_bytes);                                                                                   \
    }                                                                                                                \
    _Pragma("unroll") for (size_t pair = 0; pair < pairs; pair++) {                                                  \
      _Pragma("unroll") for (size_t i = 0; i < NT_N(vectors); i++) {                                                 \
        const float32x4_t low = NT_N(as_bits)(sum[pair][2 * i]), high = NT_N(as_bits)(sum[pair][2 * i + 1]);         \
        float *out = sums + 2 * pair * NT_N(width) + i * nt_lanes;                                                   \
        vst1q_f32(out, vcombine_f32(vget_low_f32(low), vget_low_f32(high)));                                         \
        if (2 * pair + 1 < rows_) {                                                                                  \
          vst1q_f32(out + NT_N(width), vcombine_f32(vget_high_f32(low), vget_high_f32(high)));                       \
        }                                                                                                            \
      }                                                                                                              \
    }                                                                                                                \
  }

#include "narrow_tiles.h"
