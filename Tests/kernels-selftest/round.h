// Rounding rows: every table gives the same bits, and they are what plain loops give.

static void test_whole_rows(const nt_kernels *t, const nt_kernels *oracle, size_t d, float size) {
  float *x = floats(d, size);
  int8_t *codes = guarded(d), *same = guarded(d), *plain = guarded(d);
  const nt_whole_row row = t->scan.round_whole(x, d, codes), other = oracle->scan.round_whole(x, d, same);
  float most = 0;
  int32_t total = 0;
  for (size_t i = 0; i < d; i++) most = fmaxf(most, fabsf(x[i]));
  for (size_t i = 0; i < d; i++) total += plain[i] = (int8_t)(most > 0 ? rintf(x[i] * (127 / most)) : 0);
  check_bytes(t->name, "whole numbers", d, codes, same, d), check_bytes(t->name, "whole numbers", d, codes, plain, d);
  const float scale = most / 127;
  check_bytes(t->name, "the scale of whole numbers", d, &row, &other, sizeof row);
  check_bytes(t->name, "the scale of whole numbers", d, &row.scale, &scale, sizeof scale);
  check_bytes(t->name, "the sum of whole numbers", d, &row.total, &total, sizeof total);
  drop(x, d), release(codes, d), release(same, d), release(plain, d);
}

static void test_odd_rows(const nt_kernels *t, const nt_kernels *oracle, size_t d, float size) {
  float *x = floats(d, size), square = 0;
  for (size_t i = 0; i < d; i++) square += x[i] * x[i];
  uint8_t *codes = guarded(d), *same = guarded(d);
  const nt_odd_row row = t->scan.round_odd(x, d, square, codes), other = oracle->scan.round_odd(x, d, square, same);
  check_bytes(t->name, "odd numbers", d, codes, same, d);
  check_bytes(t->name, "the scale of odd numbers", d, &row, &other, sizeof row);
  double product = 0, odd = 0, error = 0;
  for (size_t i = 0; i < d; i++) {
    product += (double)x[i] * (2 * codes[i] - 15), odd += (2 * codes[i] - 15) * (2 * codes[i] - 15);
    error += pow((double)x[i] - (double)row.scale * (2 * codes[i] - 15), 2);
  }
  const float expected[] = {(float)product, size > 0 ? (float)(product / odd) : 0};
  const float found[] = {row.product, row.scale};
  check(t->name, "products of odd numbers", d, found, expected, 2, 1e-4f);
  checks++;
  if (d >= 64 && error > 0.02 * (double)square) {  // 16 steps lose about a hundredth of a normal distribution
    failures++;
    printf("%s: odd numbers of %zu lose %g of %g\n", t->name, d, error, (double)square);
  }
  for (unsigned plane = 0; plane < 4 && d % 64 == 0; plane++) {
    uint64_t *words = guarded(d / 8), *bits = guarded(d / 8);
    memset(bits, 0, d / 8);
    for (size_t i = 0; i < d; i++) bits[i / 64] |= (uint64_t)(codes[i] >> plane & 1) << i % 64;
    t->scan.code_bits(codes, d, plane, words);
    check_bytes(t->name, "bits of codes", d, words, bits, d / 8);
    release(words, d / 8), release(bits, d / 8);
  }
  drop(x, d), release(codes, d), release(same, d);
}

static void test_sums(const nt_kernels *t, size_t q, size_t planes, size_t m) {
  const size_t ldo = m + 3, count = q * planes * ldo;
  int32_t *sums = guarded(count * 4), *added = guarded(q * m * 4), *extremes = guarded(q * 4), *plain = guarded(q * 4);
  for (size_t i = 0; i < count; i++) sums[i] = (int32_t)random_float(1000);
  for (int least = 0; least < 2 && m > 0; least++) {
    for (size_t j = 0; j < q; j++) {
      plain[j] = sums[j * ldo];
      for (size_t i = 1; i < m; i++) {
        const int32_t sum = sums[j * ldo + i];
        if (least ? sum < plain[j] : sum > plain[j]) plain[j] = sum;
      }
    }
    t->scan.extremes(sums, q, ldo, m, least, extremes);
    check_bytes(t->name, "extremes", m, extremes, plain, q * 4);
  }
  for (size_t j = 0; j < q; j++) {
    for (size_t i = 0; i < m; i++) {
      added[j * m + i] = 0;
      for (size_t b = 0; b < planes; b++) added[j * m + i] += sums[(j * planes + b) * ldo + 1 + i] * (1 << b);
    }
  }
  t->scan.add_planes(sums, q, planes, ldo, 1, m);
  for (size_t j = 0; j < q; j++) check_bytes(t->name, "planes", m, sums + j * ldo + 1, added + j * m, m * 4);
  release(sums, count * 4), release(added, q * m * 4), release(extremes, q * 4), release(plain, q * 4);
}

static void test_rounding(const nt_kernels *t, const nt_kernels *oracle) {
  static const size_t sizes[] = {1, 2, 15, 16, 17, 48, 64, 100, 128, 384, 391, 768};
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    const float scales[] = {0, 1e-30f, 1, 1e12f};
    for (size_t j = 0; j < sizeof scales / sizeof *scales; j++) {
      test_whole_rows(t, oracle, sizes[i], scales[j]);
      if (sizes[i] % 16 == 0 && scales[j] != 1e-30f) test_odd_rows(t, oracle, sizes[i], scales[j]);
    }
    test_sums(t, 1 + i % 5, 1 + i % 4, sizes[i]);
  }
}
