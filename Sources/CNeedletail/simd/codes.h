// Rotated 4+4-bit codes: rounding rows and queries to them, and scores from them. A file that includes this has defined
// nt_nibble_dots.

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

/// Four dot products with a plane, the last of fewer than four rows again for those that are missing.
static inline void nt_plane_dots(const uint8_t *plane, const nt_code_query *query, size_t d, const uint32_t *rows,
                                 size_t count, int32_t dots[4]) {
  const uint8_t *four[4];
  for (size_t i = 0; i < 4; i++) four[i] = plane + rows[i < count ? i : count - 1] * (d / 2);
  nt_nibble_dots(four, query->codes, d, dots);
}

/// scores[i] = the estimate from the 4 leading bits of rows[i].
static inline void nt_coarse_scores(const nt_codes *codes, const nt_code_query *query, const uint32_t *rows, size_t count,
                                    float *scores) {
  for (size_t i = 0; i < count; i += 4) {
    const size_t some = count - i < 4 ? count - i : 4;
    int32_t dots[4];
    nt_plane_dots(codes->high, query, codes->dimension, rows + i, some, dots);
    for (size_t j = 0; j < some; j++) {
      const uint32_t row = rows[i + j];
      const float product = codes->factors[row].coarse * (query->scale * ((float)dots[j] - query->coarse_shift));
      scores[i + j] = nt_biased(codes, query, row, product);
    }
  }
}

/// scores[i] = the estimate from all 8 bits of rows[i].
static inline void nt_fine_scores(const nt_codes *codes, const nt_code_query *query, const uint32_t *rows, size_t count,
                                  float *scores) {
  for (size_t i = 0; i < count; i += 4) {
    const size_t some = count - i < 4 ? count - i : 4;
    int32_t high[4], low[4];
    nt_plane_dots(codes->high, query, codes->dimension, rows + i, some, high);
    nt_plane_dots(codes->low, query, codes->dimension, rows + i, some, low);
    for (size_t j = 0; j < some; j++) {
      const uint32_t row = rows[i + j];
      const float product = codes->fine[row] * (query->scale * ((float)(16 * high[j] + low[j]) - query->fine_shift));
      scores[i + j] = nt_biased(codes, query, row, product);
    }
  }
}

/// How many rows are scored while the memory of as many is on its way.
enum { nt_rows_ahead = 8 };

static inline void nt_prefetch_plane(const uint8_t *plane, size_t bytes) {
  for (size_t i = 0; i < bytes; i += 64) __builtin_prefetch(plane + i);
}

static inline void nt_prefetch_coarse(const nt_codes *codes, size_t row) {
  __builtin_prefetch(codes->factors + row);
  nt_prefetch_plane(codes->high + row * codes->dimension / 2, codes->dimension / 2);
}

static inline void nt_prefetch_fine(const nt_codes *codes, size_t row) {
  nt_prefetch_coarse(codes, row);
  nt_prefetch_plane(codes->low + row * codes->dimension / 2, codes->dimension / 2);
  __builtin_prefetch(codes->fine + row);
}

static void nt_graph_scan(const nt_codes *codes, const nt_code_query *query, size_t first, size_t count, float *scores) {
  uint32_t rows[nt_rows_ahead];
  for (size_t i = 0; i < count; i += nt_rows_ahead) {
    const size_t some = count - i < nt_rows_ahead ? count - i : nt_rows_ahead;
    for (size_t j = 0; j < some; j++) rows[j] = (uint32_t)(first + i + j);
    nt_coarse_scores(codes, query, rows, some, scores + i);
  }
}

/// Scores of some rows, while the memory of those that follow is on its way.
#define NT_SCORES(name, prefetch, estimate)                                                                         \
  static void name(const nt_codes *codes, const nt_code_query *query, const uint32_t *rows, size_t count,           \
                   float *scores) {                                                                                 \
    for (size_t i = 0; i < count && i < nt_rows_ahead; i++) prefetch(codes, rows[i]);                               \
    for (size_t i = 0; i < count; i += nt_rows_ahead) {                                                             \
      const size_t some = count - i < nt_rows_ahead ? count - i : nt_rows_ahead;                                    \
      for (size_t j = i + some; j < i + 2 * nt_rows_ahead && j < count; j++) prefetch(codes, rows[j]);              \
      estimate(codes, query, rows + i, some, scores + i);                                                           \
    }                                                                                                               \
  }

NT_SCORES(nt_graph_coarse, nt_prefetch_coarse, nt_coarse_scores)
NT_SCORES(nt_graph_fine, nt_prefetch_fine, nt_fine_scores)

#undef NT_SCORES
