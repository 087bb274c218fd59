// What makes codes of rows, and what is done with whole sums: the same bits as the plain twins, and what the words say.

static void test_rounding(const nt_kernels *t, const nt_kernels *oracle, size_t d, int form) {
  float *x = floats(d, form == 1 ? 1e-3f : 1), square = 0;
  if (form == 2) memset(x, 0, d * sizeof *x);
  if (form == 3 && d > 0) x[d / 2] = 1e-42f;  // too small to divide by
  for (size_t i = 0; form == 3 && i < d; i++) x[i] = i == d / 2 ? x[i] : 0;
  for (size_t i = 0; form == 4 && i < d; i++) x[i] = i % 2 ? 1 : -1;
  int8_t *codes = guarded(d), *others = guarded(d);
  const nt_whole_row row = t->scan.round_whole(x, d, codes), twin = oracle->scan.round_whole(x, d, others);
  check_bytes(t->name, "whole codes", d, codes, others, d);
  check_bytes(t->name, "a scale of whole codes", d, &row.scale, &twin.scale, sizeof row.scale);
  int32_t total = 0, largest = 0;
  float most = 0;
  for (size_t i = 0; i < d; i++) {
    const float error = fabsf(x[i] - row.scale * (float)codes[i]);
    total += codes[i];
    largest = abs(codes[i]) > largest ? abs(codes[i]) : largest;
    most = fmaxf(most, error);
    square += x[i] * x[i];
  }
  checks++;
  if (total != row.total || total != twin.total || most > row.scale * 0.501f + 1e-38f ||
      largest != (row.scale > 0 ? 127 : 0)) {
    failures++;
    printf("%s: whole codes of %zu, form %d: total %d of %d, error %g\n", t->name, d, form, row.total, total, (double)most);
  }
  release(codes, d), release(others, d);
  if (d % 16 == 0 && d > 0) {
    uint8_t *odd = guarded(d), *same = guarded(d);
    const nt_odd_row ours = t->scan.round_odd(x, d, square, odd), theirs = oracle->scan.round_odd(x, d, square, same);
    check_bytes(t->name, "odd codes", d, odd, same, d);
    check_bytes(t->name, "a row of odd codes", d, &ours, &theirs, sizeof ours);
    double product = 0, size = 0;
    bool fits = true;
    for (size_t i = 0; i < d; i++) {
      const double value = 2.0 * odd[i] - 15;
      fits = fits && odd[i] < 16;
      product += value * (double)x[i];
      size += value * value;
    }
    // What is lost of a row of even spread in 16 steps is about a hundredth of it.
    const double lost = square > 1e-30f ? 1 - product * product / size / (double)square : 0;
    checks++;
    if (!fits || (form < 2 && (fabs(product - (double)ours.product) > 1e-5 * fabs(product) || lost > 0.03 ||
                               fabs(product / size - (double)ours.scale) > 1e-5 * fabs(product / size)))) {
      failures++;
      printf("%s: odd codes of %zu, form %d: product %g, %g expected, %g lost\n", t->name, d, form,
             (double)ours.product, product, lost);
    }
    release(odd, d), release(same, d);
  }
  drop(x, d);
}

static void test_code_bits(const nt_kernels *t, size_t d) {
  uint8_t *codes = guarded(d);
  uint64_t *words = guarded(d / 8);
  for (size_t i = 0; i < d; i++) codes[i] = (uint8_t)(random_float(8) + 8);
  for (unsigned plane = 0; plane < 4; plane++) {
    t->scan.code_bits(codes, d, plane, words);
    checks++;
    bool same = true;
    for (size_t i = 0; i < d; i++) same = same && (words[i / 64] >> (i % 64) & 1) == (codes[i] >> plane & 1u);
    if (!same) failures++, printf("%s: bits %u of %zu codes\n", t->name, plane, d);
  }
  release(codes, d), release(words, d / 8);
}

static void test_sums(const nt_kernels *t, size_t q, size_t planes, size_t m) {
  const size_t first = 3, ldo = m + 5, count = q * planes * ldo;
  int32_t *sums = guarded(count * 4), *before = guarded(count * 4), *low = guarded(q * 4), *high = guarded(q * 4);
  for (size_t i = 0; i < count; i++) before[i] = (int32_t)random_float(10000);
  memcpy(sums, before, count * 4);
  t->scan.extremes(sums, q, ldo, m, low, high);
  bool same = true;
  for (size_t j = 0; j < q; j++) {
    int32_t least = INT32_MAX, most = INT32_MIN;
    for (size_t i = 0; i < m; i++) {
      least = before[j * ldo + i] < least ? before[j * ldo + i] : least;
      most = before[j * ldo + i] > most ? before[j * ldo + i] : most;
    }
    same = same && low[j] == least && high[j] == most;
  }
  checks++;
  if (!same) failures++, printf("%s: extremes of %zu sums\n", t->name, m);
  t->scan.add_planes(sums, q, planes, ldo, first, m);
  same = true;
  for (size_t j = 0; j < q; j++) {
    for (size_t i = first; i < first + m; i++) {
      int32_t sum = 0;
      for (size_t b = 0; b < planes; b++) sum += before[(j * planes + b) * ldo + i] * (1 << b);
      same = same && sums[j * ldo + i] == sum;
    }
  }
  checks++;
  if (!same) failures++, printf("%s: %zu planes of %zu sums\n", t->name, planes, m);
  release(sums, count * 4), release(before, count * 4), release(low, q * 4), release(high, q * 4);
}

static void test_roundings(const nt_kernels *t, const nt_kernels *oracle) {
  static const size_t lengths[] = {0, 1, 15, 16, 17, 64, 65, 192, 384, 391, 1024};
  for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
    for (int form = 0; form < 5; form++) test_rounding(t, oracle, lengths[i], form);
    test_code_bits(t, lengths[i] / 64 * 64);
    test_sums(t, 1 + i % 5, 1 + i % 4, lengths[i] % 70 + 1);
  }
}
