// int8: preparing rows, packing weights, and the scales. The instruction set has defined how words of codes multiply:
//
//   nt_int8_group                depths of a step
//   nt_int8_unit                 bytes of one row and one step
//   nt_int8_weight_unit          bytes of one feature and one step
//   nt_int8_row_words            writes the codes of nt_lanes values of a row, from −128 to 127
//   nt_int8_weight_words         the same of a weight, from −127 to 127
//   nt_int8_shift                what row codes have been shifted by to make them unsigned, or 0
//   NT_INT8_RUNS                 defined where products are added in 16 bits first (narrow_run_tile.h): rows then have
//                                codes from −80 to 79

#if defined(NT_INT8_RUNS)
enum { nt_int8_codes = 160, nt_int8_word = 4 };
#else
enum { nt_int8_codes = 256, nt_int8_word = nt_int8_weight_unit };  // a word: bytes of a feature that stand side by side
#endif

/// The scale of the weights whose largest size has the bits `largest`, and the factor that makes codes of them.
static inline float nt_int8_scale(uint32_t largest, float *inverse) {
  float size;
  memcpy(&size, &largest, sizeof size);
  const bool some = largest < 0x7f800000 && size >= 0x1p-120f;
  *inverse = some ? 127.0f / size : 0.0f;
  return largest >= 0x7f800000 ? __builtin_nanf("") : some ? size / 127.0f : 0.0f;
}

/// The bits of the largest size of x[k]; those of an infinity or a NaN are larger than any number's.
static uint32_t nt_int8_largest(const float *x, size_t k) {
  nt_vector largest[4] = {nt_splat(0.0f), nt_splat(0.0f), nt_splat(0.0f), nt_splat(0.0f)};
  size_t i = 0;
  for (; i + 4 * nt_lanes <= k; i += 4 * nt_lanes) {
    _Pragma("unroll") for (size_t j = 0; j < 4; j++) {
      largest[j] = nt_larger_bits(largest[j], nt_abs(nt_load(x + i + j * nt_lanes)));
    }
  }
  for (; i + nt_lanes <= k; i += nt_lanes) largest[0] = nt_larger_bits(largest[0], nt_abs(nt_load(x + i)));
  if (i < k) largest[1] = nt_larger_bits(largest[1], nt_abs(nt_load_part(x + i, k - i)));
  largest[0] = nt_larger_bits(nt_larger_bits(largest[0], largest[1]), nt_larger_bits(largest[2], largest[3]));
  uint32_t bits[nt_lanes], result = 0;
  memcpy(bits, largest, sizeof bits);
  for (size_t j = 0; j < nt_lanes; j++) result = bits[j] > result ? bits[j] : result;
  return result;
}

#if defined(NT_INT8_RUNS)
/// The positive numbers of eight, those of each run added up: those whose place modulo 4 is 0 or 1 in lane 0, the
/// others in lane 2.
static inline __m128 nt_int8_run_sums(__m256 values) {
  const __m256 positive = _mm256_max_ps(values, _mm256_setzero_ps());
  const __m128 half = _mm256_castps256_ps128(positive) + _mm256_extractf128_ps(positive, 1);
  return half + _mm_movehdup_ps(half);
}

/// The size that the feature x[k] has at least if 127 codes a size and 159 a row's value are to fit four products in 16
/// bits: 159 · 206 < 2¹⁵, and 2 of the 206 are what rounding may add to a run.
static float nt_int8_run_size(const float *x, size_t k) {
  __m128 most = _mm_setzero_ps();
  for (size_t i = 0; i < k; i += 8) {
    const __m256 values = k - i >= 8 ? nt_load(x + i) : nt_load_part(x + i, k - i);
    most = _mm_max_ps(most, _mm_max_ps(nt_int8_run_sums(values), nt_int8_run_sums(-values)));
  }
  const float first = _mm_cvtss_f32(most), second = _mm_cvtss_f32(_mm_movehl_ps(most, most));
  return (first > second ? first : second) * (127.0f / 204.0f);
}
#endif

/// The scale of the feature x[k], and the factor that makes codes of its weights.
static float nt_int8_feature_scale(const float *x, size_t k, float *inverse) {
  uint32_t largest = nt_int8_largest(x, k);
#if defined(NT_INT8_RUNS)
  const float run = nt_int8_run_size(x, k);
  uint32_t bits;
  memcpy(&bits, &run, sizeof bits);
  if (bits > largest) largest = bits;
#endif
  return nt_int8_scale(largest, inverse);
}

static size_t nt_int8_steps(size_t k) { return (k + nt_int8_group - 1) / nt_int8_group; }

/// What makes codes of a row, and values of codes: x ≈ scale · (code − zero).
typedef struct {
  float scale, zero, inverse;
} nt_int8_row;

static nt_int8_row nt_int8_measure(const float *x, size_t k) {
  nt_vector low[2] = {nt_splat(0.0f), nt_splat(0.0f)}, high[2] = {nt_splat(0.0f), nt_splat(0.0f)};
  nt_vector bits[2] = {nt_splat(0.0f), nt_splat(0.0f)};
  size_t i = 0;
  for (; i + 2 * nt_lanes <= k; i += 2 * nt_lanes) {
    _Pragma("unroll") for (size_t j = 0; j < 2; j++) {
      const nt_vector value = nt_load(x + i + j * nt_lanes);
      low[j] = nt_min(low[j], value), high[j] = nt_max(high[j], value);
      bits[j] = nt_larger_bits(bits[j], nt_abs(value));
    }
  }
  for (; i < k; i += nt_lanes) {
    const size_t left = k - i;
    const nt_vector value = left >= nt_lanes ? nt_load(x + i) : nt_load_part(x + i, left);
    low[0] = nt_min(low[0], value), high[0] = nt_max(high[0], value);
    bits[0] = nt_larger_bits(bits[0], nt_abs(value));
  }
  const nt_vector all = nt_larger_bits(bits[0], bits[1]);
  uint32_t lanes[nt_lanes], largest = 0;
  memcpy(lanes, &all, sizeof lanes);
  for (size_t j = 0; j < nt_lanes; j++) largest = lanes[j] > largest ? lanes[j] : largest;
  if (largest >= 0x7f800000) return (nt_int8_row){__builtin_nanf(""), 0.0f, 0.0f};
  const float top = nt_highest(nt_max(high[0], high[1])), depth = nt_highest(-nt_min(low[0], low[1]));
  if (top < 0x1p-118f && depth < 0x1p-118f) return (nt_int8_row){0.0f, 0.0f, 0.0f};
  const float scale = (top * 0.5f + depth * 0.5f) * (2.0f / (nt_int8_codes - 1)), inverse = 1.0f / scale;
  return (nt_int8_row){scale, __builtin_rintf(depth * inverse) - nt_int8_codes / 2, inverse};
}

static void nt_int8_prepare(const float *x, size_t ldx, void *rows, size_t m, size_t k) {
  enum { stride = nt_lanes * nt_int8_unit / nt_int8_group };
  char *out = rows;
  for (size_t row = 0; row < m; row++, x += ldx, out += nt_row_head + nt_whole_lines(nt_int8_steps(k) * nt_int8_unit)) {
    const nt_int8_row form = nt_int8_measure(x, k);
    memcpy(out, &form, 2 * sizeof(float));
    const nt_vector inverse = nt_splat(form.inverse), zero = nt_splat(form.zero);
    const nt_vector least = nt_splat(-nt_int8_codes / 2), most = nt_splat(nt_int8_codes / 2 - 1);
    char *words = out + nt_row_head;
    size_t i = 0;
    if (form.inverse == 0.0f) {  // nothing, or no numbers: codes of zero, without a look at the values
      for (; i < k; i += nt_lanes, words += stride) nt_int8_row_words(nt_splat(0.0f), words);
      continue;
    }
    for (; i + nt_lanes <= k; i += nt_lanes, words += stride) {
      const nt_vector code = nt_fma(nt_load(x + i), inverse, zero);
      nt_int8_row_words(nt_max(least, nt_min(most, code)), words);
    }
    if (i < k) {
      const nt_vector code = nt_fma(nt_load_part(x + i, k - i), inverse, zero);
      nt_int8_row_words(nt_max(least, nt_min(most, code)), words);
    }
  }
}

// A panel: the scales of its features, the starts of their sums, the sums of their codes, then codes [steps, width,
// weight_unit].
enum {
  nt_int8_width = nt_int8_vectors * nt_lanes,
  nt_int8_panel_head = (3 * 4 * nt_int8_width + 63) / 64 * 64,
  nt_int8_step_bytes = nt_int8_width * nt_int8_weight_unit,
};

static const float *nt_int8_start(const char *panel, const float *bias) {
  (void)bias;
  return (const float *)panel + nt_int8_width;
}

/// (sum − row's zero · feature's sum) · feature's scale · row's scale + bias, in this order: a huge row overflows only
/// where the result does.
static inline nt_vector nt_int8_finish(nt_int8_sum sum, const char *row, const char *panel, const float *bias,
                                       size_t vector) {
  const nt_vector scale = nt_load((const float *)panel + vector * nt_lanes);
  const nt_vector total = nt_load((const float *)panel + 2 * nt_int8_width + vector * nt_lanes);
  const float *head = (const float *)row;
  const nt_vector value = nt_fma(nt_splat(-head[1]), total, nt_int8_value(sum));
  return nt_fma(value * scale, nt_splat(head[0]), nt_load(bias + vector * nt_lanes));
}

#define nt_int8_gelu nt_gelu_short_each
#define NT_N(name) nt_int8_##name
#define NT_N_ROWS NT_INT8_ROWS
#if defined(NT_INT8_MATRIX)
#include "narrow_matrix_tile.h"
#elif defined(NT_INT8_RUNS)
#include "narrow_run_tile.h"
#else
#include "narrow_tile.h"
#endif
#include "narrow.h"
#undef NT_N
#undef NT_N_ROWS

/// Writes the sums of the codes of each feature, found as its products with rows of ones, and the starts.
static void nt_int8_add_up(size_t k, char *panel) {
  enum { chunk = 64 };
  float *totals = (float *)panel + 2 * nt_int8_width, sums[nt_int8_width] __attribute__((aligned(64))) = {0};
  char ones[chunk * nt_int8_unit] __attribute__((aligned(64))) = {0};
  for (size_t i = 0; i < sizeof ones; i += nt_int8_unit / nt_int8_group) ones[i] = 1;
  for (size_t step = 0, steps = nt_int8_steps(k); step < steps; step += chunk) {
    const size_t some = steps - step < chunk ? steps - step : chunk;
    nt_int8_tiles[0](ones, sizeof ones, panel + nt_int8_panel_head + step * nt_int8_step_bytes, some, sums, 0, sums);
  }
  int32_t total[nt_int8_width], starts[nt_int8_width];
  memcpy(total, sums, sizeof total);
  for (size_t column = 0; column < nt_int8_width; column++) {
    totals[column] = (float)total[column];  // at most 127 · 65,536: exact
    starts[column] = -nt_int8_shift * total[column];
  }
  memcpy((float *)panel + nt_int8_width, starts, sizeof starts);
}

/// Packs the features of one panel, `n` of which there are.
static void nt_int8_pack_one(const float *weight, size_t n, size_t k, char *panel) {
  enum { chunk = 64 * nt_int8_group, words = 64 * nt_int8_weight_unit / 4 };  // depth whose codes fit a small buffer
  float *scales = (float *)panel, inverse[nt_int8_width];
  for (size_t column = 0; column < nt_int8_width; column++) {
    scales[column] = inverse[column] = 0.0f;
    if (column < n) scales[column] = nt_int8_feature_scale(weight + column * k, k, inverse + column);
  }
  for (size_t depth = 0; depth < k; depth += chunk) {
    const size_t some = k - depth < chunk ? k - depth : chunk;
    float block[nt_int8_width][words] __attribute__((aligned(64)));
    for (size_t column = 0; column < nt_int8_width; column++) {
      char *to = (char *)block[column];
      const float *from = weight + column * k + depth;
      memset(to, 0, sizeof block[column]);
      if (inverse[column] == 0.0f) continue;
      const nt_vector factor = nt_splat(inverse[column]);
      for (size_t i = 0; i < some; i += nt_lanes) {
        const nt_vector values = i + nt_lanes <= some ? nt_load(from + i) : nt_load_part(from + i, some - i);
        nt_int8_weight_words(values * factor, to + i * nt_int8_weight_unit / nt_int8_group);
      }
    }
    const size_t turned = nt_int8_steps(some) * nt_int8_weight_unit / nt_int8_word;
    nt_narrow_turn(block[0], words, nt_int8_width, turned, nt_int8_word,
                   panel + nt_int8_panel_head + depth / nt_int8_group * nt_int8_step_bytes);
  }
  nt_int8_add_up(k, panel);
}

static void nt_int8_pack(const float *weight, size_t n, size_t k, size_t first, size_t count, void *packed) {
  for (size_t panel = first; panel < first + count; panel++) {
    const size_t column = panel * nt_int8_width, columns = n - column < nt_int8_width ? n - column : nt_int8_width;
    nt_int8_pack_one(weight + column * k, columns, k, (char *)packed + panel * nt_int8_panel_bytes(k));
  }
}
