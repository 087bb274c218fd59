// The plain form of the int8 and bf16 products.

enum { nt_row_head = 64 };  // bytes before a row's codes: its scale and zero, and a stride that is no power of two

static size_t nt_whole_lines(size_t bytes) { return (bytes + 63) / 64 * 64; }

// MARK: int8

static size_t nt_int8_row_bytes_portable(size_t k) { return nt_row_head + nt_whole_lines(k); }

static size_t nt_int8_panel_width_portable(void) { return nt_panel; }

// A panel: the scales of its features, the sums of their codes, then the codes [k, 16].
static size_t nt_int8_panel_bytes_portable(size_t k) { return nt_whole_lines(nt_panel * (2 * sizeof(float) + k)); }

/// Codes of the weights x[k], `step` apart; returns their scale.
static float nt_int8_codes_portable(const float *x, size_t k, int8_t *codes, size_t step) {
  float largest = 0.0f;
  bool finite = true;
  for (size_t i = 0; i < k; i++) {
    const float size = fabsf(x[i]);
    if (!(size <= 3.40282347e+38f)) finite = false;
    if (size > largest) largest = size;
  }
  const bool some = finite && largest >= 0x1p-120f;
  const float inverse = some ? 127.0f / largest : 0.0f;
  for (size_t i = 0; i < k; i++) codes[i * step] = some ? (int8_t)lrintf(x[i] * inverse) : 0;
  return !finite ? NAN : some ? largest / 127.0f : 0.0f;
}

/// Codes of the row x[k]; returns their scale and sets their zero.
static float nt_int8_row_codes_portable(const float *x, size_t k, int8_t *codes, float *zero) {
  float low = 0.0f, high = 0.0f;
  bool finite = true;
  for (size_t i = 0; i < k; i++) {
    if (!(fabsf(x[i]) <= 3.40282347e+38f)) finite = false;
    if (x[i] < low) low = x[i];
    if (x[i] > high) high = x[i];
  }
  const bool some = finite && (high >= 0x1p-118f || -low >= 0x1p-118f);
  const float scale = (high * 0.5f - low * 0.5f) * (2.0f / 255.0f), inverse = some ? 1.0f / scale : 0.0f;
  *zero = some ? rintf(-low * inverse) - 128.0f : 0.0f;
  for (size_t i = 0; i < k; i++) {
    const float code = some ? fmaf(x[i], inverse, *zero) : 0.0f;
    codes[i] = (int8_t)lrintf(fminf(fmaxf(code, -128.0f), 127.0f));
  }
  return !finite ? NAN : some ? scale : 0.0f;
}

static void nt_int8_prepare_portable(const float *x, size_t ldx, void *rows, size_t m, size_t k) {
  char *out = rows;
  for (size_t row = 0; row < m; row++, out += nt_int8_row_bytes_portable(k)) {
    float head[2];
    head[0] = nt_int8_row_codes_portable(x + row * ldx, k, (int8_t *)(out + nt_row_head), head + 1);
    memcpy(out, head, sizeof head);
  }
}

static void nt_int8_pack_portable(const float *weight, size_t n, size_t k, size_t first, size_t count, void *packed) {
  for (size_t panel = first; panel < first + count; panel++) {
    float *scales = (float *)((char *)packed + panel * nt_int8_panel_bytes_portable(k));
    float *sums = scales + nt_panel;
    int8_t *codes = (int8_t *)(sums + nt_panel);
    memset(scales, 0, nt_int8_panel_bytes_portable(k));
    for (size_t column = 0; column < nt_panel && panel * nt_panel + column < n; column++) {
      const float *source = weight + (panel * nt_panel + column) * k;
      scales[column] = nt_int8_codes_portable(source, k, codes + column, nt_panel);
      for (size_t depth = 0; depth < k; depth++) sums[column] += codes[depth * nt_panel + column];
    }
  }
}

static void nt_int8_linear_portable(const void *rows, const void *packed, const float *bias, nt_activation activation,
                                    const float *residual, size_t ldr, float *c, size_t ldc, size_t m, size_t n,
                                    size_t k) {
  for (size_t row = 0; row < m; row++) {
    const char *codes = (const char *)rows + row * nt_int8_row_bytes_portable(k);
    float head[2];
    memcpy(head, codes, sizeof head);
    codes += nt_row_head;
    for (size_t first = 0; first < n; first += nt_panel) {
      const char *panel = (const char *)packed + first / nt_panel * nt_int8_panel_bytes_portable(k);
      const float *scales = (const float *)panel, *sums = scales + nt_panel;
      const int8_t *weights = (const int8_t *)(sums + nt_panel);
      int32_t sum[nt_panel] = {0};
      for (size_t depth = 0; depth < k; depth++) {
        const int32_t factor = (int8_t)codes[depth];
        for (size_t column = 0; column < nt_panel; column++) sum[column] += factor * weights[depth * nt_panel + column];
      }
      for (size_t column = 0; column < nt_panel && first + column < n; column++) {
        const float product = fmaf(-head[1], sums[column], (float)sum[column]) * scales[column] * head[0];
        const float value = nt_activated(product + (bias ? bias[first + column] : 0.0f), activation);
        c[row * ldc + first + column] = residual ? value + residual[row * ldr + first + column] : value;
      }
    }
  }
}

// MARK: bf16

/// The nearest bfloat16, ties to even; a NaN stays one.
static uint16_t nt_float_to_bf16(float x) {
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  if (x != x) return (uint16_t)(bits >> 16 | 0x40);
  return (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

static size_t nt_bf16_row_bytes_portable(size_t k) { return nt_row_head + nt_whole_lines(k * sizeof(float)); }

static size_t nt_bf16_panel_width_portable(void) { return nt_panel; }

static size_t nt_bf16_panel_bytes_portable(size_t k) { return nt_whole_lines(nt_panel * k * sizeof(uint16_t)); }

static void nt_bf16_prepare_portable(const float *x, size_t ldx, void *rows, size_t m, size_t k) {
  char *out = (char *)rows + nt_row_head;
  for (size_t row = 0; row < m; row++, out += nt_bf16_row_bytes_portable(k)) {
    if (k) memcpy(out, x + row * ldx, k * sizeof(float));
  }
}

static void nt_bf16_pack_portable(const float *weight, size_t n, size_t k, size_t first, size_t count, void *packed) {
  for (size_t panel = first; panel < first + count; panel++) {
    uint16_t *values = (uint16_t *)((char *)packed + panel * nt_bf16_panel_bytes_portable(k));
    for (size_t depth = 0; depth < k; depth++) {
      for (size_t column = 0; column < nt_panel; column++) {
        const size_t feature = panel * nt_panel + column;
        values[depth * nt_panel + column] = feature < n ? nt_float_to_bf16(weight[feature * k + depth]) : 0;
      }
    }
  }
}

static void nt_bf16_linear_portable(const void *rows, const void *packed, const float *bias, nt_activation activation,
                                    const float *residual, size_t ldr, float *c, size_t ldc, size_t m, size_t n,
                                    size_t k) {
  for (size_t row = 0; row < m; row++) {
    const float *a = (const float *)((const char *)rows + nt_row_head + row * nt_bf16_row_bytes_portable(k));
    for (size_t first = 0; first < n; first += nt_panel) {
      const char *panel = (const char *)packed + first / nt_panel * nt_bf16_panel_bytes_portable(k);
      const uint16_t *weights = (const uint16_t *)panel;
      for (size_t column = 0; column < nt_panel && first + column < n; column++) {
        float sum = bias ? bias[first + column] : 0.0f;
        for (size_t depth = 0; depth < k; depth++) {
          sum += a[depth] * nt_bits_to_float((uint32_t)weights[depth * nt_panel + column] << 16);
        }
        const float value = nt_activated(sum, activation);
        c[row * ldc + first + column] = residual ? value + residual[row * ldr + first + column] : value;
      }
    }
  }
}
