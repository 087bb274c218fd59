// Kernels that pass once or twice over rows: normalisation, gathering, pooling, dot products, widening.

/// The remaining lanes of a row of `d` at `i`, as a count for the …_part functions.
#define NT_ROW(d, whole, part)                                \
  do {                                                        \
    size_t i = 0;                                             \
    for (; i + nt_lanes <= (d); i += nt_lanes) {              \
      whole;                                                  \
    }                                                         \
    if (i < (d)) {                                            \
      const size_t left = (d) - i;                            \
      part;                                                   \
    }                                                         \
  } while (0)

// MARK: normalisation

enum { nt_norm_sums = 4 };  // sums side by side, so that no add waits for the one before it

/// Σ x[i], or Σ (x[i] + residual[i]) where those sums go to `out`.
static inline float nt_row_sum(const float *x, const float *residual, float *out, size_t d) {
  nt_vector sum[nt_norm_sums];
  for (size_t j = 0; j < nt_norm_sums; j++) sum[j] = nt_splat(0.0f);
  size_t i = 0;
  for (; i + nt_norm_sums * nt_lanes <= d; i += nt_norm_sums * nt_lanes) {
    _Pragma("unroll") for (size_t j = 0; j < nt_norm_sums; j++) {
      nt_vector v = nt_load(x + i + j * nt_lanes);
      if (residual) {
        v = v + nt_load(residual + i + j * nt_lanes);
        nt_store(out + i + j * nt_lanes, v);
      }
      sum[j] = sum[j] + v;
    }
  }
  for (; i < d; i += nt_lanes) {
    const size_t left = d - i < nt_lanes ? d - i : nt_lanes;
    nt_vector v = nt_load_part(x + i, left);
    if (residual) {
      v = v + nt_load_part(residual + i, left);
      nt_store_part(out + i, v, left);
    }
    sum[0] = sum[0] + v;
  }
  return nt_sum((sum[0] + sum[1]) + (sum[2] + sum[3]));
}

/// Σ (x[i] − mean)².
static inline float nt_row_squares(const float *x, nt_vector mean, size_t d) {
  nt_vector sum[nt_norm_sums];
  for (size_t j = 0; j < nt_norm_sums; j++) sum[j] = nt_splat(0.0f);
  size_t i = 0;
  for (; i + nt_norm_sums * nt_lanes <= d; i += nt_norm_sums * nt_lanes) {
    _Pragma("unroll") for (size_t j = 0; j < nt_norm_sums; j++) {
      const nt_vector v = nt_load(x + i + j * nt_lanes) - mean;
      sum[j] = nt_fma(v, v, sum[j]);
    }
  }
  for (; i < d; i += nt_lanes) {
    const size_t left = d - i < nt_lanes ? d - i : nt_lanes;
    const nt_vector v = nt_first(nt_load_part(x + i, left) - mean, left, nt_splat(0.0f));
    sum[0] = nt_fma(v, v, sum[0]);
  }
  return nt_sum((sum[0] + sum[1]) + (sum[2] + sum[3]));
}

static void nt_layer_norm_f32(const float *x, const float *residual, const float *gamma, const float *beta,
                              float epsilon, float *out, size_t m, size_t d) {
  for (size_t row = 0; row < m; row++, x += d, out += d) {
    const float *values = residual ? out : x;
    const nt_vector mean = nt_splat(nt_row_sum(x, residual ? residual + row * d : NULL, out, d) / (float)d);
    const float squares = nt_row_squares(values, mean, d);
    const nt_vector inverse = nt_splat(1.0f / __builtin_sqrtf(squares / (float)d + epsilon));
    if (gamma && beta) {
      NT_ROW(d, nt_store(out + i, nt_fma((nt_load(values + i) - mean) * inverse, nt_load(gamma + i), nt_load(beta + i))),
             nt_store_part(out + i, nt_fma((nt_load_part(values + i, left) - mean) * inverse,
                                           nt_load_part(gamma + i, left), nt_load_part(beta + i, left)), left));
      continue;
    }
    NT_ROW(d, nt_vector v = (nt_load(values + i) - mean) * inverse;
           if (gamma) v = v * nt_load(gamma + i);
           if (beta) v = v + nt_load(beta + i);
           nt_store(out + i, v), nt_vector v = (nt_load_part(values + i, left) - mean) * inverse;
           if (gamma) v = v * nt_load_part(gamma + i, left);
           if (beta) v = v + nt_load_part(beta + i, left);
           nt_store_part(out + i, v, left));
  }
}

static void nt_rms_norm_f32(const float *x, const float *gamma, float epsilon, float *out, size_t m, size_t d) {
  for (size_t row = 0; row < m; row++, x += d, out += d) {
    const float squares = nt_row_squares(x, nt_splat(0.0f), d);
    const nt_vector inverse = nt_splat(1.0f / __builtin_sqrtf(squares / (float)d + epsilon));
    NT_ROW(d, nt_store(out + i, nt_load(x + i) * inverse * nt_load(gamma + i)),
           nt_store_part(out + i, nt_load_part(x + i, left) * inverse * nt_load_part(gamma + i, left), left));
  }
}

// MARK: gathering

static void nt_gather_f32(const float *table, const int32_t *ids, bool accumulate, float *out, size_t m, size_t d) {
  for (size_t row = 0; row < m; row++, out += d) {
    const float *source = table + (size_t)ids[row] * d;
    if (accumulate) {
      NT_ROW(d, nt_store(out + i, nt_load(out + i) + nt_load(source + i)),
             nt_store_part(out + i, nt_load_part(out + i, left) + nt_load_part(source + i, left), left));
    } else {
      memcpy(out, source, d * sizeof(float));
    }
  }
}

enum { nt_gather_vectors = 6 };  // columns whose sums stay in registers while the ids pass

static void nt_gather_sum_i8(const int8_t *table, const float *scales, const int32_t *ids, size_t m, float *out,
                             size_t d) {
  size_t column = 0;
  for (; column + nt_gather_vectors * nt_lanes <= d; column += nt_gather_vectors * nt_lanes) {
    nt_vector sum[nt_gather_vectors];
    _Pragma("unroll") for (size_t i = 0; i < nt_gather_vectors; i++) sum[i] = nt_load(out + column + i * nt_lanes);
    for (size_t row = 0; row < m; row++) {
      const int8_t *source = table + (size_t)ids[row] * d + column;
      const nt_vector scale = nt_splat(scales[ids[row]]);
      if (column == 0 && row + 4 < m) {
        const int8_t *ahead = table + (size_t)ids[row + 4] * d;
        for (size_t i = 0; i < d; i += 64) nt_prefetch(ahead + i);
      }
      _Pragma("unroll") for (size_t i = 0; i < nt_gather_vectors; i++) {
        sum[i] = nt_fma(scale, nt_load_i8(source + i * nt_lanes), sum[i]);
      }
    }
    _Pragma("unroll") for (size_t i = 0; i < nt_gather_vectors; i++) nt_store(out + column + i * nt_lanes, sum[i]);
  }
  for (; column < d; column += nt_lanes) {
    const size_t left = d - column < nt_lanes ? d - column : nt_lanes;
    float lanes[nt_lanes] = {0};
    memcpy(lanes, out + column, left * sizeof(float));
    nt_vector sum = nt_load(lanes);
    for (size_t row = 0; row < m; row++) {
      int8_t source[nt_lanes] = {0};
      memcpy(source, table + (size_t)ids[row] * d + column, left);
      sum = nt_fma(nt_splat(scales[ids[row]]), nt_load_i8(source), sum);
    }
    nt_store(lanes, sum);
    memcpy(out + column, lanes, left * sizeof(float));
  }
}

// MARK: pooling

static void nt_add_scaled_f32(const float *x, float scale, float *y, size_t d) {
  const nt_vector factor = nt_splat(scale);
  NT_ROW(d, nt_store(y + i, nt_fma(factor, nt_load(x + i), nt_load(y + i))),
         nt_store_part(y + i, nt_fma(factor, nt_load_part(x + i, left), nt_load_part(y + i, left)), left));
}

static void nt_maximum_f32(const float *x, float *y, size_t d) {
  NT_ROW(d, nt_store(y + i, nt_max(nt_load(x + i), nt_load(y + i))),
         nt_store_part(y + i, nt_max(nt_load_part(x + i, left), nt_load_part(y + i, left)), left));
}

static void nt_scale_f32(float *x, float scale, size_t d) {
  NT_ROW(d, nt_store(x + i, nt_load(x + i) * nt_splat(scale)),
         nt_store_part(x + i, nt_load_part(x + i, left) * nt_splat(scale), left));
}

// MARK: rotary positions

/// Turns x and y by angles, in place.
static inline void nt_turn_pair(nt_vector *x, nt_vector *y, nt_vector cosine, nt_vector sine) {
  const nt_vector turned = nt_fma(*x, cosine, -(*y * sine));
  *y = nt_fma(*y, cosine, *x * sine);
  *x = turned;
}

static void nt_turn_f32(float *x, size_t stride, size_t count, const float *cosines, const float *sines,
                        size_t half) {
  for (size_t piece = 0; piece < count; piece++, x += stride) {
    float *y = x + half;
    NT_ROW(half, nt_vector a = nt_load(x + i); nt_vector b = nt_load(y + i);
           nt_turn_pair(&a, &b, nt_load(cosines + i), nt_load(sines + i)); nt_store(x + i, a); nt_store(y + i, b),
           nt_vector a = nt_load_part(x + i, left); nt_vector b = nt_load_part(y + i, left);
           nt_turn_pair(&a, &b, nt_load_part(cosines + i, left), nt_load_part(sines + i, left));
           nt_store_part(x + i, a, left); nt_store_part(y + i, b, left));
  }
}

// MARK: dot products

enum { nt_dot_sums = 4 };

static inline float nt_dot_row(const float *a, const float *b, size_t d) {
  nt_vector sum[nt_dot_sums];
  for (size_t i = 0; i < nt_dot_sums; i++) sum[i] = nt_splat(0.0f);
  size_t i = 0;
  for (; i + nt_dot_sums * nt_lanes <= d; i += nt_dot_sums * nt_lanes) {
    _Pragma("unroll") for (size_t j = 0; j < nt_dot_sums; j++) {
      sum[j] = nt_fma(nt_load(a + i + j * nt_lanes), nt_load(b + i + j * nt_lanes), sum[j]);
    }
  }
  for (; i + nt_lanes <= d; i += nt_lanes) sum[0] = nt_fma(nt_load(a + i), nt_load(b + i), sum[0]);
  if (i < d) sum[1] = nt_fma(nt_load_part(a + i, d - i), nt_load_part(b + i, d - i), sum[1]);
  return nt_sum((sum[0] + sum[1]) + (sum[2] + sum[3]));
}

static float nt_dot_f32(const float *a, const float *b, size_t d) { return nt_dot_row(a, b, d); }

static void nt_dot_rows_f32(const float *query, const float *base, size_t ld, size_t m, size_t d, float *out) {
  for (size_t row = 0; row < m; row++) out[row] = nt_dot_row(query, base + row * ld, d);
}

// MARK: widening

static void nt_widen_f16(const uint16_t *x, float *out, size_t count) {
  size_t i = 0;
  for (; i + nt_lanes <= count; i += nt_lanes) nt_store(out + i, nt_load_f16(x + i));
  if (i < count) {
    uint16_t rest[nt_lanes] = {0};
    memcpy(rest, x + i, (count - i) * sizeof *x);
    nt_store_part(out + i, nt_load_f16(rest), count - i);
  }
}

static void nt_widen_bf16(const uint16_t *x, float *out, size_t count) {
  size_t i = 0;
  for (; i + nt_lanes <= count; i += nt_lanes) nt_store(out + i, nt_load_bf16(x + i));
  if (i < count) {
    uint16_t rest[nt_lanes] = {0};
    memcpy(rest, x + i, (count - i) * sizeof *x);
    nt_store_part(out + i, nt_load_bf16(rest), count - i);
  }
}

#undef NT_ROW
