// Rotated 4+4-bit codes: rounding rows and queries to them, and scores from them. A file that includes this has defined
// nt_nibble_dot.

/// What half of the values that share 4 leading bits are above, of codes 0…15: 16 · 7.53125 = 120.5, the middle of the
/// 8-bit codes' own range from −127 to 127 shifted by 128.
#define NT_NIBBLE_ZERO 7.53125f

/// The bytes of a plane that hold 128 features, or the 64 that are left over at the end.
static inline size_t nt_plane_width(size_t dimension, size_t feature) { return dimension - feature < 128 ? 32 : 64; }

static void nt_graph_encode(const float *x, size_t m, const nt_codes *codes, size_t row, float *squares) {
  const size_t d = codes->dimension;
  for (size_t i = 0; i < m; i++, row++, x += d) {
    float most = 0, square = 0;
    for (size_t j = 0; j < d; j++) {
      const float size = __builtin_fabsf(x[j]);
      most = size > most ? size : most;
      square += x[j] * x[j];
    }
    const float inverse = most > 0x1p-100f ? 127.0f / most : 0.0f;
    uint8_t *high = codes->high + row * d / 2, *low = codes->low + row * d / 2;
    float fine = 0, coarse = 0;
    for (size_t j = 0; j < d; j += 128) {
      const size_t width = nt_plane_width(d, j);
      for (size_t k = 0; k < width; k++) {
        const float a = x[j + k], b = x[j + width + k];
        const int32_t first = (int32_t)__builtin_rintf(a * inverse), second = (int32_t)__builtin_rintf(b * inverse);
        const uint32_t one = (uint32_t)(first + 128), two = (uint32_t)(second + 128);
        fine += a * (float)first + b * (float)second;
        coarse += a * ((float)(one >> 4) - NT_NIBBLE_ZERO) + b * ((float)(two >> 4) - NT_NIBBLE_ZERO);
        *high++ = (uint8_t)(one >> 4 | (two & 240));
        *low++ = (uint8_t)((one & 15) | two << 4);
      }
    }
    // The estimate of a product is unbiased where the row's own with itself is exact (Gao and Long 2024, RaBitQ).
    codes->fine[row] = inverse > 0 && fine > 0 ? square / fine : 0;
    codes->factors[row].coarse = inverse > 0 && coarse > 0 ? square / coarse : 0;
    squares[i] = square;
  }
}

static nt_code_query nt_graph_query(const float *x, size_t d, int8_t *bytes) {
  float most = 0;
  for (size_t i = 0; i < d; i++) most = __builtin_fabsf(x[i]) > most ? __builtin_fabsf(x[i]) : most;
  const float inverse = most > 0x1p-100f ? 127.0f / most : 0.0f;
  int32_t sum = 0;
  for (size_t i = 0; i < d; i++) {
    const int32_t code = (int32_t)__builtin_rintf(x[i] * inverse);
    bytes[i] = (int8_t)code;
    sum += code;
  }
  return (nt_code_query){.codes = bytes, .scale = most / 127.0f, .coarse_shift = NT_NIBBLE_ZERO * (float)sum,
                         .fine_shift = 128.0f * (float)sum};
}

static nt_code_query nt_graph_row_query(const nt_codes *codes, size_t row, int8_t *bytes) {
  const size_t d = codes->dimension;
  const uint8_t *high = codes->high + row * d / 2, *low = codes->low + row * d / 2;
  int32_t sum = 0;
  for (size_t i = 0; i < d; i += 128) {
    const size_t width = nt_plane_width(d, i);
    for (size_t j = 0; j < width; j++, high++, low++) {
      bytes[i + j] = (int8_t)(((*high & 15) << 4 | (*low & 15)) - 128);
      bytes[i + width + j] = (int8_t)(((*high & 240) | *low >> 4) - 128);
    }
  }
  for (size_t i = 0; i < d; i++) sum += bytes[i];
  return (nt_code_query){.codes = bytes, .scale = codes->fine[row], .coarse_shift = NT_NIBBLE_ZERO * (float)sum,
                         .fine_shift = 128.0f * (float)sum, .height = codes->heights ? codes->heights[row] : 0.0f};
}

static inline float nt_biased(const nt_codes *codes, const nt_code_query *query, size_t row, float product) {
  const float score = product + codes->factors[row].bias;
  return codes->heights ? score + codes->heights[row] * query->height : score;
}

/// The estimate from the 4 leading bits of a row.
static inline float nt_coarse_score(const nt_codes *codes, const nt_code_query *query, size_t row) {
  const size_t bytes = codes->dimension / 2;
  const int32_t dot = nt_nibble_dot(codes->high + row * bytes, query->codes, codes->dimension);
  const float product = codes->factors[row].coarse * (query->scale * ((float)dot - query->coarse_shift));
  return nt_biased(codes, query, row, product);
}

/// The estimate from all 8 bits of a row.
static inline float nt_fine_score(const nt_codes *codes, const nt_code_query *query, size_t row) {
  const size_t bytes = codes->dimension / 2;
  const int32_t high = nt_nibble_dot(codes->high + row * bytes, query->codes, codes->dimension);
  const int32_t low = nt_nibble_dot(codes->low + row * bytes, query->codes, codes->dimension);
  const float product = codes->fine[row] * (query->scale * ((float)(16 * high + low) - query->fine_shift));
  return nt_biased(codes, query, row, product);
}

/// How many rows ahead memory is asked for.
enum { nt_rows_ahead = 8 };

static inline void nt_prefetch_plane(const uint8_t *plane, size_t bytes) {
  for (size_t i = 0; i < bytes; i += 64) __builtin_prefetch(plane + i);
}

static inline void nt_prefetch_coarse(const nt_codes *codes, size_t row) {
  __builtin_prefetch(codes->factors + row);
  nt_prefetch_plane(codes->high + row * codes->dimension / 2, codes->dimension / 2);
}

static void nt_graph_scan(const nt_codes *codes, const nt_code_query *query, size_t first, size_t count, float *scores) {
  for (size_t i = 0; i < count; i++) scores[i] = nt_coarse_score(codes, query, first + i);
}

static void nt_graph_coarse(const nt_codes *codes, const nt_code_query *query, const uint32_t *rows, size_t count,
                            float *scores) {
  for (size_t i = 0; i < count; i++) {
    if (i + nt_rows_ahead < count) nt_prefetch_coarse(codes, rows[i + nt_rows_ahead]);
    scores[i] = nt_coarse_score(codes, query, rows[i]);
  }
}

static void nt_graph_fine(const nt_codes *codes, const nt_code_query *query, const uint32_t *rows, size_t count,
                          float *scores) {
  const size_t bytes = codes->dimension / 2;
  for (size_t i = 0; i < count; i++) {
    if (i + nt_rows_ahead < count) {
      const size_t row = rows[i + nt_rows_ahead];
      nt_prefetch_coarse(codes, row);
      nt_prefetch_plane(codes->low + row * bytes, bytes);
      __builtin_prefetch(codes->fine + row);
    }
    scores[i] = nt_fine_score(codes, query, rows[i]);
  }
}
