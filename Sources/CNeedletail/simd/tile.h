// The one inner loop: a few rows times a panel of columns, every element one chain of fused multiply-adds over the
// depth in order. How many rows go together changes no bit of any of them.

enum { nt_panel = nt_lanes * nt_tile_vectors, nt_tile_rows = NT_TILE_ROWS };

/// c[rows, panels · nt_panel] = start + a[rows, depth] · b, where b is `panels` panels [depth, nt_panel] standing
/// `panel_stride` apart. `start` may be `c`; a row stride of zero repeats its first row.
typedef void (*nt_tile)(const float *a, size_t lda, const float *b, size_t panel_stride, size_t depth,
                        const float *start, size_t ld_start, float *c, size_t ldc);

#define NT_TILE(rows, panels)                                                                                      \
  static void nt_tile_##rows##_##panels(const float *a, size_t lda, const float *b, size_t panel_stride,           \
                                        size_t depth, const float *start, size_t ld_start, float *c, size_t ldc) { \
    nt_vector sum[rows][panels][nt_tile_vectors];                                                                  \
    _Pragma("unroll") for (size_t row = 0; row < rows; row++)                                                      \
      _Pragma("unroll") for (size_t panel = 0; panel < panels; panel++)                                            \
        _Pragma("unroll") for (size_t i = 0; i < nt_tile_vectors; i++)                                             \
          sum[row][panel][i] = nt_load(start + row * ld_start + panel * nt_panel + i * nt_lanes);                  \
    for (size_t step = 0; step < depth; step++) {                                                                  \
      _Pragma("unroll") for (size_t panel = 0; panel < panels; panel++) {                                          \
        nt_vector weight[nt_tile_vectors];                                                                         \
        _Pragma("unroll") for (size_t i = 0; i < nt_tile_vectors; i++)                                             \
          weight[i] = nt_load(b + panel * panel_stride + i * nt_lanes);                                            \
        _Pragma("unroll") for (size_t row = 0; row < rows; row++) {                                                \
          const nt_vector factor = nt_splat(a[row * lda]);                                                         \
          _Pragma("unroll") for (size_t i = 0; i < nt_tile_vectors; i++)                                           \
            sum[row][panel][i] = nt_fma(factor, weight[i], sum[row][panel][i]);                                    \
        }                                                                                                          \
      }                                                                                                            \
      a++;                                                                                                         \
      b += nt_panel;                                                                                               \
    }                                                                                                              \
    _Pragma("unroll") for (size_t row = 0; row < rows; row++)                                                      \
      _Pragma("unroll") for (size_t panel = 0; panel < panels; panel++)                                            \
        _Pragma("unroll") for (size_t i = 0; i < nt_tile_vectors; i++)                                             \
          nt_store(c + row * ldc + panel * nt_panel + i * nt_lanes, sum[row][panel][i]);                           \
  }

NT_TILE(1, 1) NT_TILE(2, 1) NT_TILE(3, 1) NT_TILE(4, 1) NT_TILE(5, 1) NT_TILE(6, 1)
#if NT_TILE_ROWS > 6
NT_TILE(7, 1) NT_TILE(8, 1)
#endif
#if NT_TILE_ROWS > 8
NT_TILE(9, 1) NT_TILE(10, 1) NT_TILE(11, 1) NT_TILE(12, 1)
#endif
NT_TILE(1, 4) NT_TILE(2, 2)  // few rows: more panels at once hide the latency of the adds

static const nt_tile nt_tiles[] = {
    nt_tile_1_1, nt_tile_2_1, nt_tile_3_1, nt_tile_4_1, nt_tile_5_1, nt_tile_6_1,
#if NT_TILE_ROWS > 6
    nt_tile_7_1, nt_tile_8_1,
#endif
#if NT_TILE_ROWS > 8
    nt_tile_9_1, nt_tile_10_1, nt_tile_11_1, nt_tile_12_1,
#endif
};

static const struct {
  nt_tile tile;
  size_t panels;
} nt_wide_tiles[] = {{nt_tile_1_4, 4}, {nt_tile_2_2, 2}};

enum { nt_wide_rows = sizeof nt_wide_tiles / sizeof nt_wide_tiles[0] };

#undef NT_TILE

static const float nt_zeros[4 * nt_panel];

/// How many of the `left` rows go into the next tile: all that fit, but never a tile of one or two after a full one.
static inline size_t nt_next_rows(size_t left) {
  if (left <= nt_tile_rows) return left;
  return left < nt_tile_rows + nt_tile_rows / 2 + 1 ? (left + 1) / 2 : nt_tile_rows;
}

/// Packs rows [rows, depth] of `from` as a panel [depth, nt_panel], missing rows as zeros.
static void nt_pack_panel(const float *from, size_t ld, size_t rows, size_t depth, float *panel) {
  size_t row = 0;
  for (; row + nt_block <= rows; row += nt_block) {
    size_t step = 0;
    for (; step + nt_block <= depth; step += nt_block) {
      nt_transpose(from + row * ld + step, ld, panel + step * nt_panel + row, nt_panel);
    }
    for (; step < depth; step++) {
      for (size_t i = row; i < row + nt_block; i++) panel[step * nt_panel + i] = from[i * ld + step];
    }
  }
  for (size_t step = 0; step < depth; step++) {
    for (size_t i = row; i < nt_panel; i++) panel[step * nt_panel + i] = i < rows ? from[i * ld + step] : 0.0f;
  }
}
