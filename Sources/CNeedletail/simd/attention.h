// Attention of one head over one text by the online softmax (Milakov and Gimelshein 2018; Dao et al. 2022): scores
// exist only for one tile of queries and one block of keys at a time.

enum {
  nt_keys = 256 / nt_panel * nt_panel,  // keys of one block
  nt_queries = 8 * nt_tile_rows,        // queries that share a block while it is in the cache
};

/// Where the parts of the scratch stand.
typedef struct {
  float *keys;     // [panels of l][d, nt_panel]
  float *values;   // [panels of d][l, nt_panel]
  float *scores;   // [nt_tile_rows, nt_keys]
  float *sums;     // [nt_queries, width]
  float *highest;  // [nt_queries]
  float *total;    // [nt_queries]
  size_t width;    // d in whole panels
} nt_attention;

static size_t nt_whole_panels(size_t count) { return (count + nt_panel - 1) / nt_panel * nt_panel; }

static size_t nt_attention_scratch_count(size_t l, size_t d) {
  const size_t width = nt_whole_panels(d);
  return nt_whole_panels(l) * d + width * l + nt_tile_rows * nt_keys + nt_queries * (width + 2) + 16;
}

static nt_attention nt_attention_parts(float *scratch, size_t l, size_t d) {
  nt_attention parts = {.width = nt_whole_panels(d)};
  parts.scores = (float *)(((uintptr_t)scratch + 63) & ~(uintptr_t)63);
  parts.sums = parts.scores + nt_tile_rows * nt_keys;
  parts.keys = parts.sums + nt_queries * parts.width;
  parts.values = parts.keys + nt_whole_panels(l) * d;
  parts.highest = parts.values + parts.width * l;
  parts.total = parts.highest + nt_queries;
  return parts;
}

/// Copies columns of v [l, d] into panels [l, nt_panel], missing columns as zeros.
static void nt_pack_values(const float *v, size_t ld, size_t l, size_t d, float *values) {
  for (size_t column = 0; column < d; column += nt_panel) {
    for (size_t row = 0; row < l; row++, values += nt_panel) {
      for (size_t i = 0; i < nt_panel; i += nt_lanes) {
        const size_t left = column + i < d ? d - column - i : 0;
        const float *source = v + row * ld + column + i;
        if (left >= nt_lanes) {
          nt_store(values + i, nt_load(source));
        } else {
          nt_store(values + i, left ? nt_load_part(source, left) : nt_splat(0.0f));
        }
      }
    }
  }
}

/// Scales one row of scores and turns it into weights e^(score − highest); returns the factor for what was summed
/// under the former highest score.
static inline float nt_soften(float *scores, size_t count, float scale, const float *bias, float *highest,
                              float *total) {
  const nt_vector scales = nt_splat(scale);
  nt_vector top = nt_splat(*highest);
  size_t i = 0;
  for (; i + nt_lanes <= count; i += nt_lanes) {
    nt_vector score = nt_load(scores + i) * scales;
    if (bias) score = score + nt_load(bias + i);
    nt_store(scores + i, score);
    top = nt_max(top, score);
  }
  if (i < count) {
    nt_vector score = nt_load(scores + i) * scales;
    if (bias) score = score + nt_load_part(bias + i, count - i);
    score = nt_first(score, count - i, nt_splat(-__builtin_inff()));
    nt_store(scores + i, score);
    top = nt_max(top, score);
  }
  const float before = *highest;
  const nt_vector peak = nt_splat(*highest = nt_highest(top));
  nt_vector sum = nt_splat(0.0f);
  for (i = 0; i < count; i += nt_lanes) {
    const nt_vector weight = nt_exp_nonpositive(nt_load(scores + i) - peak);
    nt_store(scores + i, weight);
    sum = sum + weight;
  }
  float factor = 1.0f;
  if (*highest != before) {
    float lanes[nt_lanes];
    nt_store(lanes, nt_exp_nonpositive(nt_splat(before) - peak));
    factor = lanes[0];
  }
  *total = *total * factor + nt_sum(sum);
  return factor;
}

static void nt_attention_f32(const float *q, const float *k, const float *v, size_t ld, float scale,
                             const float *distance_bias, float *out, size_t ldo, size_t l, size_t d, float *scratch) {
  if (l == 0 || d == 0) return;
  const nt_attention parts = nt_attention_parts(scratch, l, d);
  for (size_t key = 0; key < l; key += nt_panel) {
    nt_pack_panel(k + key * ld, ld, l - key < nt_panel ? l - key : nt_panel, d, parts.keys + key * d);
  }
  nt_pack_values(v, ld, l, d, parts.values);
  for (size_t query = 0; query < l; query += nt_queries) {
    const size_t queries = l - query < nt_queries ? l - query : nt_queries;
    for (size_t i = 0; i < queries; i++) {
      parts.highest[i] = -3.40282347e38f;  // finite, so that a score of −∞ weighs nothing
      parts.total[i] = 0.0f;
    }
    for (size_t key = 0; key < l; key += nt_keys) {
      const size_t keys = l - key < nt_keys ? l - key : nt_keys;
      for (size_t row = 0; row < queries;) {
        const size_t rows = nt_next_rows(queries - row);
        const nt_tile tile = nt_tiles[rows - 1];
        for (size_t i = 0; i < keys; i += nt_panel) {
          tile(q + (query + row) * ld, ld, parts.keys + (key + i) * d, 0, d, nt_zeros, 0, parts.scores + i, nt_keys);
        }
        float *sums = parts.sums + row * parts.width;
        for (size_t i = 0; i < rows; i++) {
          const float *bias = distance_bias ? distance_bias + (key + l - 1 - (query + row + i)) : NULL;
          const float factor = nt_soften(parts.scores + i * nt_keys, keys, scale, bias, parts.highest + row + i,
                                         parts.total + row + i);
          if (key > 0 && factor != 1.0f) {
            for (size_t x = 0; x < parts.width; x += nt_lanes) {
              float *sum = sums + i * parts.width + x;
              nt_store(sum, nt_load(sum) * nt_splat(factor));
            }
          }
        }
        for (size_t x = 0; x < parts.width; x += nt_panel) {
          tile(parts.scores, nt_keys, parts.values + x * l + key * nt_panel, 0, keys, key > 0 ? sums + x : nt_zeros,
               key > 0 ? parts.width : 0, sums + x, parts.width);
        }
        row += rows;
      }
    }
    for (size_t i = 0; i < queries; i++) {
      const float *sums = parts.sums + i * parts.width;
      float *row = out + (query + i) * ldo;
      const nt_vector inverse = nt_splat(1.0f / parts.total[i]);
      size_t x = 0;
      for (; x + nt_lanes <= d; x += nt_lanes) nt_store(row + x, nt_load(sums + x) * inverse);
      if (x < d) nt_store_part(row + x, nt_load(sums + x) * inverse, d - x);
    }
  }
}
