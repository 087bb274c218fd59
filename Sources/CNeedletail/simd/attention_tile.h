// The inner loops of attention. Queries stand in the lanes, so that the highest score and the total weight of a query
// are found without summing across a register, and only the last vector of queries is ever padded. How many keys or
// queries a loop takes at once changes no bit: every element is one chain over the features, or over the keys, in order.

enum {
  nt_most_vectors = 3,  // vectors of queries in a panel: the score tiles are 8 keys × 1, 6 × 2 and 4 × 3, or larger
  nt_most_queries = nt_most_vectors * nt_lanes,
};

#define NT_INLINE static inline __attribute__((always_inline))

/// 2^t for t ≤ 0 within 2e-7 of itself; zero below about 2⁻¹²⁶.
static inline nt_vector nt_weight(nt_vector t) {
  t = nt_max(nt_splat(-127.0f), t);
  const nt_vector shifted = t + nt_splat(nt_rounder);
  const nt_vector fraction = t - (shifted - nt_splat(nt_rounder)), square = fraction * fraction;
  nt_vector odd = nt_splat(1.3264727e-3f), even = nt_splat(9.671513e-3f);
  odd = nt_fma(odd, square, nt_splat(5.5507336e-2f));
  even = nt_fma(even, square, nt_splat(2.4022242e-1f));
  odd = nt_fma(odd, square, nt_splat(6.93147e-1f));
  return nt_fma(odd, fraction, nt_fma(even, square, nt_splat(1.0f))) * nt_as_exponent(shifted);
}

/// queries[d, lanes] = factor · q[rows, d] turned; the lanes past `rows` repeat the last row.
static void nt_pack_queries(const float *q, size_t ld, size_t rows, size_t d, float factor, size_t lanes,
                            float *queries) {
  for (size_t lane = 0; lane < lanes; lane += nt_block) {
    const size_t first = lane < rows ? lane : rows - 1, some = rows - first < nt_block ? rows - first : nt_block;
    const float *from = q + first * ld;
    float *to = queries + lane;
    size_t step = 0;
    for (; step + nt_block <= d; step += nt_block) {
      if (some == nt_block) {
        nt_transpose_scaled(from + step, ld, nt_block, to + step * lanes, lanes, factor);
      } else {
        nt_transpose_scaled(from + step, ld, some, to + step * lanes, lanes, factor);
      }
    }
    for (; step < d; step++) {
      for (size_t i = 0; i < nt_block; i++) to[step * lanes + i] = factor * from[(i < some ? i : some - 1) * ld + step];
    }
  }
}

/// scores[rows, vectors] = keys[rows, d] · queries[d, vectors] + bias, and highest[vectors] raised to them. The bias of
/// a row starts one place before that of the row above it; it may be null.
typedef void (*nt_score_tile)(const float *keys, size_t ld, const float *queries, size_t d, const float *bias,
                              float *scores, float *highest);

NT_INLINE void nt_score(size_t rows, size_t vectors, const float *keys, size_t ld, const float *queries, size_t d,
                        const float *bias, float *scores, float *highest) {
  nt_vector sum[12][nt_most_vectors];
  _Pragma("unroll") for (size_t row = 0; row < rows; row++)
    _Pragma("unroll") for (size_t i = 0; i < vectors; i++) sum[row][i] = nt_splat(0.0f);
  for (size_t step = 0; step < d; step++, keys++, queries += vectors * nt_lanes) {
    nt_vector query[nt_most_vectors];
    _Pragma("unroll") for (size_t i = 0; i < vectors; i++) query[i] = nt_load(queries + i * nt_lanes);
    _Pragma("unroll") for (size_t row = 0; row < rows; row++) {
      const nt_vector key = nt_splat(keys[row * ld]);
      _Pragma("unroll") for (size_t i = 0; i < vectors; i++) sum[row][i] = nt_fma(key, query[i], sum[row][i]);
    }
  }
  if (bias) {
    _Pragma("unroll") for (size_t row = 0; row < rows; row++)
      _Pragma("unroll") for (size_t i = 0; i < vectors; i++)
        sum[row][i] = sum[row][i] + nt_load(bias + i * nt_lanes - row);
  }
  _Pragma("unroll") for (size_t i = 0; i < vectors; i++) {
    nt_vector top = nt_load(highest + i * nt_lanes);
    _Pragma("unroll") for (size_t row = 0; row < rows; row++) {
      nt_store(scores + (row * vectors + i) * nt_lanes, sum[row][i]);
      top = nt_max(top, sum[row][i]);
    }
    nt_store(highest + i * nt_lanes, top);
  }
}

#define NT_SCORE(rows, vectors)                                                                                  \
  static void nt_score_##rows##_##vectors(const float *keys, size_t ld, const float *queries, size_t d,          \
                                          const float *bias, float *scores, float *highest) {                    \
    nt_score(rows, vectors, keys, ld, queries, d, bias, scores, highest);                                        \
  }
#define NT_SCORES(vectors) NT_SCORE(1, vectors) NT_SCORE(2, vectors) NT_SCORE(3, vectors) NT_SCORE(4, vectors)

NT_SCORES(1) NT_SCORE(5, 1) NT_SCORE(6, 1) NT_SCORE(7, 1) NT_SCORE(8, 1) NT_SCORES(2) NT_SCORE(5, 2) NT_SCORE(6, 2)
NT_SCORES(3)
#if NT_TILE_ROWS > 6  // 32 registers
NT_SCORE(7, 2) NT_SCORE(8, 2) NT_SCORE(5, 3) NT_SCORE(6, 3) NT_SCORE(7, 3) NT_SCORE(8, 3)
#endif
#undef NT_SCORES
#undef NT_SCORE

#if NT_TILE_ROWS > 6
#define NT_MORE(vectors) nt_score_7_##vectors, nt_score_8_##vectors
static const size_t nt_score_rows[nt_most_vectors] = {8, 8, 8};
static const nt_score_tile nt_score_tiles[nt_most_vectors][8] = {
    {nt_score_1_1, nt_score_2_1, nt_score_3_1, nt_score_4_1, nt_score_5_1, nt_score_6_1, NT_MORE(1)},
    {nt_score_1_2, nt_score_2_2, nt_score_3_2, nt_score_4_2, nt_score_5_2, nt_score_6_2, NT_MORE(2)},
    {nt_score_1_3, nt_score_2_3, nt_score_3_3, nt_score_4_3, nt_score_5_3, nt_score_6_3, NT_MORE(3)},
};
#undef NT_MORE
#else
static const size_t nt_score_rows[nt_most_vectors] = {8, 6, 4};
static const nt_score_tile nt_score_tiles[nt_most_vectors][8] = {
    {nt_score_1_1, nt_score_2_1, nt_score_3_1, nt_score_4_1, nt_score_5_1, nt_score_6_1, nt_score_7_1, nt_score_8_1},
    {nt_score_1_2, nt_score_2_2, nt_score_3_2, nt_score_4_2, nt_score_5_2, nt_score_6_2},
    {nt_score_1_3, nt_score_2_3, nt_score_3_3, nt_score_4_3},
};
#endif

/// Turns scores [keys, vectors] into weights 2^(score − highest) and adds them to total · factor, where factor is what
/// sums made under the `former` highest scores must be multiplied with.
typedef void (*nt_soften)(float *scores, size_t keys, const float *former, const float *highest, float *total,
                          float *factor);

#define NT_SOFTEN(vectors)                                                                                        \
  static void nt_soften_##vectors(float *scores, size_t keys, const float *former, const float *highest,          \
                                  float *total, float *factor) {                                                  \
    nt_vector top[vectors], sum[vectors];                                                                         \
    _Pragma("unroll") for (size_t i = 0; i < vectors; i++) {                                                      \
      top[i] = nt_load(highest + i * nt_lanes);                                                                   \
      sum[i] = nt_splat(0.0f);                                                                                    \
    }                                                                                                             \
    for (size_t key = 0; key < keys; key++, scores += vectors * nt_lanes) {                                       \
      _Pragma("unroll") for (size_t i = 0; i < vectors; i++) {                                                    \
        const nt_vector weight = nt_weight(nt_load(scores + i * nt_lanes) - top[i]);                              \
        nt_store(scores + i * nt_lanes, weight);                                                                  \
        sum[i] = sum[i] + weight;                                                                                 \
      }                                                                                                           \
    }                                                                                                             \
    _Pragma("unroll") for (size_t i = 0; i < vectors; i++) {                                                      \
      const nt_vector less = nt_weight(nt_load(former + i * nt_lanes) - top[i]);                                  \
      nt_store(factor + i * nt_lanes, less);                                                                      \
      nt_store(total + i * nt_lanes, nt_fma(nt_load(total + i * nt_lanes), less, sum[i]));                        \
    }                                                                                                             \
  }

NT_SOFTEN(1) NT_SOFTEN(2) NT_SOFTEN(3)
#undef NT_SOFTEN

static const nt_soften nt_softens[nt_most_vectors] = {nt_soften_1, nt_soften_2, nt_soften_3};

/// sums[rows, nt_panel] = (sums · factor + weights[keys, rows]ᵀ · values[keys, nt_panel]) · inverse. `start` holds the
/// former sums and may be null for none; `inverse` may be null for one.
typedef void (*nt_mix_tile)(const float *weights, size_t ld_weights, const float *values, size_t ld_values,
                            size_t keys, const float *start, size_t ld_start, const float *factor,
                            const float *inverse, float *sums, size_t ld_sums);

#define NT_MIX(rows)                                                                                              \
  static void nt_mix_##rows(const float *weights, size_t ld_weights, const float *values, size_t ld_values,       \
                            size_t keys, const float *start, size_t ld_start, const float *factor,                \
                            const float *inverse, float *sums, size_t ld_sums) {                                  \
    nt_vector sum[rows][nt_tile_vectors];                                                                         \
    if (start) {                                                                                                  \
      _Pragma("unroll") for (size_t row = 0; row < rows; row++)                                                   \
        _Pragma("unroll") for (size_t i = 0; i < nt_tile_vectors; i++)                                            \
          sum[row][i] = nt_load(start + row * ld_start + i * nt_lanes) * nt_splat(factor[row]);                   \
    } else {                                                                                                      \
      _Pragma("unroll") for (size_t row = 0; row < rows; row++)                                                   \
        _Pragma("unroll") for (size_t i = 0; i < nt_tile_vectors; i++) sum[row][i] = nt_splat(0.0f);              \
    }                                                                                                             \
    for (size_t key = 0; key < keys; key++, weights += ld_weights, values += ld_values) {                         \
      nt_vector value[nt_tile_vectors];                                                                           \
      _Pragma("unroll") for (size_t i = 0; i < nt_tile_vectors; i++) value[i] = nt_load(values + i * nt_lanes);   \
      _Pragma("unroll") for (size_t row = 0; row < rows; row++) {                                                 \
        const nt_vector weight = nt_splat(weights[row]);                                                          \
        _Pragma("unroll") for (size_t i = 0; i < nt_tile_vectors; i++)                                            \
          sum[row][i] = nt_fma(weight, value[i], sum[row][i]);                                                    \
      }                                                                                                           \
    }                                                                                                             \
    if (inverse) {                                                                                                \
      _Pragma("unroll") for (size_t row = 0; row < rows; row++)                                                   \
        _Pragma("unroll") for (size_t i = 0; i < nt_tile_vectors; i++)                                            \
          sum[row][i] = sum[row][i] * nt_splat(inverse[row]);                                                     \
    }                                                                                                             \
    _Pragma("unroll") for (size_t row = 0; row < rows; row++)                                                     \
      _Pragma("unroll") for (size_t i = 0; i < nt_tile_vectors; i++)                                              \
        nt_store(sums + row * ld_sums + i * nt_lanes, sum[row][i]);                                               \
  }

NT_MIX(1) NT_MIX(2) NT_MIX(3) NT_MIX(4) NT_MIX(5) NT_MIX(6)
#if NT_TILE_ROWS > 6
NT_MIX(7) NT_MIX(8)
#endif
#if NT_TILE_ROWS > 8
NT_MIX(9) NT_MIX(10) NT_MIX(11) NT_MIX(12)
#endif
#undef NT_MIX

static const nt_mix_tile nt_mix_tiles[] = {
    nt_mix_1, nt_mix_2, nt_mix_3, nt_mix_4, nt_mix_5, nt_mix_6,
#if NT_TILE_ROWS > 6
    nt_mix_7, nt_mix_8,
#endif
#if NT_TILE_ROWS > 8
    nt_mix_9, nt_mix_10, nt_mix_11, nt_mix_12,
#endif
};
