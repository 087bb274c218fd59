// The int8 and bf16 products against plain sums of the test's own codes and roundings.

/// The size that a feature needs at least for its runs of four products: see the header.
static float run_size(const float *x, size_t k) {
  float most = 0;
  for (size_t first = 0; first < k; first += 8) {
    for (size_t run = 0; run < 4; run += 2) {
      for (int sign = -1; sign <= 1; sign += 2) {
        float part[4];
        for (size_t j = 0; j < 4; j++) {
          const size_t depth = first + run + j / 2 + j % 2 * 4;
          part[j] = depth < k ? fmaxf((float)sign * x[depth], 0) : 0;
        }
        most = fmaxf(most, (part[0] + part[1]) + (part[2] + part[3]));
      }
    }
  }
  return most * (127.0f / 204.0f);
}

/// What one precision makes of a row: codes times a scale. `runs`: whether products are added four at a time.
static float coded(const float *x, size_t k, bool int8, bool runs, float *codes) {
  float largest = runs ? run_size(x, k) : 0;
  bool finite = true;
  for (size_t i = 0; i < k; i++) {
    if (!isfinite(x[i])) finite = false;
    if (fabsf(x[i]) > largest) largest = fabsf(x[i]);
  }
  for (size_t i = 0; i < k; i++) {
    if (int8) {
      codes[i] = largest < 0x1p-120f || !finite ? 0.0f : nearbyintf(x[i] * (127.0f / largest));
    } else {  // to 8 significant bits, ties to even
      int exponent;
      const float fraction = frexpf(x[i], &exponent);
      codes[i] = ldexpf(nearbyintf(fraction * 256.0f), exponent - 8);
    }
  }
  return !int8 ? 1.0f : !finite ? NAN : largest < 0x1p-120f ? 0.0f : largest / 127.0f;
}

/// What int8 makes of a row: codes less their zero, times a scale.
static float row_coded(const float *x, size_t k, int32_t count, float *codes) {
  float low = 0, high = 0;
  bool finite = true;
  for (size_t i = 0; i < k; i++) {
    if (!isfinite(x[i])) finite = false;
    low = fminf(low, x[i]), high = fmaxf(high, x[i]);
  }
  const bool some = finite && fmaxf(high, -low) >= 0x1p-118f;
  const float scale = some ? (high * 0.5f - low * 0.5f) * (2.0f / (float)(count - 1)) : 1, inverse = 1 / scale;
  const float half = (float)(count / 2), zero = nearbyintf(-low * inverse) - half;
  for (size_t i = 0; i < k; i++) {
    codes[i] = some ? nearbyintf(fminf(fmaxf(fmaf(x[i], inverse, zero), -half), half - 1)) - zero : 0;
  }
  return !finite ? NAN : some ? scale : 0;
}

static char *narrow_packed(const nt_narrow *p, const float *weight, size_t n, size_t k, size_t *bytes) {
  const size_t panels = (n + p->panel_width() - 1) / p->panel_width();
  *bytes = panels * p->panel_bytes(k);
  char *packed = guarded(*bytes);
  for (size_t i = panels; i-- > 0;) p->pack(weight, n, k, i, 1, packed);
  return packed;
}

/// Lets `rows[i] · features[j]` be the sum of the codes' products, scaled once.
static void narrow_expected(const float *x, const float *weight, size_t m, size_t n, size_t k, int32_t count,
                            bool wide_rows, float *expected, float *sizes) {
  const bool int8 = count > 0;
  float *a = floats(k, 1), *b = floats(n * k, 1), *scales = floats(n, 1);
  for (size_t j = 0; j < n; j++) scales[j] = coded(weight + j * k, k, int8, count == 160, b + j * k);
  for (size_t i = 0; i < m; i++) {
    const float scale = int8 ? row_coded(x + i * k, k, count, a) : coded(x + i * k, k, false, false, a);
    if (wide_rows) memcpy(a, x + i * k, k * sizeof(float));
    for (size_t j = 0; j < n; j++) {
      double sum = 0, size = 0;
      for (size_t step = 0; step < k; step++) {
        const double term = (double)a[step] * (double)b[j * k + step];
        sum += term;
        size += fabs(term);
      }
      expected[i * n + j] = (float)(sum * (double)scale * (double)scales[j]);
      sizes[i * n + j] = int8 ? fabsf(expected[i * n + j]) : (float)size;
    }
  }
  drop(a, k), drop(b, n * k), drop(scales, n);
}

static void narrow_check(const char *name, const char *what, size_t m, size_t n, size_t k, const float *c,
                         const float *expected, const float *sizes, float tolerance) {
  checks++;
  for (size_t i = 0; i < m * n; i++) {
    if (c[i] == expected[i] || fabsf(c[i] - expected[i]) <= tolerance * sizes[i]) continue;
    if (isnan(c[i]) && isnan(expected[i])) continue;
    failures++;
    printf("%s: %s (%zu x %zu x %zu) at %zu: %.9g, expected %.9g\n", name, what, m, n, k, i, (double)c[i],
           (double)expected[i]);
    return;
  }
}

/// `wide_rows`: whether this table's bf16 leaves rows in float32.
static void test_narrow(const nt_kernels *t, const nt_narrow *p, bool int8, bool wide_rows, size_t m, size_t n,
                        size_t k, bool hostile) {
  const char *what = int8 ? "int8" : "bf16";
  float *x = floats(m * k, 3), *weight = floats(n * k, 1), *bias = floats(n, 1), *residual = floats(m * n, 1);
  float *c = floats(m * n, 1), *expected = floats(m * n, 1), *sizes = floats(m * n, 1), *other = floats(m * n, 1);
  for (size_t i = 0; i < m * k; i++) x[i] *= i / k % 5 == 3 ? 1e4f : i / k % 5 == 4 ? 1e-6f : 1;
  if (hostile && int8) {
    static const float bad[] = {INFINITY, -INFINITY, NAN, 3.4e38f, 1e-45f, 1e-37f, -1e-36f, 0};
    for (size_t i = 0; i < m; i++) {
      if (i % 9 == 8) continue;
      if (i % 9 >= 4) memset(x + i * k, 0, k * sizeof(float));
      x[i * k + i % k] = bad[i % 9];
    }
    weight[0] = NAN;
    if (n > 2) memset(weight + 2 * k, 0, k * sizeof(float));
  }
  size_t bytes;
  const size_t row_bytes = p->row_bytes(k);
  char *packed = narrow_packed(p, weight, n, k, &bytes), *rows = guarded(m * row_bytes);
  if (row_bytes % 64 || p->panel_bytes(k) % 64) failures++, printf("%s: %s sizes\n", t->name, what);
  p->prepare(x, k, rows, m, k);
  narrow_expected(x, weight, m, n, k, p->codes, wide_rows, expected, sizes);
  p->linear(rows, packed, NULL, nt_activation_identity, NULL, 0, c, n, m, n, k);
  narrow_check(t->name, what, m, n, k, c, expected, sizes, int8 ? 0x1p-22f : 4 * sqrtf((float)k + 1) * 0x1p-24f);

  memcpy(expected, c, m * n * sizeof(float));
  for (int form = 0; form < 9; form++) {
    const nt_activation activation = form < 7 ? form : form == 7 ? nt_activation_identity : nt_activation_gelu;
    const float *r = form >= 7 ? residual : NULL;
    p->linear(rows, packed, bias, activation, r, n, c, n, m, n, k);
    for (size_t i = 0; i < m * n; i++) other[i] = expected[i] + bias[i % n];
    if (!hostile) {
      for (size_t i = 0; i < m * n; i++) sizes[i] = fmaxf(sizes[i], fabsf(other[i]) + 1);
      t->activate_f32(other, activation, m * n);
      for (size_t i = 0; r && i < m * n; i++) other[i] += r[i], sizes[i] += 1;
      const float shorter = int8 && activation == nt_activation_gelu ? 1e-4f : 0;
      narrow_check(t->name, "narrow epilogue", m, n, k, c, other, sizes, 4 * sqrtf((float)k + 8) * 0x1p-24f + shorter);
    }
    // Alone, and panel by panel: the same bits.
    const size_t width = p->panel_width();
    for (size_t i = 0; i < m && (m < 28 || form == 1 || form == 8); i++) {
      p->linear(rows + i * row_bytes, packed, bias, activation, r ? r + i * n : NULL, n, other, n, 1, n, k);
      check(t->name, "narrow row alone", m, other, c + i * n, n, 0);
    }
    for (size_t first = 0; first < n; first += width) {
      const size_t some = n - first < width ? n - first : width;
      p->linear(rows, packed + first / width * p->panel_bytes(k), bias + first, activation, r ? r + first : NULL, n,
                other + first, n, m, some, k);
    }
    check(t->name, "narrow panel alone", m, other, c, m * n, 0);
    if (r) {
      memcpy(other, residual, m * n * sizeof(float));
      p->linear(rows, packed, bias, activation, other, n, other, n, m, n, k);
      check(t->name, "narrow in place", m, other, c, m * n, 0);
    }
  }
  release(packed, bytes), release(rows, m * row_bytes);
  drop(x, m * k), drop(weight, n * k), drop(bias, n), drop(residual, m * n), drop(c, m * n), drop(expected, m * n);
  drop(sizes, m * n), drop(other, m * n);
}

/// The largest sums there can be: rows of one value and weights of one size over the greatest depth, and weights whose
/// codes are rounded up all together.
static void test_narrow_extremes(const nt_kernels *t) {
  const size_t k = 65536, n = 5, m = 2;
  float *x = floats(m * k, 1), *weight = floats(n * k, 1), *c = floats(m * n, 1), expected[10], sizes[10];
  for (size_t i = 0; i < m * k; i++) x[i] = i < k ? 127.0f : -127.0f;
  for (size_t i = 0; i < k; i++) {
    weight[i] = 127.0f, weight[k + i] = -127.0f, weight[2 * k + i] = i % 2 ? 127.0f : -127.0f;
    weight[3 * k + i] = i % 4 < 2 ? 50.6f : 51.4f;  // runs of which each part is rounded up, or down
    weight[4 * k + i] = i % 8 < 4 ? 127.0f : -127.0f;
  }
  size_t bytes;
  char *packed = narrow_packed(&t->int8, weight, n, k, &bytes), *rows = guarded(m * t->int8.row_bytes(k));
  t->int8.prepare(x, k, rows, m, k);
  narrow_expected(x, weight, m, n, k, t->int8.codes, false, expected, sizes);
  t->int8.linear(rows, packed, NULL, nt_activation_identity, NULL, 0, c, n, m, n, k);
  narrow_check(t->name, "int8 extremes", m, n, k, c, expected, sizes, 0x1p-22f);
  release(packed, bytes), release(rows, m * t->int8.row_bytes(k));
  drop(x, m * k), drop(weight, n * k), drop(c, m * n);
}

static void test_narrows(const nt_kernels *t) {
  static const size_t shapes[][3] = {{1, 1, 1},    {2, 5, 3},     {3, 16, 64},   {4, 17, 65},  {5, 31, 7},
                                     {6, 33, 384}, {7, 64, 100},  {11, 65, 391}, {12, 130, 31}, {13, 40, 770},
                                     {25, 20, 15}, {40, 70, 1601}, {191, 18, 33}, {200, 35, 770}, {5, 0, 7},
                                     {5, 40, 0},   {0, 16, 8},    {37, 100, 1536}};
  float one = 1.0f + 0x1p-9f, rounded[1];  // halfway between two bfloat16: even goes down, wide rows keep it
  char rows[8192] __attribute__((aligned(64))), packed[8192] __attribute__((aligned(64)));
  const float weight = 1;
  t->bf16.prepare(&one, 1, rows, 1, 1), t->bf16.pack(&weight, 1, 1, 0, 1, packed);
  t->bf16.linear(rows, packed, NULL, nt_activation_identity, NULL, 0, rounded, 1, 1, 1, 1);
  for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
    const size_t *s = shapes[i];
    test_narrow(t, &t->int8, true, false, s[0], s[1], s[2], false);
    test_narrow(t, &t->bf16, false, rounded[0] == one, s[0], s[1], s[2], false);
    if (s[2] > 8) test_narrow(t, &t->int8, true, false, s[0], s[1], s[2], true);
  }
  test_narrow_extremes(t);
}
