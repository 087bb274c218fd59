// Scans against the plain twins: whole numbers exactly, floats closely, every score the same bits alone.

static void test_float_scans(const nt_kernels *t, const nt_kernels *oracle, size_t q, size_t m, size_t d) {
  const size_t ldq = d + 3, ldr = d + 1, ldo = m + 2;
  const size_t asked = q * ldq, values = m * ldr, scores = q * ldo;
  float *queries = floats(asked, 1), *rows = floats(values, 1), *out = floats(scores, 1), *expected = floats(scores, 1);
  uint16_t *halves = guarded(values * 2);
  for (size_t i = 0; i < values; i++) {
    uint32_t bits;
    memcpy(&bits, rows + i, sizeof bits);
    halves[i] = (uint16_t)(bits >> 16);
  }
  for (int form = 0; form < 4; form++) {
    memcpy(expected, out, scores * sizeof *out);  // what lies between the scores stays
    const nt_kernels *tables[] = {t, oracle};
    float *results[] = {out, expected};
    for (int i = 0; i < 2; i++) {
      const nt_scan *scan = &tables[i]->scan;
      if (form < 2) (form ? scan->distance_f32 : scan->dot_f32)(queries, ldq, q, rows, ldr, m, d, results[i], ldo);
      else (form == 3 ? scan->distance_bf16 : scan->dot_bf16)(queries, ldq, q, halves, ldr, m, d, results[i], ldo);
    }
    check(t->name, "scan of floats", d, out, expected, scores, 1e-5f);
    for (size_t j = 0; j < q; j++) {
      for (size_t i = 0; i < m; i++) {
        float alone;
        const float *query = queries + j * ldq, *row = rows + i * ldr;
        const uint16_t *half = halves + i * ldr;
        if (form < 2) (form ? t->scan.distance_f32 : t->scan.dot_f32)(query, d, 1, row, d, 1, d, &alone, 1);
        else (form == 3 ? t->scan.distance_bf16 : t->scan.dot_bf16)(query, d, 1, half, d, 1, d, &alone, 1);
        check(t->name, "scan of one row", d, &alone, out + j * ldo + i, 1, 0);
      }
    }
  }
  drop(queries, asked), drop(rows, values), drop(out, scores), drop(expected, scores), release(halves, values * 2);
}

static void check_counts(const char *name, const char *what, size_t size, const int32_t *a, const int32_t *b,
                         size_t count) {
  checks++;
  if (memcmp(a, b, count * sizeof *a) == 0) return;
  failures++;
  printf("%s: %s of %zu: sums differ\n", name, what, size);
}

static void test_byte_scans(const nt_kernels *t, const nt_kernels *oracle, size_t q, size_t m, size_t bytes) {
  const size_t ldo = m + 1, scores = q * ldo * 4;
  int8_t *queries = guarded(2 * q * bytes);
  uint8_t *rows = guarded(m * bytes);
  int32_t *out = guarded(scores), *expected = guarded(scores), totals[24];
  for (int extreme = 0; extreme < 2; extreme++) {
    for (size_t i = 0; i < 2 * q * bytes; i++) queries[i] = (int8_t)(extreme ? (i % 3 ? 127 : -127) : random_float(127));
    for (int nibbles = 0; nibbles < 2; nibbles++) {
      const size_t width = nibbles ? 2 * bytes : bytes;
      for (size_t i = 0; i < m * bytes; i++) {
        rows[i] = (uint8_t)(extreme ? (i % 3 ? 255 : 1) : 128 + (int)random_float(127));
      }
      for (size_t j = 0; j < q; j++) {
        totals[j] = 0;
        for (size_t i = 0; i < width; i++) totals[j] += queries[j * width + i];
      }
      memset(out, 0, scores), memset(expected, 0, scores);
      (nibbles ? t->scan.dot_i4 : t->scan.dot_i8)(queries, q, rows, m, bytes, totals, out, ldo);
      (nibbles ? oracle->scan.dot_i4 : oracle->scan.dot_i8)(queries, q, rows, m, bytes, totals, expected, ldo);
      check_counts(t->name, nibbles ? "scan of 4-bit codes" : "scan of bytes", bytes, out, expected, q * ldo);
    }
  }
  release(queries, 2 * q * bytes), release(rows, m * bytes), release(out, scores), release(expected, scores);
}

static void test_bit_scans(const nt_kernels *t, const nt_kernels *oracle, size_t q, size_t groups, size_t words) {
  const size_t ldo = 8 * groups, scores = q * ldo * 4;
  uint64_t *queries = guarded(q * words * 8), *rows = guarded(groups * words * 64);
  int32_t *out = guarded(scores), *expected = guarded(scores);
  for (size_t i = 0; i < q * words * 8; i++) ((uint8_t *)queries)[i] = (uint8_t)(random_float(100) + 100);
  for (size_t i = 0; i < groups * words * 64; i++) ((uint8_t *)rows)[i] = (uint8_t)(random_float(127) + 127);
  t->scan.differing(queries, q, rows, groups, words, out, ldo);
  oracle->scan.differing(queries, q, rows, groups, words, expected, ldo);
  check_counts(t->name, "differing bits", words, out, expected, q * ldo);
  t->scan.common(queries, q, rows, groups, words, out, ldo);
  oracle->scan.common(queries, q, rows, groups, words, expected, ldo);
  check_counts(t->name, "common bits", words, out, expected, q * ldo);
  release(queries, q * words * 8), release(rows, groups * words * 64), release(out, scores), release(expected, scores);
}

static void test_picks(const nt_kernels *t, const nt_kernels *oracle, size_t m) {
  const size_t words = (m + 63) / 64;
  float *sums = floats(m, 1), *scales = floats(m, 1), *offsets = floats(m, 1);
  float *scores = guarded(m * 4), *expected = guarded(m * 4);
  int32_t *whole = guarded(m * 4);
  uint32_t *indexes = guarded(m * 4), *places = guarded(m * 4);
  uint64_t *allowed = guarded(words * 8);
  for (size_t i = 0; i < m; i++) whole[i] = (int32_t)random_float(1000);
  for (size_t i = 0; i < words * 8; i++) ((uint8_t *)allowed)[i] = (uint8_t)(random_float(127) + 127);
  if (m > 3) sums[m / 2] = NAN;
  for (int form = 0; form < 16; form++) {
    const float *some = form & 1 ? scales : NULL, *more = form & 2 ? offsets : NULL;
    const uint64_t *set = form & 4 ? allowed : NULL;
    const float threshold = form & 8 ? -INFINITY : 0.25f;
    for (int integer = 0; integer < 2; integer++) {
      size_t found, wanted;
      if (integer) {
        found = t->scan.pick_i32(whole, m, 0.01f, 0.3f, some, more, threshold, set, indexes, scores);
        wanted = oracle->scan.pick_i32(whole, m, 0.01f, 0.3f, some, more, threshold, set, places, expected);
      } else {
        found = t->scan.pick_f32(sums, m, -2, 0.3f, some, more, threshold, set, indexes, scores);
        wanted = oracle->scan.pick_f32(sums, m, -2, 0.3f, some, more, threshold, set, places, expected);
      }
      checks++;
      if (found != wanted || memcmp(indexes, places, found * 4) != 0 || memcmp(scores, expected, found * 4) != 0) {
        failures++;
        printf("%s: picking from %zu, form %d: %zu found, %zu wanted\n", t->name, m, form, found, wanted);
      }
    }
  }
  drop(sums, m), drop(scales, m), drop(offsets, m), release(scores, m * 4), release(expected, m * 4);
  release(whole, m * 4), release(indexes, m * 4), release(places, m * 4), release(allowed, words * 8);
}

static void test_scans(const nt_kernels *t, const nt_kernels *oracle) {
  static const size_t sizes[] = {0, 1, 5, 15, 16, 17, 31, 32, 33, 48, 63, 64, 65, 127, 128, 192, 391};
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    test_float_scans(t, oracle, 1 + i % 6, 1 + 7 * i % 23, sizes[i]);
    test_byte_scans(t, oracle, 1 + i % 6, 1 + 7 * i % 23, sizes[i]);
    test_bit_scans(t, oracle, 1 + i % 11, i % 4, sizes[i] / 7);
    test_picks(t, oracle, sizes[i]);
  }
  test_float_scans(t, oracle, 0, 5, 7), test_float_scans(t, oracle, 3, 0, 7), test_byte_scans(t, oracle, 0, 3, 32);
  test_byte_scans(t, oracle, 4, 16, 768), test_byte_scans(t, oracle, 16, 71, 384), test_byte_scans(t, oracle, 21, 33, 36);
  test_byte_scans(t, oracle, 17, 40, 33), test_byte_scans(t, oracle, 16, 33, 2080);
  test_bit_scans(t, oracle, 1, 9, 6), test_bit_scans(t, oracle, 19, 5, 6), test_bit_scans(t, oracle, 8, 6, 12);
}
