// Tiles that add the products of a run of words in 16 bits before they widen them to 32: of three rows at a time, because
// a run's sums stand beside the whole ones. A step is two words of each row and of each feature, words of the features
// side by side. The instruction set has defined
//
//   NT_N(unit)           bytes of one row and one step: 8
//   NT_N(step_bytes)     bytes of a panel and one step
//   NT_N(vectors)        registers of a panel, NT_N(width) = vectors · nt_lanes features
//   NT_N(sum)            a register of sums, one lane a feature, with NT_N(load_sum) and NT_N(store_sum)
//   NT_N(weight)         a register of words, of weights or (NT_N(factor)) a row's in every lane
//   NT_N(products)       factor · weight in 16 bits; NT_N(join) adds two of them
//   NT_N(widen)          sum + the products, widened

/// sums[rows, width] = start + rows · weights; `ld_start` of zero repeats the first row of `start`.
typedef void (*NT_N(tile))(const char *rows, size_t row_bytes, const char *weights, size_t steps, const float *start,
                           size_t ld_start, float *sums);

/// The tile of one to three rows.
NT_INLINE void NT_N(some_rows)(size_t count, const char *rows, size_t row_bytes, const char *weights, size_t steps,
                               const float *start, size_t ld_start, float *sums) {
  NT_N(sum) sum[3][NT_N(vectors)];
  _Pragma("unroll") for (size_t row = 0; row < count; row++)
    _Pragma("unroll") for (size_t i = 0; i < NT_N(vectors); i++)
      sum[row][i] = NT_N(load_sum)(start + row * ld_start + i * nt_lanes);
  for (size_t step = 0; step < steps; step++) {
    NT_N(weight) run[3][NT_N(vectors)];
    _Pragma("unroll") for (size_t word = 0; word < 2; word++) {
      NT_N(weight) weight[NT_N(vectors)];
      _Pragma("unroll") for (size_t i = 0; i < NT_N(vectors); i++)
        weight[i] = NT_N(words)(weights + (word * NT_N(width) + i * nt_lanes) * 4);
      _Pragma("unroll") for (size_t row = 0; row < count; row++) {
        const NT_N(weight) factor = NT_N(factor)(rows + row * row_bytes + word * 4);
        _Pragma("unroll") for (size_t i = 0; i < NT_N(vectors); i++) {
          const NT_N(weight) products = NT_N(products)(factor, weight[i]);
          run[row][i] = word ? NT_N(join)(run[row][i], products) : products;
        }
      }
    }
    _Pragma("unroll") for (size_t row = 0; row < count; row++)
      _Pragma("unroll") for (size_t i = 0; i < NT_N(vectors); i++)
        sum[row][i] = NT_N(widen)(sum[row][i], run[row][i]);
    rows += NT_N(unit);
    weights += NT_N(step_bytes);
  }
  _Pragma("unroll") for (size_t row = 0; row < count; row++)
    _Pragma("unroll") for (size_t i = 0; i < NT_N(vectors); i++)
      NT_N(store_sum)(sums + row * NT_N(width) + i * nt_lanes, sum[row][i]);
}

#define NT_TILE(rows_)                                                                                                \
  static void NT_N(tile_##rows_)(const char *rows, size_t row_bytes, const char *weights, size_t steps,               \
                                 const float *start, size_t ld_start, float *sums) {                                  \
    for (size_t row = 0; row + 3 <= rows_; row += 3) {                                                                \
      NT_N(some_rows)(3, rows + row * row_bytes, row_bytes, weights, steps, start + row * ld_start, ld_start,         \
                      sums + row * NT_N(width));                                                                      \
    }                                                                                                                 \
    if (rows_ % 3 == 0) return;                                                                                       \
    const size_t last = rows_ / 3 * 3;                                                                                \
    NT_N(some_rows)(rows_ % 3, rows + last * row_bytes, row_bytes, weights, steps, start + last * ld_start, ld_start, \
                    sums + last * NT_N(width));                                                                       \
  }

#include "narrow_tiles.h"
