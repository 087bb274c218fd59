// The inner loops of attention. Queries stand in the lanes, so that the highest score and the total weight of a query
// are found without summing across a register, and only the last vector of queries is ever padded. How many keys or
// queries a loop takes at once changes no bit: every element is one chain over the features, or over the keys, in order.

enum {
  nt_most_vectors = 3,  // vectors of queries in a panel
  nt_most_queries = nt_most_vectors * nt_lanes,
};

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

// MARK: scores

/// scores[keys, vectors] = k[keys, d] · queries[d, vectors] + bias, and highest[vectors] raised to them. The bias of a
/// key starts one place before that of the key above it; it may be null.
typedef void (*nt_score)(const float *k, size_t ld, size_t keys, const float *queries, size_t d, const float *bias,
                         float *scores, float *highest);

NT_INLINE void nt_score_tile(size_t rows, size_t vectors, const float *k, size_t ld, const float *queries, size_t d,
                             const float *bias, float *scores, nt_vector *highest) {
  nt_vector sum[12][nt_most_vectors];
  _Pragma("unroll") for (size_t row = 0; row < rows; row++)
    _Pragma("unroll") for (size_t i = 0; i < vectors; i++) sum[row][i] = nt_splat(0.0f);
  const float *upper = k + 3 * ld;  // two bases and three steps: no address needs sums of its own
  for (size_t step = 0; step < d; step++, queries += vectors * nt_lanes) {
    nt_vector query[nt_most_vectors];
    _Pragma("unroll") for (size_t i = 0; i < vectors; i++) query[i] = nt_load(queries + i * nt_lanes);
    _Pragma("unroll") for (size_t row = 0; row < rows; row++) {
      const nt_vector key = nt_splat(row < 3 ? k[row * ld + step] : upper[(row - 3) * ld + step]);
      _Pragma("unroll") for (size_t i = 0; i < vectors; i++) sum[row][i] = nt_fma(key, query[i], sum[row][i]);
    }
  }
  if (bias) {
    _Pragma("unroll") for (size_t row = 0; row < rows; row++)
      _Pragma("unroll") for (size_t i = 0; i < vectors; i++)
        sum[row][i] = sum[row][i] + nt_load(bias + i * nt_lanes - row);
  }
  _Pragma("unroll") for (size_t row = 0; row < rows; row++)
    _Pragma("unroll") for (size_t i = 0; i < vectors; i++) {
      nt_store(scores + (row * vectors + i) * nt_lanes, sum[row][i]);
      highest[i] = nt_max(highest[i], sum[row][i]);
    }
}

#define NT_CASE(rows, vectors) \
  case rows: nt_score_tile(rows, vectors, k, ld, queries, d, bias, scores, top); break;

/// Tiles of `most` keys, and one of up to `large` at the end.
#define NT_SCORE(vectors, most, large, cases)                                                                       \
  static void nt_score_##vectors(const float *k, size_t ld, size_t keys, const float *queries, size_t d,            \
                                 const float *bias, float *scores, float *highest) {                                \
    nt_vector top[vectors];                                                                                         \
    _Pragma("unroll") for (size_t i = 0; i < vectors; i++) top[i] = nt_load(highest + i * nt_lanes);                \
    while (keys > large) {                                                                                          \
      nt_score_tile(most, vectors, k, ld, queries, d, bias, scores, top);                                           \
      keys -= most;                                                                                                 \
      k += most * ld;                                                                                               \
      scores += most * vectors * nt_lanes;                                                                          \
      if (bias) bias -= most;                                                                                       \
    }                                                                                                               \
    switch (keys) { cases }                                                                                         \
    _Pragma("unroll") for (size_t i = 0; i < vectors; i++) nt_store(highest + i * nt_lanes, top[i]);                \
  }

#define NT_CASES_3(v) NT_CASE(1, v) NT_CASE(2, v) NT_CASE(3, v)
#define NT_CASES_6(v) NT_CASES_3(v) NT_CASE(4, v) NT_CASE(5, v) NT_CASE(6, v)
#define NT_CASES_8(v) NT_CASES_6(v) NT_CASE(7, v) NT_CASE(8, v)

// Eight sums at least keep two multiply-adds a cycle busy; more than twelve do not fit sixteen registers.
NT_SCORE(1, 8, 8, NT_CASES_8(1))
#if NT_TILE_ROWS > 6  // 32 registers
NT_SCORE(2, 8, 8, NT_CASES_8(2))
NT_SCORE(3, 6, 6, NT_CASES_6(3))
#else
NT_SCORE(2, 4, 6, NT_CASES_6(2))
NT_SCORE(3, 3, 3, NT_CASES_3(3))
#endif
#undef NT_CASES_8
#undef NT_CASES_6
#undef NT_CASES_3
#undef NT_CASE
#undef NT_SCORE

static const nt_score nt_scores[nt_most_vectors] = {nt_score_1, nt_score_2, nt_score_3};

// MARK: weights

/// Turns scores [keys, vectors] into weights 2^(score − highest). Where `first`, total becomes their sum; else it is
/// total · factor and their sum, where factor is what sums under the `former` highest scores must be multiplied with.
typedef void (*nt_soften)(float *scores, size_t keys, bool first, const float *former, const float *highest,
                          float *total, float *factor);

#define NT_SOFTEN(vectors)                                                                                        \
  static void nt_soften_##vectors(float *scores, size_t keys, bool first, const float *former,                    \
                                  const float *highest, float *total, float *factor) {                            \
    nt_vector top[vectors], sum[vectors];                                                                         \
    _Pragma("unroll") for (size_t i = 0; i < vectors; i++) {                                                      \
      top[i] = nt_load(highest + i * nt_lanes);                                                                   \
      sum[i] = nt_splat(0.0f);                                                                                    \
    }                                                                                                             \
    size_t key = 0;                                                                                               \
    for (; key + 2 <= keys; key += 2, scores += 2 * vectors * nt_lanes) {                                         \
      nt_vector weight[2 * vectors];                                                                              \
      NT_STEPS(2 * vectors) weight[i] = nt_load(scores + i * nt_lanes) - top[i % vectors];                        \
      nt_exp2_nonpositive(weight, 2 * vectors);                                                                   \
      NT_STEPS(2 * vectors) nt_store(scores + i * nt_lanes, weight[i]);                                           \
      NT_STEPS(2 * vectors) sum[i % vectors] = sum[i % vectors] + weight[i];                                      \
    }                                                                                                             \
    if (key < keys) {                                                                                             \
      nt_vector weight[vectors];                                                                                  \
      NT_STEPS(vectors) weight[i] = nt_load(scores + i * nt_lanes) - top[i];                                      \
      nt_exp2_nonpositive(weight, vectors);                                                                       \
      NT_STEPS(vectors) nt_store(scores + i * nt_lanes, weight[i]);                                               \
      NT_STEPS(vectors) sum[i] = sum[i] + weight[i];                                                              \
    }                                                                                                             \
    _Pragma("unroll") for (size_t i = 0; i < vectors; i++) {                                                      \
      if (!first) {                                                                                               \
        nt_vector less = nt_load(former + i * nt_lanes) - top[i];                                                 \
        nt_exp2_nonpositive(&less, 1);                                                                            \
        nt_store(factor + i * nt_lanes, less);                                                                    \
        sum[i] = nt_fma(nt_load(total + i * nt_lanes), less, sum[i]);                                             \
      }                                                                                                           \
      nt_store(total + i * nt_lanes, sum[i]);                                                                     \
    }                                                                                                             \
  }

NT_SOFTEN(1) NT_SOFTEN(2) NT_SOFTEN(3)
#undef NT_SOFTEN

static const nt_soften nt_softens[nt_most_vectors] = {nt_soften_1, nt_soften_2, nt_soften_3};

// MARK: sums of values

/// One product of weights and values.
typedef struct {
  const float *weights;  // [keys, ld_weights]: a column a query
  const float *values;   // panels of [keys, nt_panel], `value_step` apart, rows `ld_values` apart
  const float *start;    // the former sums; null for none
  const float *factor;   // what they are multiplied with, a query
  const float *inverse;  // what the new ones are multiplied with, a query; null for nothing
  float *sums;
  size_t ld_weights, ld_values, value_step, ld_start, ld_sums, keys, queries, width;
} nt_mixture;

NT_INLINE void nt_mix_tile(size_t rows, const nt_mixture *x, size_t row, size_t column) {
  nt_vector sum[NT_TILE_ROWS][nt_tile_vectors];
  if (x->start) {
    const float *start = x->start + row * x->ld_start + column, *factor = x->factor + row;
    _Pragma("unroll") for (size_t i = 0; i < rows; i++)
      _Pragma("unroll") for (size_t j = 0; j < nt_tile_vectors; j++)
        sum[i][j] = nt_load(start + i * x->ld_start + j * nt_lanes) * nt_splat(factor[i]);
  } else {
    _Pragma("unroll") for (size_t i = 0; i < rows; i++)
      _Pragma("unroll") for (size_t j = 0; j < nt_tile_vectors; j++) sum[i][j] = nt_splat(0.0f);
  }
  const float *weights = x->weights + row, *values = x->values + column * x->value_step;
  const size_t ld_weights = x->ld_weights, ld_values = x->ld_values;
  for (size_t key = x->keys; key > 0; key--, weights += ld_weights, values += ld_values) {
    nt_vector value[nt_tile_vectors];
    _Pragma("unroll") for (size_t j = 0; j < nt_tile_vectors; j++) value[j] = nt_load(values + j * nt_lanes);
    _Pragma("unroll") for (size_t i = 0; i < rows; i++) {
      const nt_vector weight = nt_splat(weights[i]);
      _Pragma("unroll") for (size_t j = 0; j < nt_tile_vectors; j++) sum[i][j] = nt_fma(weight, value[j], sum[i][j]);
    }
  }
  if (x->inverse) {
    _Pragma("unroll") for (size_t i = 0; i < rows; i++)
      _Pragma("unroll") for (size_t j = 0; j < nt_tile_vectors; j++)
        sum[i][j] = sum[i][j] * nt_splat(x->inverse[row + i]);
  }
  float *sums = x->sums + row * x->ld_sums + column;
  _Pragma("unroll") for (size_t i = 0; i < rows; i++)
    _Pragma("unroll") for (size_t j = 0; j < nt_tile_vectors; j++)
      nt_store(sums + i * x->ld_sums + j * nt_lanes, sum[i][j]);
}

#define NT_CASE(rows) \
  case rows: nt_mix_tile(rows, x, row, column); break;

/// sums[queries, width] = (start · factor + weightsᵀ · values) · inverse.
static void nt_mix(const nt_mixture *x) {
  for (size_t column = 0; column < x->width; column += nt_panel) {
    for (size_t row = 0; row < x->queries;) {
      const size_t rows = nt_next_rows(x->queries - row);
      switch (rows) {
        NT_CASE(1) NT_CASE(2) NT_CASE(3) NT_CASE(4) NT_CASE(5) NT_CASE(6)
#if NT_TILE_ROWS > 6
        NT_CASE(7) NT_CASE(8)
#endif
#if NT_TILE_ROWS > 8
        NT_CASE(9) NT_CASE(10) NT_CASE(11) NT_CASE(12)
#endif
      }
      row += rows;
    }
  }
}

#undef NT_CASE
