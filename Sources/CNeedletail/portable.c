// The plain twin of every kernel: what the fast ones are tested against, and what runs where none of them can.
#include <math.h>
#include <string.h>

#include "kernels.h"

// MARK: functions of one number

static float nt_activated(float x, nt_activation activation) {
  switch (activation) {
    case nt_activation_identity: return x;
    case nt_activation_gelu: return 0.5f * x * (1.0f + erff(x * 0.70710678118654752f));
    case nt_activation_gelu_tanh:
      return 0.5f * x * (1.0f + tanhf(0.79788456080286536f * (x + 0.044715f * x * x * x)));
    case nt_activation_relu: return x < 0.0f ? 0.0f : x;
    case nt_activation_silu: return x / (1.0f + expf(-x));
    case nt_activation_tanh: return tanhf(x);
    case nt_activation_sigmoid: return 1.0f / (1.0f + expf(-x));
    case nt_activation_quick_gelu: return x / (1.0f + expf(-1.702f * x));
  }
  return x;
}

static float nt_bits_to_float(uint32_t bits) {
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

static float nt_half_to_float(uint16_t half) {
  const uint32_t sign = (uint32_t)(half & 0x8000) << 16, exponent = (half >> 10) & 31, fraction = half & 0x3ff;
  if (exponent == 31) {  // infinity; a NaN becomes a quiet one
    return nt_bits_to_float(sign | 0x7f800000 | (fraction ? 0x400000 | fraction << 13 : 0));
  }
  if (exponent == 0) {  // zero and subnormals: fraction · 2⁻²⁴, exact in float32
    const float magnitude = (float)fraction * 0x1p-24f;
    return sign ? -magnitude : magnitude;
  }
  return nt_bits_to_float(sign | (exponent + 112) << 23 | fraction << 13);
}

// MARK: matrix products

// Features of one panel: panel p holds features [16p, 16p + 16) as [k, 16], missing ones as zeros.
enum { nt_panel = 16 };

static size_t nt_linear_panel_count_portable(size_t n) { return (n + nt_panel - 1) / nt_panel; }

static size_t nt_linear_packed_count_portable(size_t n, size_t k) {
  return nt_linear_panel_count_portable(n) * nt_panel * k;
}

static void nt_linear_pack_portable(const float *weight, size_t n, size_t k, size_t first, size_t count,
                                    float *packed) {
  for (size_t panel = first; panel < first + count; panel++) {
    for (size_t depth = 0; depth < k; depth++) {
      for (size_t column = 0; column < nt_panel; column++) {
        const size_t feature = panel * nt_panel + column;
        packed[(panel * k + depth) * nt_panel + column] = feature < n ? weight[feature * k + depth] : 0.0f;
      }
    }
  }
}

static void nt_linear_f32_portable(const float *a, size_t lda, const float *packed, const float *bias,
                                   nt_activation activation, const float *residual, size_t ldr, float *c, size_t ldc,
                                   size_t m, size_t n, size_t k) {
  for (size_t first = 0; first < n; first += nt_panel) {
    const float *panel = packed + first * k;
    const size_t columns = n - first < nt_panel ? n - first : nt_panel;
    for (size_t row = 0; row < m; row++) {
      float sum[nt_panel] = {0};
      for (size_t column = 0; column < columns; column++) sum[column] = bias ? bias[first + column] : 0.0f;
      for (size_t depth = 0; depth < k; depth++) {
        const float factor = a[row * lda + depth];
        for (size_t column = 0; column < nt_panel; column++) sum[column] += factor * panel[depth * nt_panel + column];
      }
      for (size_t column = 0; column < columns; column++) {
        const float value = nt_activated(sum[column], activation);
        c[row * ldc + first + column] = residual ? value + residual[row * ldr + first + column] : value;
      }
    }
  }
}

#include "portable_narrow.h"

// MARK: attention

static size_t nt_attention_scratch_count_portable(size_t l, size_t d) {
  (void)d;
  return l;
}

static void nt_attention_f32_portable(const float *q, const float *k, const float *v, size_t ld, float scale,
                                      float cap, const float *distance_bias, size_t before, size_t after, float *out,
                                      size_t ldo, size_t l, size_t d, float *scratch) {
  for (size_t i = 0; i < l; i++) {
    const size_t first = i > before ? i - before : 0, end = after < l - 1 - i ? i + after + 1 : l;
    float highest = -INFINITY;
    for (size_t j = first; j < end; j++) {
      float score = 0.0f;
      for (size_t x = 0; x < d; x++) score += q[i * ld + x] * k[j * ld + x];
      score *= scale;
      if (cap > 0.0f) score = cap * tanhf(score / cap);
      if (distance_bias) score += distance_bias[j + l - 1 - i];
      scratch[j] = score;
      if (score > highest) highest = score;
    }
    float total = 0.0f;
    for (size_t j = first; j < end; j++) {
      scratch[j] = expf(scratch[j] - highest);
      total += scratch[j];
    }
    for (size_t x = 0; x < d; x++) out[i * ldo + x] = 0.0f;
    for (size_t j = first; j < end; j++) {
      for (size_t x = 0; x < d; x++) out[i * ldo + x] += scratch[j] * v[j * ld + x];
    }
    for (size_t x = 0; x < d; x++) out[i * ldo + x] /= total;
  }
}

// MARK: rows

static void nt_layer_norm_f32_portable(const float *x, const float *residual, const float *gamma, const float *beta,
                                       float epsilon, float *out, size_t m, size_t d) {
  for (size_t first = 0; first < m * d; first += d) {
    double sum = 0, squares = 0;
    for (size_t i = 0; i < d; i++) {
      out[first + i] = x[first + i] + (residual ? residual[first + i] : 0.0f);
      sum += out[first + i];
    }
    const double mean = sum / (double)d;
    for (size_t i = 0; i < d; i++) squares += (out[first + i] - mean) * (out[first + i] - mean);
    const double inverse = 1 / sqrt(squares / (double)d + epsilon);
    for (size_t i = 0; i < d; i++) {
      const double normal = (out[first + i] - mean) * inverse;
      out[first + i] = (float)(normal * (gamma ? gamma[i] : 1.0f) + (beta ? beta[i] : 0.0f));
    }
  }
}

static void nt_rms_norm_f32_portable(const float *x, const float *gamma, float epsilon, float *out, size_t m,
                                     size_t d) {
  for (size_t first = 0; first < m * d; first += d) {
    double squares = 0;
    for (size_t i = 0; i < d; i++) squares += (double)x[first + i] * x[first + i];
    const double inverse = 1 / sqrt(squares / (double)d + epsilon);
    for (size_t i = 0; i < d; i++) out[first + i] = (float)(x[first + i] * inverse * gamma[i]);
  }
}

static void nt_gather_f32_portable(const float *table, const int32_t *ids, bool accumulate, float *out, size_t m,
                                   size_t d) {
  for (size_t row = 0; row < m; row++) {
    const float *source = table + (size_t)ids[row] * d;
    for (size_t i = 0; i < d; i++) out[row * d + i] = accumulate ? out[row * d + i] + source[i] : source[i];
  }
}

static void nt_gather_sum_i8_portable(const int8_t *table, const float *scales, const int32_t *ids, size_t m,
                                      float *out, size_t d) {
  for (size_t row = 0; row < m; row++) {
    const int8_t *source = table + (size_t)ids[row] * d;
    const float scale = scales[ids[row]];
    for (size_t i = 0; i < d; i++) out[i] += scale * (float)source[i];
  }
}

static void nt_add_scaled_f32_portable(const float *x, float scale, float *y, size_t d) {
  for (size_t i = 0; i < d; i++) y[i] += scale * x[i];
}

static void nt_maximum_f32_portable(const float *x, float *y, size_t d) {
  for (size_t i = 0; i < d; i++) y[i] = x[i] > y[i] ? x[i] : y[i];
}

static void nt_scale_f32_portable(float *x, float scale, size_t d) {
  for (size_t i = 0; i < d; i++) x[i] *= scale;
}

static void nt_activate_f32_portable(float *x, nt_activation activation, size_t count) {
  for (size_t i = 0; i < count; i++) x[i] = nt_activated(x[i], activation);
}

static void nt_gate_f32_portable(const float *x, const float *gate, nt_activation activation, float *out,
                                 size_t count) {
  for (size_t i = 0; i < count; i++) out[i] = nt_activated(x[i], activation) * gate[i];
}

static void nt_turn_f32_portable(float *x, size_t stride, size_t count, const float *cosines, const float *sines,
                                 size_t half) {
  for (size_t piece = 0; piece < count; piece++, x += stride) {
    for (size_t i = 0; i < half; i++) {
      const float a = x[i], b = x[i + half];
      x[i] = a * cosines[i] - b * sines[i];
      x[i + half] = b * cosines[i] + a * sines[i];
    }
  }
}

static float nt_dot_f32_portable(const float *a, const float *b, size_t d) {
  double sum = 0;
  for (size_t i = 0; i < d; i++) sum += (double)a[i] * (double)b[i];
  return (float)sum;
}

static void nt_dot_rows_f32_portable(const float *query, const float *base, size_t ld, size_t m, size_t d,
                                     float *out) {
  for (size_t row = 0; row < m; row++) out[row] = nt_dot_f32_portable(query, base + row * ld, d);
}

// MARK: widening

static void nt_widen_f16_portable(const uint16_t *x, float *out, size_t count) {
  for (size_t i = 0; i < count; i++) out[i] = nt_half_to_float(x[i]);
}

static void nt_widen_bf16_portable(const uint16_t *x, float *out, size_t count) {
  for (size_t i = 0; i < count; i++) out[i] = nt_bits_to_float((uint32_t)x[i] << 16);
}

// MARK: probes

enum { nt_probe_chains = 16 };

static uint64_t nt_probe_f32_portable(uint64_t rounds) {
  uint64_t count = 0;
  while (rounds > 0) {
    const uint64_t some = rounds < 1 << 20 ? rounds : 1 << 20;
    float one = 1.0f, sum[nt_probe_chains] = {0};
    for (uint64_t round = 0; round < some; round++) {
      __asm__ volatile("" : "+m"(one));  // a number that the compiler cannot know
      for (int i = 0; i < nt_probe_chains; i++) sum[i] += one * one;
    }
    for (int i = 0; i < nt_probe_chains; i++) count += (uint64_t)sum[i];
    rounds -= some;
  }
  return 2 * count;
}

static uint64_t nt_probe_i8_portable(uint64_t rounds) {
  uint64_t count = 0;
  while (rounds > 0) {
    const uint64_t some = rounds < 1 << 20 ? rounds : 1 << 20;
    int8_t one = 1;
    int32_t sum[nt_probe_chains] = {0};
    for (uint64_t round = 0; round < some; round++) {
      __asm__ volatile("" : "+m"(one));
      for (int i = 0; i < nt_probe_chains; i++) sum[i] += (int32_t)one * one;
    }
    for (int i = 0; i < nt_probe_chains; i++) count += (uint64_t)sum[i];
    rounds -= some;
  }
  return 2 * count;
}

static uint32_t nt_probe_read_portable(const uint32_t *words, size_t count) {
  uint32_t sum = 0;
  for (size_t i = 0; i < count; i++) sum += words[i];
  return sum;
}

#include "portable_scan.h"

#define NT_ROTATE nt_rotate_f32_portable
#include "simd/rotate.h"
#include "simd/round.h"
#include "simd/scan_sums.h"

// MARK: codes and graphs

/// out[i] = Σ code · query over d features of rows[i], a row of a plane; d is a multiple of 64.
static void nt_nibble_dots(const uint8_t *const rows[4], const int8_t *query, size_t d, int32_t out[4]) {
  for (size_t row = 0; row < 4; row++) {
    const uint8_t *plane = rows[row];
    int32_t sum = 0;
    for (size_t i = 0; i < d;) {
      const size_t width = d - i < 128 ? 32 : 64;
      for (size_t j = 0; j < width; j++, plane++) {
        sum += (*plane & 15) * query[i + j] + (*plane >> 4) * query[i + width + j];
      }
      i += 2 * width;
    }
    out[row] = sum;
  }
}

// The same words for every set: only the product above differs.
#include "simd/codes.h"
#include "simd/graph.h"

const nt_kernels nt_kernels_portable = {
    .name = "portable",
    .linear_packed_count = nt_linear_packed_count_portable,
    .linear_panel_count = nt_linear_panel_count_portable,
    .linear_pack = nt_linear_pack_portable,
    .linear_f32 = nt_linear_f32_portable,
    .int8 = {
        .codes = 256,
        .row_bytes = nt_int8_row_bytes_portable,
        .prepare = nt_int8_prepare_portable,
        .panel_width = nt_int8_panel_width_portable,
        .panel_bytes = nt_int8_panel_bytes_portable,
        .pack = nt_int8_pack_portable,
        .linear = nt_int8_linear_portable,
    },
    .bf16 = {
        .row_bytes = nt_bf16_row_bytes_portable,
        .prepare = nt_bf16_prepare_portable,
        .panel_width = nt_bf16_panel_width_portable,
        .panel_bytes = nt_bf16_panel_bytes_portable,
        .pack = nt_bf16_pack_portable,
        .linear = nt_bf16_linear_portable,
    },
    .scan = {
        .dot_f32 = nt_scan_dot_f32_portable,
        .distance_f32 = nt_scan_distance_f32_portable,
        .dot_bf16 = nt_scan_dot_bf16_portable,
        .distance_bf16 = nt_scan_distance_bf16_portable,
        .dot_i8 = nt_scan_dot_i8_portable,
        .dot_i4 = nt_scan_dot_i4_portable,
        .differing = nt_scan_differing_portable,
        .common = nt_scan_common_portable,
        .pick_f32 = nt_scan_pick_f32_portable,
        .pick_i32 = nt_scan_pick_i32_portable,
        .probe_bits = nt_probe_bits_portable,
        NT_ROUNDING,
        NT_SCAN_SUMS,
    },
    .rotate_f32 = nt_rotate_f32_portable,
    .attention_scratch_count = nt_attention_scratch_count_portable,
    .attention_f32 = nt_attention_f32_portable,
    .layer_norm_f32 = nt_layer_norm_f32_portable,
    .rms_norm_f32 = nt_rms_norm_f32_portable,
    .gather_f32 = nt_gather_f32_portable,
    .gather_sum_i8 = nt_gather_sum_i8_portable,
    .add_scaled_f32 = nt_add_scaled_f32_portable,
    .maximum_f32 = nt_maximum_f32_portable,
    .scale_f32 = nt_scale_f32_portable,
    .activate_f32 = nt_activate_f32_portable,
    .gate_f32 = nt_gate_f32_portable,
    .turn_f32 = nt_turn_f32_portable,
    .dot_f32 = nt_dot_f32_portable,
    .dot_rows_f32 = nt_dot_rows_f32_portable,
    .graph = NT_GRAPHS,
    .widen_f16 = nt_widen_f16_portable,
    .widen_bf16 = nt_widen_bf16_portable,
    .probe_f32 = nt_probe_f32_portable,
    .probe_i8 = nt_probe_i8_portable,
    .probe_bf16 = nt_probe_f32_portable,
    .probe_read = nt_probe_read_portable,
};
